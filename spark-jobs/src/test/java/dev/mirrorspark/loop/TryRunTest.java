package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TryRunTest {
  @TempDir Path folder;

  private RunConfig config(String... more) {
    var sets =
        new java.util.ArrayList<>(
            List.of(
                "init.layers=1",
                "init.hidden=16",
                "init.heads=2",
                "init.kv_heads=1",
                "init.intermediate=16",
                "init.max_positions=64",
                "rollout.max_tokens=12",
                "warehouse=" + folder.resolve("warehouse")));
    sets.addAll(List.of(more));
    return RunFile.load(Optional.empty(), sets);
  }

  private static String shown(RunConfig config, Consumer<TryRun> body) {
    var bytes = new ByteArrayOutputStream();
    body.accept(new TryRun(config, new PrintStream(bytes, true, StandardCharsets.UTF_8)));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static TryRun.Right right(String answer, String type) {
    return new TryRun.Right(answer, type, "");
  }

  @Test
  void aPairIsJudgedWithoutAPolicy() {
    String correct =
        shown(config(), t -> t.judge("", right("1/2", "math"), "So it is \\boxed{0.5}."));
    assertTrue(correct.contains("reads as    ") && correct.contains("because     "), correct);
    assertTrue(correct.contains("verdict     correct by "), correct);
    assertTrue(correct.contains("reward      1.000 = verdict 1.000, length +0.000"), correct);
    String wrong = shown(config(), t -> t.judge("", right("12", "integer"), "#### 13"));
    assertTrue(wrong.contains("verdict     wrong by "), wrong);
    assertTrue(wrong.contains("reward      0.000 = "), wrong);
    String none = shown(config(), t -> t.judge("", right("12", "unheard"), "#### 12"));
    assertTrue(none.contains("verdict     error by none"), none);
    assertTrue(none.contains("reward      none"), none);
  }

  @Test
  void aProblemGoesThroughTheWholeChain() {
    String model = folder.resolve("model").toString();
    RunConfig config = config("reward.length_weight=0.5", "reward.length_warmup=9");
    NewModel.create(config, Storage.local(), model);
    Consumer<TryRun> body = t -> t.sample(model, "1+2=\n", Optional.of(right("3", "integer")), 3);
    String text = shown(config, body);
    assertTrue(text.contains("prompt      6 tokens: <bos>│1│+│2│=│\\n\n"), text);
    var responses =
        Pattern.compile("response (\\d) +(\\d+) tokens, .*, log-prob (-\\d+\\.\\d+) in all");
    var found = responses.matcher(text);
    for (int i = 1; i <= 3; i++) {
      assertTrue(found.find(), text);
      assertEquals(i, Integer.parseInt(found.group(1)));
      // The log-probs behind the tokens are those of the sum, each rounded to a hundredth.
      int tokens = Integer.parseInt(found.group(2));
      String line =
          text.substring(text.indexOf("tokens      ", found.end())).lines().findFirst().get();
      double sum =
          Pattern.compile("⟨(-?[\\d.]+)⟩")
              .matcher(line)
              .results()
              .mapToDouble(m -> Double.parseDouble(m.group(1)))
              .sum();
      assertEquals(tokens, line.split("⟩", -1).length - 1, line);
      assertEquals(Double.parseDouble(found.group(3)), sum, 0.005 * tokens + 0.001);
    }
    assertEquals(3, text.lines().filter(line -> line.startsWith("verdict ")).count(), text);
    assertEquals(text, shown(config, body), "the same seed gives the same");
  }

  @Test
  void whatThereIsNotIsRefusedByName() {
    var config = config();
    var missing =
        assertThrows(
            UserError.class, () -> shown(config, t -> t.sample("7", "1+1", Optional.empty(), 1)));
    assertTrue(missing.getMessage().contains("policy-00007"), missing.getMessage());
    String model = folder.resolve("model").toString();
    NewModel.create(config, Storage.local(), model);
    var room =
        assertThrows(
            UserError.class,
            () -> shown(config, t -> t.sample(model, "1".repeat(80), Optional.empty(), 1)));
    assertTrue(room.getMessage().contains("81 tokens"), room.getMessage());
  }
}
