package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every part of {@code bench} at a tiny shape. */
class BenchIT {
  private static final List<String> TINY =
      List.of(
          "init.hidden=16",
          "init.layers=1",
          "init.heads=2",
          "init.kv_heads=1",
          "init.intermediate=16",
          "rollout.slots=2",
          "update.micro_batch_tokens=64");

  @TempDir private Path folder;

  private TinyCommands.Outcome bench(List<String> more) {
    List<String> arguments = new ArrayList<>(List.of("bench"));
    arguments.addAll(more);
    arguments.addAll(List.of("--length", "16", "--prompt", "4", "--response", "4"));
    arguments.addAll(List.of("--rounds", "1"));
    TINY.forEach(set -> arguments.addAll(List.of("--set", set)));
    return TinyCommands.run(arguments);
  }

  @Test
  void everyPartGivesItsFiguresAndTheirShares() throws IOException {
    Path json = folder.resolve("bench.json");
    var outcome = bench(List.of("all", "--json", json.toString()));
    assertEquals("", outcome.err());
    assertEquals(0, outcome.exitCode());
    JsonNode root = new ObjectMapper().readTree(json.toFile());
    assertTrue(root.get("gemm_flops").asDouble() > 0);
    Set<String> parts = new TreeSet<>();
    Set<String> shares = new TreeSet<>();
    for (JsonNode figure : root.get("figures")) {
      String name = figure.toString();
      parts.add(figure.get("part").asText());
      assertTrue(figure.get("median").asDouble() > 0, name);
      assertTrue(figure.get("spread").asDouble() >= 0, name);
      assertTrue(outcome.out().contains(figure.get("name").asText()), outcome.out());
      if (figure.has("share")) {
        shares.add(figure.get("part").asText());
        assertTrue(figure.get("share").asDouble() > 0, name);
      }
    }
    assertEquals(Set.of("device", "train", "stage", "decode", "reduce", "load", "save"), parts);
    assertEquals(Set.of("train", "stage", "decode", "reduce", "load", "save"), shares);
  }

  @Test
  void whatTheModelCannotTakeIsRefused() {
    var outcome = bench(List.of("train", "--set", "init.max_positions=10"));
    TinyCommands.assertOneLine(outcome, "16 tokens", "the model takes 10", "--length");
  }
}
