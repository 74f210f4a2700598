package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CommandLineTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Terminal terminal =
      new Terminal(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          Map.of());

  @Test
  void everyCommandHasHelpWithAnExampleThatParses() {
    List<CommandLine> commands = new ArrayList<>();
    collect(Mirrorspark.commandLine(terminal), commands);
    assertEquals(54, commands.size());
    assertAll(
        commands.stream()
            .map(
                command ->
                    () -> {
                      String help = command.getUsageMessage();
                      String example = help.substring(help.indexOf("Example:\n") + 9).strip();
                      assertTrue(help.contains("--help"), help);
                      assertTrue(
                          example.startsWith(command.getCommandSpec().qualifiedName())
                              || command.getParent() == null,
                          example);
                      assertFalse(example.contains("\n"), "wrapped: " + example);
                      String[] words =
                          example
                              .substring(Mirrorspark.NAME.length())
                              .replaceAll("--conf \\S+", "")
                              .strip()
                              .split(" +");
                      Mirrorspark.commandLine(terminal).parseArgs(words);
                    }));
  }

  @Test
  void helpOfACommandGoesToStandardOutput() {
    assertEquals(0, run("train --help"));
    assertTrue(text(out).startsWith("Usage: ./submit/mirrorspark train "), text(out));
    assertEquals("", text(err));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trainn | did you mean train?",
        "train --foo | Unknown option: '--foo'",
        "train --set | --set",
        "train --set tran.tau=1 | did you mean train?",
        "train --set train.tau=low | train.tau",
        "train --config nowhere.yaml | nowhere.yaml: no such file",
        "prompts | Missing required subcommand",
        "prompts generate | prompts.generators",
        "prompts import | prompts.imports",
        "prompts testcases | testcases.files",
        "prompts testcases --set testcases.valid_share=0.5 | a number above 0.5",
        "curate | prompts.imports",
        "replay | --iteration",
        "replay --iteration first | 'first' is not an int",
        "replay first | 'first' is not an int",
        "replay 1 --iteration 2 | --iteration",
        "report paired --policy 1 | --baseline",
        "init | FOLDER",
        "sandbox | Missing required subcommand",
        "sandbox run | FILE",
        "sandbox run nowhere.py | nowhere.py: cannot be read",
        "sandbox run pom.xml | --language",
        "sandbox serve --port x | 'x' is not an int",
        "sandbox serve --port -1 | ports from 0",
        "sandbox selftest --set sandbox.bubblewrap=/nowhere | install bubblewrap",
        "view --port 70000 | ports from 0",
        "view --set warehouse=nowhere | warehouse nowhere: does not exist",
        "view --set warehouse=target --host 0.0.0.0 | MIRRORSPARK_VIEW_TOKEN",
        "try | give --problem",
        "try --problem 1+1 | --policy: name a model folder",
        "try --policy nowhere --problem 1+1 | there is no folder nowhere",
        "try --response 2 | give --answer",
        "try --policy x --answer 2 --response 2 | leave one of them out",
        "try --policy x --problem 1 --samples 0 | --samples: accepted are 1",
        "train --set model.chat.date=today | model.chat.date",
        "train --set model.chat.variables.messages=1 | model.chat.variables.messages",
        "experiment | FILE",
        "experiment nowhere.yaml | nowhere.yaml: no such file; give the path of an experiment file",
      })
  void wrongInputIsOneLineAndExitCodeTwo(String arguments, String expected) {
    assertEquals(2, run(arguments));
    assertEquals("", text(out));
    assertEquals(1, text(err).lines().count(), text(err));
    assertTrue(text(err).startsWith("mirrorspark: "), text(err));
    assertTrue(text(err).contains(expected), text(err));
  }

  @Test
  void initMakesAModelFolderOnceOnly(@TempDir Path folder) throws IOException {
    String command = "init " + folder.resolve("tiny") + " --set init.layers=1 --set init.hidden=16";
    assertEquals(0, run(command + " --dry-run"));
    assertFalse(Files.exists(folder.resolve("tiny")));
    assertEquals(0, run(command), text(err));
    assertTrue(Files.exists(folder.resolve("tiny/model.safetensors")));
    assertEquals(2, run(command));
    assertTrue(text(err).contains("exists already"), text(err));
  }

  private int run(String arguments) {
    return Mirrorspark.run(terminal, arguments.split(" "));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }

  private static void collect(CommandLine command, List<CommandLine> commands) {
    commands.add(command);
    command.getSubcommands().values().forEach(sub -> collect(sub, commands));
  }
}
