package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.rewardmodel.LabelledTriple;
import dev.mirrorspark.rewardmodel.RewardModel;
import dev.mirrorspark.rewardmodel.Scoring;
import dev.mirrorspark.rewardmodel.Triples;
import dev.mirrorspark.rewardmodel.ValueHead;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reward models out of a run whose policy answers 0 or 1 at random, where 1 is right. */
class RewardModelRunIT {
  private static final String[] OF_TINY = {
    "reward_model.runs=[tiny]",
    "reward_model.triples=100",
    "train.samples=8",
    "reward_model.heldout_share=0.4",
    "reward_model.value_head.epochs=6",
    "reward_model.value_head.average_every=20",
    "reward_model.value_head.batch=8",
    "reward_model.value_head.learning_rate=0.02",
    "reward_model.value_head.mean=false",
    "reward_model.chain_of_thought.template={response}={reference}",
  };

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Session session;
  private static Path head;

  @BeforeAll
  static void train() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    session = session("run=tiny");
    PromptImport.importAll(spark, session.warehouse(), session.config(), Set.of("integer"));
    SftRun.run(session);
    TrainingRun.run(session);
    RewardModelRun.train(session("run=rm"));
    head = folder.resolve("warehouse/_models/rm/value-head-00000");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String... sets) {
    String[] all = Stream.of(OF_TINY, sets).flatMap(Arrays::stream).toArray(String[]::new);
    var config = TinyRun.config(folder, all);
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  private static List<Policies.Policy> versions(String run) {
    return PolicyVersions.all(session, run);
  }

  @Test
  void theValueHeadTellsRightFromWrongAndIsAVersion() {
    var manifest = RewardModel.manifest(Storage.local(), head.toString());
    assertTrue(manifest.heldout().accuracy() > 0.7, manifest.heldout().toString());
    assertTrue(manifest.heldout().auc() >= 0.8, manifest.heldout().toString());
    assertEquals(
        manifest.heldout().truePositives() + manifest.heldout().falseNegatives(),
        manifest.heldout().trueNegatives() + manifest.heldout().falsePositives(),
        "not balanced");
    var version = versions("rm/value_head").get(0);
    assertEquals(head.toString(), version.checkpoint());
    assertEquals(6, version.steps().size());
    assertEquals(RewardModel.load(Storage.local(), head.toString()).sha256(), version.sha256());
    RewardModelRun.train(session("run=rm"));
    assertEquals(1, versions("rm/value_head").size(), "made twice");
    assertEquals(4, versions("tiny").size(), "the run's own versions changed");
  }

  @Test
  void noProblemIsOnBothSidesOfTheSplit() {
    List<LabelledTriple> triples = Triples.choose(session.warehouse(), session.config());
    var sides =
        triples.stream()
            .map(one -> one.triple().key().promptId() + one.heldout())
            .distinct()
            .count();
    var problems = triples.stream().map(one -> one.triple().key().promptId()).distinct().count();
    assertEquals(problems, sides);
    assertEquals(triples, Triples.choose(session.warehouse(), session.config()));
  }

  @Test
  void distributedEvaluationAgreesWithTheFigures() {
    var model = (ValueHead) RewardModel.load(Storage.local(), head.toString());
    var scoring = new Scoring(spark, session.config(), (done, total, tokens) -> {});
    var heldout =
        Triples.choose(session.warehouse(), session.config()).stream()
            .filter(LabelledTriple::heldout)
            .toList();
    var figures = RewardModel.manifest(Storage.local(), head.toString()).heldout();
    var evaluation = model.evaluate(scoring, heldout);
    assertEquals(figures.responses(), evaluation.responses());
    assertEquals(figures.accuracy(), evaluation.accuracy(), 1e-9);
    assertEquals(figures.auc(), evaluation.auc(), 1e-9);
  }

  /** Spark collects broadcasts when it likes, and closes what they held. */
  @Test
  void theHeadOutlivesItsBroadcasts() {
    var model = RewardModel.load(Storage.local(), head.toString());
    var scoring = new Scoring(spark, session.config(), (done, total, tokens) -> {});
    var triples =
        Triples.choose(session.warehouse(), session.config()).stream()
            .map(LabelledTriple::triple)
            .toList();
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    long from = context.broadcast(0).id();
    var scores = model.score(scoring, triples);
    long to = context.broadcast(0).id();
    for (long id = from; id <= to; id++) {
      SparkEnv.get().blockManager().removeBroadcast(id, false);
    }
    assertEquals(scores, model.score(scoring, triples));
    assertEquals(RewardModel.load(Storage.local(), head.toString()).sha256(), model.sha256());
  }

  /** The reward model's word is the reward; what the rule says stands beside it. */
  @Test
  void reinforcementLearningWithTheRewardModelAlone() {
    var run =
        session(
            "run=by-model",
            "reward.model=" + head,
            "reward.model_raw=score",
            "reward.audit={verifier: rule, share: 1.0}");
    SftRun.run(run);
    TrainingRun.run(run);
    List<Row> rewards =
        session
            .warehouse()
            .read(Rewards.TABLE)
            .where(col("run").equalTo("by-model"))
            .collectAsList();
    assertEquals(128, rewards.size());
    int agree = 0;
    int scored = 0;
    for (Row row : rewards) {
      assertEquals("value-head", row.getAs(Rewards.VERIFIER));
      String verdict = row.getAs(Rewards.VERDICT);
      String detail = row.getAs(Rewards.DETAIL);
      double raw = row.getAs(Rewards.RAW);
      assertEquals(raw >= 0.5, verdict.equals(Rewards.CORRECT));
      if (detail.startsWith("score")) {
        scored++;
        assertTrue(raw > 0 && raw <= 1, detail);
        agree += verdict.equals(row.getAs(Rewards.AUDIT_VERDICT)) ? 1 : 0;
      } else {
        assertEquals(0, raw, detail);
      }
    }
    assertTrue(scored > 96 && agree > 0.8 * scored, agree + " of " + scored);
    RewardModelRun.score(session("reward_model.runs=[tiny]", "reward.model=" + head, "run=tiny"));
    Row scores = spark.read().parquet(folder + "/warehouse/_scores/tiny").first();
    assertTrue(scores.<Double>getAs("score") > 0);
    // What a model judged teaches no other model.
    var twice = session("run=rm2", "reward_model.runs=[by-model]");
    assertRefused(
        "no response of theirs that a verifier judged", () -> RewardModelRun.train(twice));
  }

  @Test
  void aJudgeIsWarmedUpOnExamplesAndVotes() {
    var judge =
        session(
            "run=judge",
            "prompts.dataset=judge",
            "init.characters='{}\":'",
            "init.hidden=32",
            "init.max_positions=80",
            "sft.epochs=30",
            "reward_model.chain_of_thought.examples_into=judge",
            "reward_model.kind=chain_of_thought",
            "sft.learning_rate=0.02",
            "sft.examples_per_step=8");
    JudgeExamplesRun.run(judge);
    JudgeExamplesRun.run(judge);
    List<Row> examples =
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo("judge"))
            .collectAsList();
    assertTrue(examples.size() >= 2);
    for (Row example : examples) {
      String solution = example.getAs(Prompts.SOLUTION);
      assertTrue(
          solution.matches("right 1;stated .*;(same|different);\\{\"correct\": (true|false)}"),
          solution);
    }
    SftRun.run(judge);
    RewardModelRun.train(judge);
    var made = folder.resolve("warehouse/_models/judge/chain-of-thought-00000");
    var figures = RewardModel.manifest(Storage.local(), made.toString()).heldout();
    assertTrue(figures.accuracy() > 0.65 && figures.errors() <= 4, figures.toString());
    assertEquals("chain-of-thought", RewardModel.load(Storage.local(), made.toString()).verifier());
  }

  @Test
  void whatCannotBeLearntFromIsNamed() throws Exception {
    assertRefused("reward_model.runs", () -> RewardModelRun.train(session("reward_model.runs=[]")));
    assertRefused(
        "run none has no policy", () -> RewardModelRun.train(session("reward_model.runs=[none]")));
    assertRefused(
        "has no reward model of kind value_head", () -> RewardModelRun.eval(session("run=none")));
    assertRefused("examples_into", () -> JudgeExamplesRun.run(session("run=none")));
    var nowhere = session("run=by-nothing", "reward.model=" + folder);
    assertRefused("holds no reward-model.json", () -> TrainingRun.run(nowhere));
    Path damaged = folder.resolve("damaged");
    Files.createDirectories(damaged);
    Files.copy(head.resolve("reward-model.json"), damaged.resolve("reward-model.json"));
    assertRefused("value-head.zip", () -> RewardModel.load(Storage.local(), damaged.toString()));
    Files.writeString(damaged.resolve("reward-model.json"), "{");
    assertRefused("is damaged", () -> RewardModel.load(Storage.local(), damaged.toString()));
  }

  private static void assertRefused(String part, Runnable action) {
    String message = assertThrows(UserError.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
