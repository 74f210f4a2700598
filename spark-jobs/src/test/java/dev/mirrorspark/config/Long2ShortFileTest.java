package dev.mirrorspark.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Long2ShortFileTest {
  private static final String HEAD =
      "name: s\nbase: base.yaml\nwarehouse: w\nseeds: [1, 2]\nset: {rollout.max_tokens: 90}\n";
  private static final String METHODS =
      "methods:\n"
          + "  - {name: m, method: merge, from: [long, short]}\n"
          + "  - {name: d, method: distill, from: [m], teacher: long, set: {train.samples: 2}}\n"
          + "  - {name: r, method: rl, from: [best], set: {rollout: {max_tokens: 30}}}\n";

  @TempDir Path folder;

  @BeforeEach
  void writeBase() throws IOException {
    Files.writeString(
        folder.resolve("base.yaml"),
        "train: {samples: 4}\nprompts: {dataset: d, generators: [{name: chain, max_level: 3}]}\n");
  }

  private Long2ShortFile load(String text, String... sets) {
    try {
      return Long2ShortFile.load(
          Files.writeString(folder.resolve("file.yaml"), text), List.of(sets));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void eachRunHasItsSettingsAndAllAreEvaluatedAlike() {
    var file = load(HEAD + "short_model: {from: long, set: {sft.epochs: 3}}\n" + METHODS);
    RunConfig brief = file.model("short", 2, Optional.of("models/long"));
    assertEquals("s-short-seed-2", brief.run());
    assertEquals(3, brief.sft().epochs());
    assertEquals("models/long", brief.model().path());
    assertEquals("d-seed-2", brief.prompts().dataset());
    assertEquals(1, file.model("long", 2, Optional.empty()).sft().epochs());
    var steps = file.config().methods();
    RunConfig distill = file.step(steps.get(1), 1, "start", Optional.of("teacher"));
    assertEquals("distill", distill.train().method());
    assertEquals("teacher", distill.train().teacher());
    assertEquals(2, distill.train().samples());
    RunConfig rl = file.step(steps.get(2), 1, "start", Optional.empty());
    assertEquals(30, rl.rollout().maxTokens());
    assertEquals("mirror_descent", rl.train().method());
    assertEquals(90, file.evaluation("r", 1).rollout().maxTokens());
    assertEquals("s-r-seed-1", file.evaluation("r", 1).run());
    assertEquals(
        5,
        load(HEAD + METHODS, "methods.1.set.train.samples=5")
            .step(
                load(HEAD + METHODS, "methods.1.set.train.samples=5").config().methods().get(1),
                1,
                "x",
                Optional.of("t"))
            .train()
            .samples());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: m, method: melt, from: [long]}                | methods.0.method",
        "{name: m, method: merge, from: [long]}               | methods.0.from",
        "{name: m, method: dpo, from: [nothing]}              | methods.0.from.0",
        "{name: m, method: merge, from: [long, best]}         | methods.0.from.1",
        "{name: long, method: dpo, from: [long]}              | methods.0.name",
        "{name: m, method: distill, from: [short]}            | methods.0.teacher",
        "{name: m, method: dpo, from: [long], teacher: long}  | methods.0.teacher",
        "{name: m, method: dpo, from: [long], weights: [1.0]} | methods.0.weights",
        "{name: m, method: dpo, from: [long], set: {train.method: rest}} | train.method",
        "{name: m, method: dpo, from: [long], set: {eval.samples: 3}}    | eval.samples",
        "{name: m, method: dpo, from: [long], set: {train.dop: 3}}       | train.dop",
      })
  void whatDoesNotFitIsRefusedByItsKey(String method, String key) {
    String text = HEAD + "methods:\n  - " + method + "\n";
    var error = assertThrows(UserError.class, () -> load(text));
    assertTrue(error.getMessage().contains(key), error.getMessage());
  }
}
