package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.TestCasesConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.prompts.PromptIdentity;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TestCases;
import dev.mirrorspark.table.TestProblems;
import dev.mirrorspark.testgen.CodingProblem;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import dev.mirrorspark.testgen.PolicyGenerators;
import dev.mirrorspark.testgen.ProblemFiles;
import dev.mirrorspark.testgen.ProblemOutcomes;
import dev.mirrorspark.testgen.ProblemOutcomes.Decided;
import dev.mirrorspark.testgen.TestCaseStage;
import dev.mirrorspark.testgen.Yields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * The `prompts testcases` command: test cases for programming problems that come without, and the
 * problems for which enough of them hold, ready for reinforcement learning (Kimi k1.5, 2.3.5).
 *
 * <p>Problems are done in batches: a batch's rows of {@code test_cases}, then of {@code prompts},
 * then of {@code test_problems}, each in one commit. A problem that stands in the last is finished;
 * what an interrupted batch has left in the others is used and not made again.
 */
public final class TestCasesRun {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHOWN = 5;

  private final Session session;
  private final RunConfig config;
  private final Optional<PolicyVersion> policy;
  private final ProblemOutcomes outcomes;

  private TestCasesRun(Session session, Optional<PolicyVersion> policy) {
    this.session = session;
    this.config = session.config();
    this.policy = policy;
    this.outcomes = new ProblemOutcomes(config.testcases());
  }

  /**
   * Makes test cases for the problems of {@code testcases.files} that are not finished, and prints
   * the yields of all.
   *
   * @param version of the run's policy, where one writes the generators; empty: the newest, or
   *     {@code model.path} where the run has none
   * @throws UserError if a file, the settings or a policy is not as it has to be, or the sandbox
   *     failed so that a problem could not be decided: the same command then takes it up again
   */
  public static void run(Session session, OptionalInt version) {
    var config = session.config();
    var settings = config.testcases();
    requireInput(settings);
    List<CodingProblem> problems =
        ProblemFiles.read(config, session.spark().sessionState().newHadoopConf());
    Optional<PolicyVersion> policy =
        settings.byPolicy() ? Optional.of(ExamplesRun.policy(session, version)) : Optional.empty();
    new TestCasesRun(session, policy).run(problems);
  }

  /**
   * Refuses settings that name no files or no prompt set.
   *
   * @throws UserError naming the key
   */
  public static void requireInput(TestCasesConfig settings) {
    if (settings.files().isEmpty()) {
      throw new UserError("testcases.files: is empty; name the files of problems (JSONL)");
    }
    if (settings.into().isBlank()) {
      throw new UserError(
          "testcases.into: is empty; name the prompt set that is to receive the problems");
    }
  }

  private void run(List<CodingProblem> problems) {
    requireOwn();
    Map<String, String> finished = finished();
    List<CodingProblem> open = new ArrayList<>();
    for (CodingProblem problem : problems) {
      String before = finished.get(problem.id());
      if (before == null) {
        open.add(problem);
      } else if (!before.equals(identity(problem))) {
        throw new UserError(
            ("%s: run %s has finished problem %s with another content or other settings; restore"
                    + " them, or start another run with --set run=NAME")
                .formatted(problem.place(), config.run(), problem.id()));
      }
    }
    int known = problems.size() - open.size();
    if (known > 0) {
      session
          .progress()
          .line("%,d of %,d problems are finished already".formatted(known, problems.size()));
    }
    Set<String> undecided = new HashSet<>();
    try (var stage = session.progress().stage("test cases", open.size())) {
      int batch = config.testcases().batch();
      for (int from = 0; from < open.size(); from += batch) {
        undecided.addAll(
            batch(open.subList(from, Math.min(open.size(), from + batch)), from, stage));
      }
      if (!open.isEmpty()) {
        stage.done("%,d problems".formatted(open.size() - undecided.size()));
      }
    }
    show();
    if (!undecided.isEmpty()) {
      throw new UserError(
          ("the sandbox failed, so that %d problems are still open (%s): run the same command"
                  + " again; `sandbox selftest` tells what this machine lacks")
              .formatted(
                  undecided.size(),
                  undecided.stream().sorted().limit(SHOWN).collect(Collectors.joining(", "))));
    }
  }

  /** Does a batch; returns the problems that failures of the sandbox have left open. */
  private Set<String> batch(List<CodingProblem> batch, int before, Progress.Stage stage) {
    stage.update(before, "");
    List<CodingProblem> problems =
        policy.isPresent() ? written(batch, policy.get(), before, stage) : batch;
    List<Decided> decided = new ArrayList<>();
    List<CodingProblem> toRun = new ArrayList<>();
    for (CodingProblem problem : problems) {
      outcomes.atOnce(problem).ifPresentOrElse(decided::add, () -> toRun.add(problem));
    }
    var cases = session.warehouse().read(TestCases.TABLE).where(ofRun());
    Set<String> made = texts(cases.select(TestCases.PROBLEM).distinct());
    List<CodingProblem> toMake =
        toRun.stream().filter(problem -> !made.contains(problem.id())).toList();
    if (!toMake.isEmpty()) {
      double start = stage.seconds();
      new TestCaseStage(session.spark(), config)
          .make(
              toMake,
              runs ->
                  stage.update(
                      before,
                      "%,d runs of programs, %.0f/s"
                          .formatted(runs, runs / Math.max(1, stage.seconds() - start))),
              rows -> append(TestCases.TABLE, rows));
    }
    cases = session.warehouse().read(TestCases.TABLE).where(ofRun());
    decided.addAll(outcomes.of(toRun, cases));
    append(decided, cases);
    Set<String> open = toRun.stream().map(CodingProblem::id).collect(Collectors.toSet());
    decided.forEach(one -> open.remove(one.problem().id()));
    return open;
  }

  /** The problems with the generators that the policy writes, where it need be asked. */
  private List<CodingProblem> written(
      List<CodingProblem> batch, PolicyVersion writer, int before, Progress.Stage stage) {
    List<CodingProblem> asked = new ArrayList<>();
    List<CodingProblem> others = new ArrayList<>();
    for (CodingProblem problem : batch) {
      boolean submitted = problem.submissions().size() >= config.testcases().minSubmissions();
      (submitted && !problem.specialJudge() ? asked : others).add(problem.with(List.of()));
    }
    if (!asked.isEmpty()) {
      others.addAll(
          new PolicyGenerators(
                  session.spark(),
                  config,
                  writer,
                  (done, total, tokens) ->
                      stage.update(before, "%,d of %,d generators".formatted(done, total)))
              .write(asked));
    }
    return others;
  }

  private void append(List<Decided> decided, Dataset<Row> cases) {
    List<Decided> kept = decided.stream().filter(Decided::kept).toList();
    Map<String, String> answers = answers(kept, cases);
    List<Row> prompts = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    Set<String> present = texts(ofSet().select(Prompts.PROMPT_ID));
    for (Decided one : decided) {
      var problem = one.problem();
      String promptId = null;
      if (one.kept()) {
        String answer = answers.get(problem.id());
        promptId = PromptIdentity.promptId(problem.question(), answer);
        if (present.add(promptId)) {
          prompts.add(prompt(problem, promptId, answer));
        }
      }
      rows.add(
          RowFactory.create(
              config.run(),
              problem.id(),
              identity(problem),
              one.outcome(),
              one.reason(),
              one.cases(),
              one.inputs(),
              one.valid(),
              one.submissions(),
              one.passing(),
              one.generator().orElse(null),
              promptId,
              one.seconds()));
    }
    append(Prompts.TABLE, prompts);
    append(TestProblems.TABLE, rows);
  }

  /** What a problem's cases depend on; with a policy, its own generator is not among it. */
  private String identity(CodingProblem problem) {
    var sandbox = config.sandbox();
    return PromptIdentity.sha256(
        String.join(
            "\n",
            settings(config.testcases()),
            Long.toString(config.seed()),
            policy.map(one -> one.weights().key() + " " + config.rollout().maxTokens()).orElse(""),
            "%d %d %d %s"
                .formatted(
                    sandbox.memoryMb(), sandbox.processes(), sandbox.diskMb(), sandbox.languages()),
            problem.id(),
            problem.question(),
            problem.submissions().toString(),
            policy.isPresent() ? "" : problem.generators().toString(),
            "%s %s %d".formatted(problem.specialJudge(), problem.domain(), problem.level())));
  }

  /** Where the files lie and how many problems a commit holds does not matter. */
  private static String settings(TestCasesConfig c) {
    return new TestCasesConfig(
            List.of(),
            c.into(),
            c.split(),
            c.cases(),
            c.submissions(),
            c.minSubmissions(),
            c.validShare(),
            c.minValid(),
            c.passShare(),
            c.generator(),
            c.policy(),
            c.language(),
            c.cpuSeconds(),
            c.wallSeconds(),
            c.inputKb(),
            c.outputKb(),
            c.sourceKb(),
            1)
        .toString();
  }

  private Row prompt(CodingProblem problem, String promptId, String answer) {
    return new Prompts.Prompt(
            config.testcases().into(),
            promptId,
            config.testcases().split(),
            problem.domain(),
            problem.level(),
            problem.question(),
            answer,
            "stdin_stdout",
            Optional.empty(),
            source() + ", " + problem.place())
        .toRow();
  }

  /**
   * The answers of problems as the code verifier reads them, out of their valid cases, and their
   * generators, for programs that vote (maj@k).
   */
  private Map<String, String> answers(List<Decided> kept, Dataset<Row> cases) {
    Map<String, ObjectNode> answers = new HashMap<>();
    List<String> ids = kept.stream().map(one -> one.problem().id()).toList();
    if (!ids.isEmpty()) {
      for (Row row :
          cases
              .where(col(TestCases.PROBLEM).isin(ids.toArray()))
              .where(col(TestCases.VALID))
              .orderBy(TestCases.PROBLEM, TestCases.NUMBER)
              .select(TestCases.PROBLEM, TestCases.INPUT, TestCases.OUTPUT)
              .collectAsList()) {
        var answer =
            answers.computeIfAbsent(
                row.getAs(TestCases.PROBLEM),
                id -> {
                  var fresh = JSON.createObjectNode();
                  fresh.put("compare", "numbers"); // as the submissions' outputs agreed
                  fresh.putArray("inputs");
                  fresh.putArray("outputs");
                  return fresh;
                });
        ((ArrayNode) answer.get("inputs")).add(row.<String>getAs(TestCases.INPUT));
        ((ArrayNode) answer.get("outputs")).add(row.<String>getAs(TestCases.OUTPUT));
      }
    }
    for (Decided one : kept) {
      one.problem().generators().stream()
          .map(Draft::source)
          .filter(source -> one.generator().equals(Optional.of(source.text())))
          .findFirst()
          .ifPresent(
              source ->
                  answers
                      .get(one.problem().id())
                      .putObject("generator")
                      .put("language", source.language())
                      .put("source", source.text()));
    }
    Map<String, String> texts = new HashMap<>();
    answers.forEach((id, answer) -> texts.put(id, answer.toString()));
    return texts;
  }

  private void append(TableSchema table, Dataset<Row> rows) {
    session.warehouse().append(table, rows, application(), next(table));
  }

  private void append(TableSchema table, List<Row> rows) {
    if (!rows.isEmpty()) {
      session.warehouse().append(table, rows, application(), next(table));
    }
  }

  /** The run's lock keeps others off: what is appended was looked up before. */
  private long next(TableSchema table) {
    return session.warehouse().committed(table, application()).orElse(-1) + 1;
  }

  private String application() {
    return config.run() + "/testcases";
  }

  private String source() {
    return "test cases of run " + config.run();
  }

  private Column ofRun() {
    return col(TableSchema.RUN).equalTo(config.run());
  }

  private Dataset<Row> ofSet() {
    return session
        .warehouse()
        .read(Prompts.TABLE)
        .where(col(Prompts.DATASET).equalTo(config.testcases().into()));
  }

  private static Set<String> texts(Dataset<Row> column) {
    return column.as(Encoders.STRING()).collectAsList().stream()
        .collect(Collectors.toCollection(HashSet::new));
  }

  private void requireOwn() {
    if (!ofSet().where(not(col(Prompts.SOURCE).startsWith(source() + ", "))).isEmpty()) {
      throw new UserError(
          "testcases.into: prompt set '%s' holds problems already, not of run %s; name another"
              .formatted(config.testcases().into(), config.run()));
    }
  }

  private Map<String, String> finished() {
    Map<String, String> finished = new HashMap<>();
    session
        .warehouse()
        .read(TestProblems.TABLE)
        .where(ofRun())
        .select(TestProblems.PROBLEM, TestProblems.IDENTITY)
        .collectAsList()
        .forEach(
            row -> finished.put(row.getAs(TestProblems.PROBLEM), row.getAs(TestProblems.IDENTITY)));
    return finished;
  }

  private void show() {
    session
        .progress()
        .table(
            Yields.HEADER,
            Yields.rows(session.warehouse().read(TestProblems.TABLE).where(ofRun())));
  }
}
