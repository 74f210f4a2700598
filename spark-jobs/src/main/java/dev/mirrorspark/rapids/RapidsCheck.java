package dev.mirrorspark.rapids;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.loop.CurateRun;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.SftRun;
import dev.mirrorspark.loop.TrainingRun;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.rapids.GpuPlan.Verdict;
import dev.mirrorspark.report.GroupRows;
import dev.mirrorspark.report.HackingReport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.report.RunFigures;
import dev.mirrorspark.report.RunList;
import dev.mirrorspark.report.SampleResponses;
import dev.mirrorspark.report.TableComparison;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Lets every SQL stage plan its queries in runs of seconds, and asks Spark RAPIDS of each plan
 * which operators would run on a GPU. The plans are those that the stages themselves executed.
 */
public final class RapidsCheck {
  private static final Set<String> ANSWER_TYPES = Set.of("integer");

  /** What stays off the GPU: Delta's own scan and write, and the way of rows to Java and back. */
  private static final Set<String> NOT_FOR_GPU =
      Set.of(
          "FileSourceScanExec", // Delta's scan
          "ExecutedCommandExec", // Delta's write and table commands
          "AppendDataExecV1",
          "CheckDeltaInvariant", // constraints, in Delta's write
          "DeltaInvariantCheckerExec",
          "RDDScanExec", // rows that verifiers, the engine or the import made
          "LocalTableScanExec", // rows of the driver
          "DeserializeToObjectExec", // rows for verifiers and the like
          "CreateExternalRow",
          "MapObjects",
          "CatalystToExternalMap",
          "LambdaVariable",
          "StaticInvoke",
          "Invoke");

  /** Said of a shuffle right above one of these. */
  private static final String CHILD_OFF = "Columnar exchange without columnar children";

  /** Said of cached rows where the serializer of conf/rapids.conf is not in use. */
  private static final String CACHED =
      "cannot run on GPU because ParquetCachedBatchSerializer is not being used";

  /** Whether RAPIDS leaves off the GPU what should run there. */
  static boolean counts(Verdict verdict) {
    return !verdict.onGpu()
        && !NOT_FOR_GPU.contains(verdict.name())
        && !verdict.said().equals(CACHED)
        && !verdict.said().contains(CHILD_OFF)
        && !verdict.said().contains("could run on GPU") // what it is part of could not or goes away
        && !verdict.said().contains("unsupported type ObjectType("); // rows for Java too
  }

  /** The stages that are SQL. */
  static final Set<String> STAGES =
      Set.of("sample", "gate", "metrics", "curate", "score", "report");

  /** A query and what RAPIDS says of it. */
  private record Query(String stage, String place, GpuPlan gpu) {}

  private final List<Query> queries;

  private RapidsCheck(List<Query> queries) {
    this.queries = List.copyOf(queries);
  }

  /** Runs the stages in the session's warehouse, which is empty, and asks of all they planned. */
  public static RapidsCheck of(Session session) {
    var plans = StagePlans.beside(session.spark());
    var spark = plans.session();
    run(
        new Session(
            spark,
            Warehouse.open(spark, session.config().warehouse()),
            session.config(),
            session.progress()));
    Map<String, GpuPlan> known = new TreeMap<>(); // many are planned again and again
    return new RapidsCheck(
        plans.queries().stream()
            .filter(query -> STAGES.contains(query.stage()))
            .map(
                query ->
                    new Query(
                        query.stage(),
                        query.place(),
                        known.computeIfAbsent(
                            query.place() + query.plan().canonicalized(),
                            plan -> GpuPlan.of(spark, query.plan()))))
            .toList());
  }

  /** The stages, each in the ways in which its settings change its queries. */
  static void run(Session session) {
    PromptImport.importAll(session.spark(), session.warehouse(), session.config(), ANSWER_TYPES);
    String model = SftRun.run(session).checkpoint();
    TrainingRun.run(session);
    var partial =
        with(
            session,
            "run=partial",
            "model.path=" + model,
            "train.iterations=2",
            "rollout.budget=2",
            "rollout.max_age=1",
            "sampling.strategy=mixed",
            "sampling.curriculum_iterations=2",
            "sampling.difficulty=pass_rate",
            "gate.duplicates=drop",
            "gate.cut=drop",
            "gate.max_tokens=7");
    TrainingRun.run(partial);
    var waves =
        with(
            session,
            "run=waves",
            "model.path=" + model,
            "sampling.waves=2",
            "sampling.strategy=curriculum",
            "sampling.schedule=switch",
            "train.method=grpo");
    TrainingRun.run(waves);
    CurateRun.run(
        with(
            session,
            "prompts.dataset=curated",
            "curate.against=[rapids]",
            "curate.domain_cap=3",
            "curate.policy=" + model,
            "curate.samples=2",
            "curate.guesses=1",
            "curate.guess_template='{problem}'",
            "curate.guess_tokens=2"),
        ANSWER_TYPES);
    reports(session);
  }

  private static void reports(Session session) {
    var warehouse = session.warehouse();
    String run = session.config().run();
    RunList.of(warehouse);
    RunFigures.of(warehouse, run);
    GroupRows.of(warehouse, run, 0, 2);
    var some = SampleResponses.of(warehouse, run, 0, 2);
    SampleResponses.ofPrompt(warehouse, run, 0, some.get(0).promptId());
    String dataset = session.config().prompts().dataset();
    HackingReport.of(warehouse, run, dataset);
    TableComparison.of(
        new TableComparison.Side(warehouse, run, dataset),
        new TableComparison.Side(warehouse, "waves", dataset));
  }

  private static Session with(Session session, String... sets) {
    var yaml = RunFile.toYaml(session.config());
    return new Session(
        session.spark(),
        session.warehouse(),
        RunFile.parse(yaml, List.of(sets)),
        Progress.silent());
  }

  /**
   * Writes the run file of the check and its problems to a folder.
   *
   * @return the run file
   */
  public static Path write(Path folder) {
    try (InputStream yaml = RapidsCheck.class.getResourceAsStream("check.yaml")) {
      Files.writeString(folder.resolve("train.jsonl"), problems("t", 16, false));
      Files.writeString(folder.resolve("heldout.jsonl"), problems("h", 8, false));
      Files.writeString(folder.resolve("warmup.jsonl"), problems("w", 64, true));
      return Files.write(folder.resolve("check.yaml"), yaml.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What of the run file depends on the folder. */
  public static List<String> sets(Path folder) {
    return List.of(
        "warehouse=" + folder.resolve("warehouse"),
        "prompts.imports="
            + "[{file: %1$s/train.jsonl, split: train, answer_type: integer},".formatted(folder)
            + " {file: %1$s/heldout.jsonl, split: heldout, answer_type: integer},".formatted(folder)
            + " {file: %1$s/warmup.jsonl, split: warmup, answer_type: integer}]".formatted(folder));
  }

  private static String problems(String name, int count, boolean solved) {
    var lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String solution = solved ? ", \"solution\": \"a;#%d\"".formatted(i % 2) : "";
      lines.append(
          "{\"prompt\": \"%s=%d;?\", \"answer\": \"%d\", \"level\": %d%s}\n"
              .formatted(name, i, solved ? i % 2 : 1, 1 + i % 3, solution));
    }
    return lines.toString();
  }

  /** A part of the plans of a stage, and what RAPIDS says of it. */
  private record Part(String name, String said, boolean counts) {}

  /** Whether all but Delta's own scan and write would run on a GPU. */
  public boolean met() {
    return queries.stream()
        .flatMap(query -> query.gpu().verdicts().stream())
        .noneMatch(RapidsCheck::counts);
  }

  /** All operators and expressions of the plans that would run on a GPU, or need not. */
  public Set<String> parts() {
    Set<String> parts = new TreeSet<>();
    for (Query query : queries) {
      Set<String> off = new TreeSet<>();
      query.gpu().verdicts().stream()
          .filter(RapidsCheck::counts)
          .forEach(verdict -> off.add(verdict.name()));
      query.gpu().parts().stream()
          .filter(part -> !off.contains(part.split("\\(", 2)[0]))
          .forEach(parts::add);
    }
    return parts;
  }

  /** By stage: its queries, what would run on a GPU, and what would not and why. */
  public List<String> lines() {
    Map<String, List<Query>> byStage = new LinkedHashMap<>();
    queries.forEach(
        query -> byStage.computeIfAbsent(query.stage(), stage -> new ArrayList<>()).add(query));
    List<String> lines = new ArrayList<>();
    byStage.forEach(
        (stage, of) -> {
          lines.add("");
          lines.add("%s: %d queries".formatted(stage, of.size()));
          Map<String, Set<String>> gpu = new TreeMap<>();
          Map<Part, Set<String>> cpu = new LinkedHashMap<>();
          for (var query : of) {
            for (Verdict verdict : query.gpu().verdicts()) {
              if (!verdict.onGpu()) {
                cpu.computeIfAbsent(
                        new Part(verdict.name(), verdict.said(), counts(verdict)),
                        part -> new LinkedHashSet<>())
                    .add(query.place());
              } else if (verdict.isOperator()) {
                gpu.computeIfAbsent(verdict.name(), name -> new TreeSet<>()).add(query.place());
              }
            }
          }
          lines.add("  on the GPU: " + String.join(", ", gpu.keySet()));
          cpu.forEach(
              (part, places) ->
                  lines.add(
                      "  %s %s %s [%s]"
                          .formatted(
                              part.counts() ? "not:" : "never:",
                              part.name(),
                              part.said(),
                              String.join(", ", places))));
        });
    return lines;
  }

  /** The parts, one a line. */
  public byte[] partsAsText() {
    return (String.join("\n", parts()) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
