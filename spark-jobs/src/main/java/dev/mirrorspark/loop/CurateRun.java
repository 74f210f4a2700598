package dev.mirrorspark.loop;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.curate.AnswerJudge;
import dev.mirrorspark.curate.CuratedProblems;
import dev.mirrorspark.curate.Curation;
import dev.mirrorspark.curate.CurationCard;
import dev.mirrorspark.curate.Exclusion;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.prompts.PromptIdentity;
import dev.mirrorspark.prompts.RawProblems;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.reward.Verifiers;
import dev.mirrorspark.table.Prompts;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** The `curate` command: a prompt set out of raw problem files (Kimi k1.5, 2.1). */
public final class CurateRun {
  private static final String HASH = "hash";

  private CurateRun() {}

  /**
   * Curates the files of {@code prompts.imports} into {@code prompts.dataset}, writes the card and
   * prints it; where that was done before, with the same files and settings, prints the card.
   *
   * @param answerTypes answer types that have a verifier
   * @throws UserError if a file cannot be read, the prompt set holds other problems already, or
   *     {@code curate.against} names one without held-out problems
   */
  public static void run(Session session, Set<String> answerTypes) {
    var config = session.config();
    var warehouse = session.warehouse();
    String dataset = config.prompts().dataset();
    RawProblems raw =
        RawProblems.read(session.spark(), config, answerTypes, TestedProblems.check(config));
    raw.reports().forEach(report -> report.lines().forEach(session.progress()::line));
    var elsewhere = elsewhere(session);
    String app =
        "prompts/%s/curate/%s"
            .formatted(dataset, PromptIdentity.sha256(identity(config, raw.rows(), elsewhere)));
    var present =
        warehouse.read(Prompts.TABLE).where(functions.col(Prompts.DATASET).equalTo(dataset));
    if (warehouse.committed(Prompts.TABLE, app).isPresent()) {
      session.progress().line("prompt set %s: curated before, nothing appended".formatted(dataset));
      CurationCard.of(dataset, present).lines().forEach(session.progress()::line);
      return;
    }
    if (!present.isEmpty()) {
      throw new UserError(
          ("prompts.dataset '%s' holds problems already, not of these files and curate settings:"
                  + " give prompts.dataset another name")
              .formatted(dataset));
    }
    CuratedProblems curated = curate(session, raw.rows(), elsewhere);
    List<String> counts = curated.card(dataset).lines();
    List<String> card = new ArrayList<>(counts);
    card.addAll(copies(curated, config.curate().examples()));
    String path =
        config.curate().card().isEmpty()
            ? warehouse.root() + "/_cards/" + dataset + ".md"
            : config.curate().card();
    write(session, path, card);
    warehouse.append(Prompts.TABLE, curated.rows(), app, 0);
    counts.forEach(session.progress()::line);
    session.progress().line("");
    session.progress().line("card: " + path);
  }

  private static CuratedProblems curate(
      Session session, Dataset<Row> problems, Dataset<Row> elsewhere) {
    var config = session.config();
    try (var stage = session.progress().stage("curate " + config.prompts().dataset(), 0)) {
      return new Curation(
              session.spark(),
              config,
              policy(session),
              judge(session),
              shownIn(stage),
              step -> stage.update(0, step))
          .curate(problems, elsewhere);
    }
  }

  /** The verifiers, as judges of what a policy tries. */
  static AnswerJudge judge(Session session) {
    Verifiers verifiers = Verifiers.load(session.spark(), session.config());
    return attempts ->
        verifiers.judge(attempts).stream().map(judged -> judged.verdict().correct()).toList();
  }

  /** Shows the responses of a policy that tries problems. */
  static ProgressSink shownIn(Progress.Stage stage) {
    return (done, total, tokens) ->
        stage.update(
            done,
            "of %,d responses, %,.0f tokens/s"
                .formatted(total, tokens / Math.max(1, stage.seconds())));
  }

  private static Optional<PolicyVersion> policy(Session session) {
    return Optional.of(session.config().curate().policy())
        .filter(folder -> !folder.isEmpty())
        .map(folder -> PolicyVersions.inFolder(session, folder));
  }

  /** The held-out problems of the prompt sets that {@code curate.against} names. */
  private static Dataset<Row> elsewhere(Session session) {
    var config = session.config();
    var heldout =
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(functions.col(Prompts.SPLIT).equalTo(Prompts.HELDOUT))
            .where(functions.col(Prompts.DATASET).notEqual(config.prompts().dataset()));
    var against = config.curate().against();
    for (int i = 0; i < against.size(); i++) {
      if (heldout.where(functions.col(Prompts.DATASET).equalTo(against.get(i))).isEmpty()) {
        throw new UserError(
            "curate.against.%d: prompt set '%s' has no held-out problems; import it first"
                .formatted(i, against.get(i)));
      }
    }
    return heldout.where(functions.col(Prompts.DATASET).isin(against.toArray()));
  }

  /** What the outcome depends on, in words. */
  private static String identity(RunConfig config, Dataset<Row> raw, Dataset<Row> elsewhere) {
    return String.join(
        "\n",
        config.curate().toString(),
        Long.toString(config.seed()),
        fingerprint(raw),
        fingerprint(elsewhere)
            + (config.model().chat().equals(ChatConfig.NONE) ? "" : config.model().chat()));
  }

  private static String fingerprint(Dataset<Row> rows) {
    long[] countAndXor =
        rows.select(
                functions
                    .expr("xxhash64(dataset, prompt_id, split, domain, level, answer_type, source)")
                    .as(HASH))
            .toJavaRDD()
            .map(row -> row.<Long>getAs(HASH))
            .aggregate(
                new long[2],
                (sum, hash) -> new long[] {sum[0] + 1, sum[1] ^ hash},
                (sum, other) -> new long[] {sum[0] + other[0], sum[1] ^ other[1]});
    return countAndXor[0] + " " + (countAndXor[0] == 0 ? "null" : countAndXor[1]);
  }

  private static List<String> copies(CuratedProblems curated, int examples) {
    List<String> lines = new ArrayList<>();
    for (Exclusion why :
        List.of(
            Exclusion.HELDOUT_DUPLICATE,
            Exclusion.DUPLICATE,
            Exclusion.HELDOUT_NEAR_DUPLICATE,
            Exclusion.NEAR_DUPLICATE)) {
      var copies = curated.copies(why, examples);
      if (!copies.isEmpty()) {
        lines.add("");
        lines.add("## The first with `" + why.label() + "`");
        for (var copy : copies) {
          lines.add("");
          lines.add("- " + copy.source() + ": " + oneLine(copy.text()));
          lines.add("- " + copy.of() + " stays: " + oneLine(copy.textOf()));
        }
      }
    }
    return lines;
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  private static void write(Session session, String path, List<String> lines) {
    var file = new org.apache.hadoop.fs.Path(path);
    try {
      var files = file.getFileSystem(session.spark().sessionState().newHadoopConf());
      try (var out = new OutputStreamWriter(files.create(file, true), StandardCharsets.UTF_8)) {
        for (String line : lines) {
          out.write(line + "\n");
        }
      }
    } catch (IOException e) {
      throw new UserError(
          "card %s cannot be written: %s; set curate.card to another path"
              .formatted(path, e.getMessage()),
          e);
    }
  }
}
