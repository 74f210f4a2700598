package dev.mirrorspark.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RunFileTest {
  private static final String GENERATOR = "prompts: {generators: [{name: chain, max_level: 3}]}";

  @TempDir Path folder;

  @Test
  void overridesGoOverTheFileAndTheFileOverTheDefaults() {
    RunConfig config =
        RunFile.parse(
            "seed: 7\ntrain: {tau: 0.5, learning_rate: 2e-3, adam: {beta2: 0.99}}",
            List.of("train.tau=1", "train.max_logprob_gap.max=1e-2", "run=1.10", "model.path="));
    assertEquals(7, config.seed());
    assertEquals(1.0, config.train().tau());
    assertEquals(2e-3, config.train().learningRate());
    assertEquals(1e-2, config.train().maxLogprobGap().max());
    assertEquals(new RunConfig.Adam(0.9, 0.99, 1e-8, 0, 1), config.train().adam());
    assertEquals("1.10", config.run(), "text stands as it is");
    assertEquals("", config.model().path());
    assertEquals(RunFile.load(Optional.empty(), List.of()).eval(), config.eval());
  }

  @Test
  void elementsOfListsTakeTheirDefaultsAndGoByIndex() {
    RunConfig config =
        RunFile.parse(
            GENERATOR,
            List.of(
                "prompts.generators.0.max_level=6",
                "prompts.generators.1={name: countdown, min_level: 2, max_level: 4, weight: 2}",
                "prompts.imports.0.file=gsm8k.jsonl",
                "prompts.imports.0.answer_pattern=#+ (.*)",
                "prompts.imports.0.fields.prompt=question"));
    assertEquals(
        List.of(
            new RunConfig.Generator("chain", 1, 6, 1),
            new RunConfig.Generator("countdown", 2, 4, 2)),
        config.prompts().generators());
    assertEquals(
        List.of(
            new RunConfig.Import(
                "gsm8k.jsonl", "", "train", "", "text", Map.of("prompt", "question"), "#+ (.*)")),
        config.prompts().imports());
  }

  @Test
  void writtenYamlReadsBackEqual() {
    RunConfig config =
        RunFile.parse(
            GENERATOR,
            List.of(
                "run=007",
                "warehouse=s3a://bucket/a b: #c",
                "train.tau=1e-30",
                "prompts.imports.0.file=true",
                "prompts.imports.0.fields={solution: s, prompt: \"3\", answer: 'no'}"));
    assertEquals(config, RunFile.parse(RunFile.toYaml(config), List.of()));
  }

  @Test
  void hashChangesWithValuesAlone() {
    String hash = RunFile.hash(RunFile.parse("", List.of()));
    assertTrue(hash.matches("[0-9a-f]{64}"), hash);
    assertEquals(
        hash, RunFile.hash(RunFile.parse("seed: 1 # a comment", List.of("train.tau=2e-1"))));
    assertNotEquals(hash, RunFile.hash(RunFile.parse("seed: 2", List.of())));
    String fields = "prompts: {imports: [{file: a, fields: {%s}}]}";
    assertEquals(
        RunFile.hash(RunFile.parse(fields.formatted("prompt: q, answer: a"), List.of())),
        RunFile.hash(RunFile.parse(fields.formatted("answer: a, prompt: q"), List.of())));
  }

  @Test
  void defaultsHaveExactlyTheKeysOfTheRecords() throws IOException {
    try (var stream = RunFile.class.getResourceAsStream("defaults.yaml");
        MappingIterator<JsonNode> documents =
            new YAMLMapper().readerFor(JsonNode.class).readValues(stream)) {
      assertEquals(Keys.OF_RUN.below(""), keys(documents.next(), ""));
      for (var list : documents.next().properties()) {
        var element = Keys.OF_RUN.type(Keys.split(list.getKey() + ".0")).orElseThrow();
        list.getValue()
            .fieldNames()
            .forEachRemaining(name -> assertTrue(Keys.names(element).contains(name), name));
      }
      assertFalse(documents.hasNext());
    }
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws IOException {
    Path absent = folder.resolve("absent.yaml");
    assertEquals(
        absent + ": no such file; give the path of a run file (YAML)", messageOfFile(absent));
    assertEquals(
        folder + ": is a folder; give the path of a run file (YAML)", messageOfFile(folder));
    Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {'a', (byte) 0xff});
    assertEquals(binary + ": is not UTF-8 text; give a run file (YAML)", messageOfFile(binary));
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "# tau\ntrain:\n  tau: -1\n");
    assertEquals(
        wrong + ", line 3: train.tau = -1 is not accepted; accepted: a number above 0",
        messageOfFile(wrong));
  }

  @ParameterizedTest
  @MethodSource
  void badFilesAreToldInOneLine(String yaml, String expected) {
    assertMessage(expected, yaml, List.of());
  }

  static Stream<Arguments> badFilesAreToldInOneLine() {
    return Stream.of(
        // keys
        arguments(
            "train:\n  tua: 1",
            "run file, line 2: train.tua = 1: no such key; did you mean train.tau? accepted in"
                + " train: iterations, "),
        arguments(
            "trian: {tau: 1}",
            "line 1: trian = {\"tau\":1}: no such key; did you mean train? accepted at the top"
                + " level: run, seed, "),
        arguments(
            "rollout: {tau: 1}",
            "rollout.tau = 1: no such key; did you mean train.tau? accepted in rollout: partitions,"
                + " "),
        arguments("qqqqqqqqq: 1", "qqqqqqqqq = 1: no such key; accepted at the top level: run, "),
        arguments(
            "prompts: {generators: [{name: a, max_lvl: 3}]}",
            "prompts.generators.0.max_lvl = 3: no such key; did you mean"
                + " prompts.generators.0.max_level? accepted in prompts.generators.0: name,"
                + " min_level, max_level, weight"),
        arguments(
            "prompts: {generators: [{name: a}]}",
            "prompts.generators.0.max_level is missing; accepted: a whole number"),
        arguments(
            "train:\n  tau: 1\n  tau: 2", "line 3, column 6: train.tau is given twice; keep one"),
        arguments(
            "train.tau: 1",
            "line 1: \"train.tau\" is no key; accepted: a name, such as tau, under its section"),
        arguments("\"a\\nb\": 1", "line 1: \"a\\nb\" is no key"),
        // YAML
        arguments(
            "seed: 1\ntrain:\n\ttau: 1",
            "run file, line 3, column 1: not YAML: found character '\\t(TAB)'"),
        arguments(
            "train: {tau: 1\nseed: 3",
            "run file, line 2, column 5: not YAML: expected ',' or '}', but got :"),
        arguments("- a", "run file: the top level is [\"a\"]; accepted: key: value lines"),
        arguments(
            "seed: 1\n---\nseed: 2",
            "run file: a second YAML document begins (---); accepted: one"),
        arguments("run: &r a\nwarehouse: *r", "line 2: *r is an alias; accepted: the value itself"),
        // types
        arguments("seed: 1.5", "seed = 1.5 is not accepted; accepted: a whole number"),
        arguments(
            "train: {samples: 8.0}",
            "train.samples = 8.0 is not accepted; accepted: a whole number"),
        arguments(
            "train: {samples: '8'}",
            "train.samples = \"8\" is not accepted; accepted: a whole number"),
        arguments(
            "train: {samples: 9999999999}",
            "train.samples = 9999999999 is not accepted; accepted: a whole number of at most"
                + " 2147483647"),
        arguments("train: {tau: high}", "train.tau = \"high\" is not accepted; accepted: a number"),
        arguments("train: {tau: }", "train.tau = nothing is not accepted; accepted: a number"),
        arguments("train: {tau: true}", "train.tau = true is not accepted; accepted: a number"),
        arguments(
            "train: {reset_optimizer: 1}",
            "train.reset_optimizer = 1 is not accepted; accepted: true or false"),
        arguments("run: 7", "run = 7 is not accepted; accepted: text (in quotes if "),
        arguments(
            "train:",
            "train = nothing is not accepted; accepted: a section with the keys iterations, "),
        arguments(
            "train: 3",
            "train = 3 is not accepted; accepted: a section with the keys iterations, "),
        arguments(
            "prompts: {generators: {name: a}}",
            "prompts.generators = {\"name\":\"a\"} is not accepted; accepted: a list, each with the"
                + " keys name, "),
        arguments(
            "prompts: {generators: [a]}",
            "prompts.generators.0 = \"a\" is not accepted; accepted: a section with the keys"
                + " name, "),
        arguments(
            "prompts: {generators: [null]}",
            "prompts.generators.0 = nothing is not accepted; accepted: a section"),
        arguments(
            "prompts: {imports: [{file: a, fields: {prompt: 3}}]}",
            "prompts.imports.0.fields.prompt = 3 is not accepted; accepted: text"),
        // ranges
        arguments(
            "run: a/b",
            "run = \"a/b\" is not accepted; accepted: letters, digits, dot, underscore and hyphen"),
        arguments(
            "rollout: {cache_type: int4}",
            "rollout.cache_type = \"int4\" is not accepted; accepted: model or int8"),
        arguments(
            "{model: {precision: bf16}, rollout: {cache_type: int8}}",
            "rollout.cache_type = \"int8\" is not accepted; accepted: model, or int8 with"),
        arguments("run: '..'", "run = \"..\" is not accepted; accepted: letters, "),
        arguments(
            "warehouse: ''", "warehouse = \"\" is not accepted; accepted: text that is not blank"),
        arguments(
            "model: {device: gpu}", "model.device = \"gpu\" is not accepted; accepted: cpu, cuda"),
        arguments(
            "model: {precision: fp16}",
            "model.precision = \"fp16\" is not accepted; accepted: fp32, bf16"),
        arguments(
            "init: {family: gpt2}",
            "init.family = \"gpt2\" is not accepted; accepted: qwen2, qwen3, llama, mistral"),
        arguments(
            "init: {heads: 0}",
            "init.heads = 0 is not accepted; accepted: a whole number from 1 up"),
        arguments(
            "init: {hidden: 132}",
            "init.hidden = 132 is not accepted; accepted: a multiple of 2 × init.heads = 8"),
        arguments(
            "init: {kv_heads: 3}",
            "init.kv_heads = 3 is not accepted; accepted: a divisor of init.heads = 4"),
        arguments(
            "prompts: {generators: [{name: a, min_level: 4, max_level: 3}]}",
            "prompts.generators.0.max_level = 3 is not accepted; accepted: a whole number from"
                + " min_level = 4 up"),
        arguments(
            "prompts: {generators: [{name: a, max_level: 3, weight: 0}]}",
            "prompts.generators.0.weight = 0 is not accepted; accepted: a number above 0"),
        arguments(
            "prompts: {imports: [{file: a, split: test}]}",
            "prompts.imports.0.split = \"test\" is not accepted; accepted: train, heldout, warmup"),
        arguments(
            "prompts: {imports: [{file: a, format: xml}]}",
            "prompts.imports.0.format = \"xml\" is not accepted; accepted: jsonl, csv, parquet"),
        arguments(
            "prompts: {imports: [{file: a, fields: {promt: q}}]}",
            "prompts.imports.0.fields = {\"promt\":\"q\"} is not accepted; accepted: column names"
                + " under the keys prompt, answer, "),
        arguments(
            "prompts: {imports: [{file: a, answer_pattern: '(x'}]}",
            "prompts.imports.0.answer_pattern = \"(x\" is not accepted; accepted: none,"
                + " after_hashes, last_boxed, or a regular expression"),
        arguments(
            "reward: {answer_pattern: '(x'}",
            "reward.answer_pattern = \"(x\" is not accepted; accepted: a regular expression in"
                + " RE2's syntax with one capturing group"),
        arguments(
            "reward: {answer_pattern: 'no group'}",
            "reward.answer_pattern = \"no group\" is not accepted; accepted: a regular expression"
                + " in RE2's syntax with one capturing group"),
        arguments(
            "reward: {answer_pattern: '(two)(groups)'}",
            "reward.answer_pattern = \"(two)(groups)\" is not accepted; accepted: a regular"
                + " expression in RE2's syntax with one capturing group"),
        arguments(
            "reward: {answer_pattern: '(?=look)(x)'}",
            "reward.answer_pattern = \"(?=look)(x)\" is not accepted; accepted: a regular"
                + " expression in RE2's syntax with one capturing group"),
        arguments(
            "reward: {math_seconds: 0}",
            "reward.math_seconds = 0 is not accepted; accepted: a number above 0"),
        arguments(
            "sft: {adam: {beta1: 1}}",
            "sft.adam.beta1 = 1 is not accepted; accepted: a number from 0 to below 1"),
        arguments(
            "rollout: {temperature: 0}",
            "rollout.temperature = 0 is not accepted; accepted: a number above 0"),
        arguments(
            "train: {tau: NaN}", "train.tau = \"NaN\" is not accepted; accepted: a number above 0"),
        arguments(
            "train: {learning_rate: 1e999}",
            "train.learning_rate = \"Infinity\" is not accepted; accepted: a number above 0"),
        arguments(
            "train: {baseline: median}",
            "train.baseline = \"median\" is not accepted; accepted: mean, log_z"),
        arguments(
            "train: {minibatches: 200}",
            "train.minibatches = 200 is not accepted; accepted: a whole number from 1 to"
                + " train.prompts_per_iteration = 128"),
        arguments(
            "train: {prompts_per_iteration: 2}",
            "line 1: train.minibatches = 4 (the default) is not accepted; accepted: a whole number"
                + " from 1 to train.prompts_per_iteration = 2"),
        arguments(
            "update: {ranks: 0}",
            "update.ranks = 0 is not accepted; accepted: a whole number from 1 up"),
        arguments(
            "update: {snapshot_minutes: -1}",
            "update.snapshot_minutes = -1 is not accepted; accepted: a number from 0 up"),
        arguments(
            "eval: {split: test}",
            "eval.split = \"test\" is not accepted; accepted: train, heldout, warmup"),
        arguments(
            "eval: {every: -1}",
            "eval.every = -1 is not accepted; accepted: a whole number from 0 up"));
  }

  @ParameterizedTest
  @MethodSource
  void badSettingsAreToldInOneLine(String set, String expected) {
    assertMessage(expected, GENERATOR, List.of(set));
  }

  static Stream<Arguments> badSettingsAreToldInOneLine() {
    return Stream.of(
        arguments(
            "train.tau",
            "--set: \"train.tau\" is not accepted; accepted: key.path=value, such as"
                + " train.tau=0.2"),
        arguments("=3", "--set: \"=3\" is not accepted; accepted: key.path=value"),
        arguments(
            "train..tau=3", "--set: \"train..tau=3\" is not accepted; accepted: key.path=value"),
        arguments(
            "tau=1",
            "--set: tau = 1: no such key; did you mean train.tau? accepted at the top level: run,"
                + " "),
        arguments(
            "train.tau=-1", "--set: train.tau = -1 is not accepted; accepted: a number above 0"),
        arguments("train.tau=", "--set: train.tau = nothing is not accepted; accepted: a number"),
        arguments(
            "train.tau=[1",
            "--set: train.tau = \"[1\", line 1, column 3: not YAML: expected ',' or ']'"),
        arguments("seed.x=1", "--set: seed = {\"x\":1} is not accepted; accepted: a whole number"),
        arguments(
            "prompts.generators.2.name=a",
            "--set: prompts.generators.2.name = \"a\": \"2\" is no index of this list; accepted: a"
                + " whole number from 0 to 1"),
        arguments(
            "prompts.generators.first.name=a",
            "--set: prompts.generators.first.name = \"a\": \"first\" is no index of this list;"
                + " accepted: a whole number from 0 to 1"));
  }

  private static void assertMessage(String expected, String yaml, List<String> sets) {
    String message = assertThrows(UserError.class, () -> RunFile.parse(yaml, sets)).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }

  private static String messageOfFile(Path file) {
    return assertThrows(UserError.class, () -> RunFile.load(Optional.of(file), List.of()))
        .getMessage();
  }

  private static List<String> keys(JsonNode section, String prefix) {
    List<String> keys = new ArrayList<>();
    for (var entry : section.properties()) {
      keys.add(prefix + entry.getKey());
      keys.addAll(keys(entry.getValue(), prefix + entry.getKey() + "."));
    }
    return keys;
  }
}
