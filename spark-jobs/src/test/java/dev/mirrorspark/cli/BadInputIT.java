package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Wrong input ends in one line that names the file, key or row and how to mend it, in an exit code
 * that is not 0, and in tables as they were.
 */
class BadInputIT {
  @TempDir private static Path folder;
  private static TinyCommands commands;
  private static Path model;

  @BeforeAll
  static void train() {
    commands = TinyCommands.trained(folder);
    model = folder.resolve("model");
    commands.succeeds("init " + model, List.of());
  }

  // --- Models ---------------------------------------------------------------------------------

  @Test
  void missingModelFolder() {
    commands.refused(
        "train", start(folder.resolve("nowhere")), "nowhere: no such model folder", "model.path");
  }

  @Test
  void truncatedWeights() throws IOException {
    Path damaged = damaged("truncated");
    Path weights = damaged.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 100));
    commands.refused(
        "train", start(damaged), "truncated/model.safetensors: tensor ", "copy the file again");
  }

  @Test
  void missingTensor() throws IOException {
    Path damaged = damaged("one-layer-short");
    replace(
        damaged.resolve("config.json"), "\"num_hidden_layers\" : 1", "\"num_hidden_layers\" : 2");
    commands.refused("sft", start(damaged), "model.safetensors: tensor model.layers.1.", "missing");
  }

  @Test
  void tokenizerOfAnotherModel() throws IOException {
    Path damaged = damaged("small-vocabulary");
    Path config = damaged.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\"vocab_size\" : \\d+", "\"vocab_size\" : 20"));
    commands.refused(
        "train", start(damaged), "tokenizer.json has ", "vocab_size 20", "use the tokenizer");
  }

  @Test
  void malformedConfigJson() throws IOException {
    Path damaged = damaged("malformed");
    Files.writeString(damaged.resolve("config.json"), "{\"hidden_size\": 16,");
    commands.refused("train", start(damaged), "malformed/config.json");
  }

  @Test
  void nanInTheWeights() throws IOException {
    Path damaged = damaged("nan");
    Path weights = damaged.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NaN);
    Files.write(weights, bytes);
    commands.refused(
        "sft", start(damaged), "nan/model.safetensors: tensor ", "is NaN", "start from");
  }

  @Test
  void missingCheckpoint() throws IOException {
    Path checkpoint = folder.resolve("warehouse/_models/tiny/policy-00002");
    Path aside = Files.move(checkpoint, folder.resolve("aside"));
    try {
      commands.refused("eval", List.of(), "policy-00002", "restore");
      commands.refused("train", List.of(), "policy-00002", "restore");
    } finally {
      Files.move(aside, checkpoint);
    }
  }

  @Test
  void deviceThatDoesNotExist() {
    commands.refused(
        "train", List.of("model.device=cuda"), "model.device = cuda", "set model.device=cpu");
  }

  // --- The run file ---------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train.learning_rat=1 | train.learning_rat = 1: no such key; did you mean"
            + " train.learning_rate",
        "train.samples=many | train.samples = \"many\" is not accepted; accepted: a whole number",
        "train.minibatches=9 | a whole number from 1 to train.prompts_per_iteration = 8",
        "train.tau=0.5 | was started with `tau: 0.2`, now `tau: 0.5` (train.tau): restore it",
        "seed=2 | was started with `seed: 1`, now `seed: 2` (seed): restore it, or start another",
        "rollout.partitions=3 | (rollout.partitions): restore it, or start another run",
      })
  void wrongKeysAndValues(String set, String message) {
    commands.refused("train", List.of(set), message);
  }

  @Test
  void runFileThatIsNoYaml() throws IOException {
    Path file = Files.writeString(folder.resolve("broken.yaml"), "run: a\n  seed: [1\n");
    var outcome = TinyCommands.run(List.of("train", "--config", file.toString()));
    TinyCommands.assertOneLine(outcome, "broken.yaml", "line 2");
  }

  // --- Problems -------------------------------------------------------------------------------

  @Test
  void malformedRowIsNamedAndTheOthersAreKept() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            """
            {"prompt": "one=1;?", "answer": "1"}
            {"prompt": "two=2;?", "answer":
            {"prompt": "three=3;?", "answer": "x"}
            {"prompt": "four=4;?", "answer": "4"}
            """);
    var outcome =
        commands.succeeds(
            "prompts import", imports("rows", "{file: %s, answer_type: integer}".formatted(file)));
    assertTrue(outcome.out().contains("line 2"), outcome.out());
    assertTrue(outcome.out().contains("line 3: the answer 'x' is no integer"), outcome.out());
    try (var spark = LocalSpark.open()) {
      assertEquals(
          2,
          Warehouse.open(spark, folder.resolve("warehouse").toString())
              .read(Prompts.TABLE)
              .where(functions.col(Prompts.DATASET).equalTo("rows"))
              .count());
    }
  }

  @Test
  void importsThatHoldNothing() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.jsonl"), "");
    Path other = Files.writeString(folder.resolve("other.jsonl"), "{\"question\": \"a\"}\n");
    commands.refused("prompts import", imports("none", "{file: nowhere.jsonl}"), "nowhere.jsonl");
    commands.refused(
        "prompts import", imports("none", "{file: %s}".formatted(empty)), "empty.jsonl");
    commands.refused(
        "prompts import", imports("none", "{file: %s}".formatted(other)), "other.jsonl", "prompt");
  }

  @Test
  void generatorsThatDoNotFit() {
    var sets =
        List.of(
            "prompts.dataset=generated",
            "prompts.imports=[]",
            "prompts.generators=[{name: chain, max_level: 3}]",
            "prompts.train=20",
            "prompts.heldout=10",
            "prompts.warmup=10");
    commands.succeeds("prompts generate", sets);
    commands.refused(
        "prompts generate",
        and(sets, "prompts.train=21"),
        "prompts.dataset 'generated' holds problems generated from",
        "another name");
    commands.refused(
        "prompts generate",
        and(sets, "prompts.dataset=unknown", "prompts.generators.0.name=chess"),
        "prompts.generators.0.name: no generator 'chess'; known: attribute, automaton, bars, chain");
    commands.refused(
        "prompts generate",
        and(sets, "prompts.dataset=few", "prompts.generators.0.max_level=1", "prompts.train=9999"),
        "too few different problems of level 1",
        "ask for fewer");
  }

  @Test
  void fewerPromptsThanAnIterationTakes() {
    commands.refused(
        "train",
        List.of("run=few", "train.prompts_per_iteration=17"),
        "has 16 training problems, train.prompts_per_iteration asks for 17",
        "lower it or add problems");
  }

  @Test
  void noWarmUpExamples() {
    commands.refused(
        "sft", List.of("run=cold", "prompts.dataset=nothing"), "dataset nothing", "generate");
  }

  @Test
  void examplesLongerThanTheModel() {
    commands.refused(
        "sft",
        List.of("run=short", "init.max_positions=8"),
        "table prompts: all ",
        "longer than the model's 8 tokens",
        "init.max_positions");
  }

  @Test
  void responsesLongerThanTheModel() {
    commands.refused(
        "train",
        List.of("run=crammed", "init.max_positions=12", "rollout.max_tokens=12"),
        "rollout.max_tokens = 12",
        "the policy's context is 12 tokens",
        "lower it");
  }

  /** Prompts that fill the model's context have no room for a response: none is left to sample. */
  @Test
  void promptsLongerThanTheModel() {
    commands.refused(
        "train",
        List.of("run=crowded", "init.max_positions=4", "rollout.max_tokens=3"),
        "has 0 training problems");
  }

  // --- Numbers --------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1e30 | is not finite", "1e300 | is not finite"})
  void learningRateThatEndsInNoNumbers(String rate, String message) throws IOException {
    String run = "hot-" + rate;
    TinyCommands.assertOneLine(
        commands.run(
            "sft", List.of("run=" + run, "sft.learning_rate=" + rate, "sft.warmup_steps=0")),
        "sft, step ",
        message,
        "lower sft.learning_rate");
    try (var spark = LocalSpark.open()) {
      var versions =
          Warehouse.open(spark, folder.resolve("warehouse").toString())
              .read(Policies.TABLE)
              .where(functions.col(TableSchema.RUN).equalTo(run))
              .select(Policies.VERSION)
              .collectAsList();
      assertEquals(List.of(0), versions.stream().map(row -> row.getInt(0)).toList());
    }
    assertFalse(Files.exists(folder.resolve("warehouse/_steps/" + run + "/sft/_DONE")));
  }

  private static List<String> start(Path from) {
    return List.of("run=damaged", "model.path=" + from);
  }

  private static List<String> imports(String dataset, String file) {
    return List.of("prompts.dataset=" + dataset, "prompts.imports=[" + file + "]");
  }

  private static List<String> and(List<String> sets, String... more) {
    List<String> all = new ArrayList<>(sets);
    all.addAll(List.of(more));
    return all;
  }

  private static Path damaged(String name) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    for (Path file : TinyCommands.files(model, "")) {
      Files.copy(file, copy.resolve(file.getFileName()));
    }
    return copy;
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertTrue(text.contains(from), text);
    Files.writeString(file, text.replace(from, to));
  }
}
