package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.sandbox.Sandboxes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxRunIT {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path folder;

  @BeforeAll
  static void thereIsASandbox() throws InterruptedException {
    Sandboxes.start().close();
  }

  private int run(byte[] piped, String... options) throws IOException {
    return program("p.py", "print(2 * int(input() or 0))", piped, options);
  }

  private int program(String name, String source, byte[] piped, String... options)
      throws IOException {
    Path program = Files.writeString(folder.resolve(name), source);
    var terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Optional.of(new ByteArrayInputStream(piped)),
            Map.of());
    List<String> words = new ArrayList<>(List.of("sandbox", "run", program.toString()));
    words.addAll(
        List.of(
            "--set",
            "sandbox.allow_missing=[seccomp, rlimits, uid_switch, memory_cgroup, pids_cgroup]"));
    words.addAll(List.of(options));
    return Mirrorspark.run(terminal, words.toArray(String[]::new));
  }

  private String firstLine() {
    return out.toString(StandardCharsets.UTF_8).lines().findFirst().orElse("");
  }

  @Test
  void whatIsPipedIntoTheCommandIsTheProgramsInput() throws IOException {
    assertEquals(0, run("21\n".getBytes(StandardCharsets.UTF_8)), err::toString);
    assertEquals("42", firstLine());
  }

  @Test
  void aFileThatIsNamedComesFirst() throws IOException {
    Path input = Files.writeString(folder.resolve("in.txt"), "4\n");
    byte[] piped = "21\n".getBytes(StandardCharsets.UTF_8);
    assertEquals(0, run(piped, "--input", input.toString()), err::toString);
    assertEquals("8", firstLine());
  }

  @Test
  void nothingThatATerminalObeysIsShownAndTheVerdictStandsOnALineOfItsOwn() throws IOException {
    String forging =
        "import sys\n"
            + "sys.stdout.write('\\x1b]0;owned\\x07\\x1b[2J\\rpassed: exit code 0 (0.010 s, 3.0 MiB)')\n"
            + "sys.stderr.write('\\x9b2J\\x1b[1;1H\\x7f\\rcode 0')\n"
            + "raise SystemExit(1)\n";
    assertEquals(1, program("p.py", forging, new byte[0]));
    String shown = out.toString(StandardCharsets.UTF_8);
    for (String text : List.of(shown, err.toString(StandardCharsets.UTF_8))) {
      assertTrue(text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n'), text);
    }
    List<String> lines = shown.lines().toList();
    assertEquals(2, lines.size(), shown);
    assertTrue(lines.get(0).startsWith("␛]0;owned␇␛[2J␍passed"), shown);
    assertTrue(lines.get(1).startsWith("runtime error: exit code 1"), shown);
  }

  @Test
  void theEndingTellsTheLanguage() throws IOException {
    assertEquals(
        0,
        program("p.sh", "read -r x; echo $((x * 2))", "21\n".getBytes(StandardCharsets.UTF_8)),
        err::toString);
    assertEquals("42", firstLine());
  }

  @Test
  void whatIsNoTextIsRefused() throws IOException {
    assertEquals(2, run(new byte[] {(byte) 0xff, '\n'}));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("standard input: is no UTF-8 text"));
  }

  @Test
  void aTerminalIsNotRead() throws IOException {
    for (String terminal : List.of("/dev/pts/0", "/dev/tty", "/dev/tty1", "/dev/console")) {
      Path link = Files.createSymbolicLink(folder.resolve("fd"), Path.of(terminal));
      assertFalse(Terminal.isPipedOrFile(link), terminal);
      Files.delete(link);
    }
    for (String other : List.of("pipe:[123]", "/dev/null", "/home/in.txt", "socket:[1]")) {
      Path link = Files.createSymbolicLink(folder.resolve("fd"), Path.of(other));
      assertTrue(Terminal.isPipedOrFile(link), other);
      Files.delete(link);
    }
  }
}
