package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.PreferencePairs;
import dev.mirrorspark.table.ShortestResponses;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each method of long2short, from a policy that answers 0 or 1 at random, where 1 is right. */
class Long2ShortIT {
  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Policy warm;

  @BeforeAll
  static void warmUp() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    var base = session("run=base");
    PromptImport.importAll(spark, base.warehouse(), base.config(), Set.of("integer"));
    warm = SftRun.run(base);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String... sets) {
    var config = TinyRun.config(folder, sets);
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  private static Session from(Policy policy, String run, String... more) {
    String[] sets = new String[more.length + 2];
    sets[0] = "run=" + run;
    sets[1] = "model.path=" + policy.checkpoint();
    System.arraycopy(more, 0, sets, 2, more.length);
    return session(sets);
  }

  private static List<Row> rows(TableSchema table, Session session) {
    return session
        .warehouse()
        .read(table)
        .where(col(TableSchema.RUN).equalTo(session.config().run()))
        .collectAsList();
  }

  @Test
  void aMergeIsTheFirstPolicyOfItsRunAndNamesItsParents() {
    Policy init = PolicyVersions.all(session("run=base")).get(0);
    var merged = session("run=merged");
    var sources = List.of("base@0", warm.checkpoint());
    Policy policy = ModelMerge.toRun(merged, sources, List.of(3.0, 1.0), Optional.empty());
    assertEquals(List.of(policy), PolicyVersions.all(merged));
    assertEquals(Optional.of(Method.MERGE), policy.method());
    var parents = policy.parents();
    assertEquals(Optional.of("base"), parents.get(0).run());
    assertEquals(OptionalInt.of(0), parents.get(0).version());
    assertEquals(init.sha256(), parents.get(0).sha256());
    assertEquals(warm.sha256(), parents.get(1).sha256());
    assertEquals(List.of(0.75, 0.25), parents.stream().map(parent -> parent.weight()).toList());
    float[] a = LoadedModel.load(Path.of(init.checkpoint())).flat();
    float[] b = LoadedModel.load(Path.of(warm.checkpoint())).flat();
    float[] found = LoadedModel.load(Path.of(policy.checkpoint())).flat();
    for (int i = 0; i < a.length; i++) {
      assertEquals(0.75f * a[i] + 0.25f * b[i], found[i]);
    }
    assertEquals(policy, ModelMerge.toRun(merged, sources, List.of(3.0, 1.0), Optional.empty()));
    var error =
        assertThrows(
            UserError.class,
            () -> ModelMerge.toRun(merged, sources, List.of(1.0, 1.0), Optional.empty()));
    assertTrue(error.getMessage().startsWith("run merged has policies"), error.getMessage());
    assertThrows(
        UserError.class,
        () ->
            ModelMerge.toRun(
                session("run=other"),
                List.of("base@7", "base@0"),
                List.of(1.0, 1.0),
                Optional.empty()));
  }

  @Test
  void theShortestCorrectResponsesAreLearned() {
    var session = from(warm, "shortest", "sft.epochs=6");
    Policy policy = ShortestRun.run(session);
    assertEquals(Optional.of(Method.SHORTEST), policy.method());
    assertEquals(1, policy.version());
    var yields = rows(ShortestResponses.TABLE, session);
    assertEquals(8, yields.size(), "a row a problem");
    int solved = 0;
    for (Row row : yields) {
      assertEquals(4, row.<Integer>getAs(ShortestResponses.RESPONSES));
      solved += row.getAs(ShortestResponses.CHOSEN) == null ? 0 : 1;
    }
    assertTrue(solved > 4, "solved " + solved);
    var steps = policy.steps();
    assertEquals(6, steps.size(), "16 examples a step, six epochs");
    assertTrue(steps.get(5).loss() < steps.get(0).loss(), steps.toString());
    assertEquals(policy, ShortestRun.run(session), "done is done");
    var error = assertThrows(UserError.class, () -> TrainingRun.run(session));
    assertTrue(error.getMessage().contains("shortest made its version 1"), error.getMessage());
    assertThrows(UserError.class, () -> DpoRun.run(session));
  }

  @Test
  void preferencesAreLearnedFromPairsWithTheirReference() {
    var varied =
        from(
            warm,
            "dpo",
            "sft.epochs=4",
            "train.samples=8",
            "train.dpo.length_ratio=1.2",
            "rollout.temperature=1.4");
    Policy policy = DpoRun.run(varied);
    assertEquals(Optional.of(Method.DPO), policy.method());
    var pairs = rows(PreferencePairs.TABLE, varied);
    assertTrue(pairs.size() > 3, "pairs " + pairs.size());
    for (Row pair : pairs) {
      assertEquals(0, pair.<Integer>getAs(PreferencePairs.REFERENCE_VERSION));
      List<Float> logprobs = pair.getList(pair.fieldIndex(PreferencePairs.CHOSEN_LOGPROBS));
      assertTrue(logprobs.stream().allMatch(value -> value < 0), logprobs.toString());
    }
    var steps = policy.steps();
    assertEquals(Math.log(2), steps.get(0).loss(), 1e-4, "no preference at first");
    assertEquals(0, steps.get(0).logratioRms(), 1e-3, "the reference is where it starts");
    assertTrue(steps.get(steps.size() - 1).loss() < Math.log(2) - 0.02, steps.toString());
    assertEquals(policy, DpoRun.run(varied), "done is done");
  }

  @Test
  void distillationMovesTheStudentToTheTeacher() {
    Policy init = PolicyVersions.all(session("run=base")).get(0);
    var session =
        from(
            init,
            "student",
            "train.method=distill",
            "train.teacher=" + warm.checkpoint(),
            "train.iterations=3",
            "train.learning_rate=0.02");
    TrainingRun.run(session);
    var read = rows(TeacherLogprobs.TABLE, session);
    assertEquals(3 * 8 * 4, read.size());
    double first = divergence(session, 0);
    double last = divergence(session, 2);
    assertTrue(last < 0.8 * first, first + " at first, " + last + " at last");
    var versions = PolicyVersions.all(session);
    assertEquals(4, versions.size());
    assertTrue(Replay.run(session, 2).same());
    var lone = from(init, "lone", "train.method=distill");
    var error = assertThrows(UserError.class, () -> TrainingRun.run(lone));
    assertTrue(error.getMessage().startsWith("train.teacher"), error.getMessage());
  }

  /** Mean of log π − log π_teacher over the sampled tokens. */
  private static double divergence(Session session, int iteration) {
    var teachers =
        session
            .warehouse()
            .read(TeacherLogprobs.TABLE)
            .where(col(TableSchema.RUN).equalTo(session.config().run()))
            .where(col(TeacherLogprobs.ITERATION).equalTo(iteration))
            .select(
                col(TeacherLogprobs.PROMPT_ID),
                col(TeacherLogprobs.SAMPLE),
                col(TeacherLogprobs.TEACHER_LOGPROBS));
    var own = Trajectories.upTo(session.warehouse(), session.config().run(), iteration, iteration);
    double sum = 0;
    int tokens = 0;
    for (Row row : Candidates.join(own, teachers).collectAsList()) {
      List<Float> mine = row.getList(row.fieldIndex(Trajectories.LOGPROBS));
      List<Float> theirs = row.getList(row.fieldIndex(TeacherLogprobs.TEACHER_LOGPROBS));
      assertEquals(mine.size(), theirs.size());
      for (int i = 0; i < mine.size(); i++) {
        sum += mine.get(i) - theirs.get(i);
        tokens++;
      }
    }
    return sum / tokens;
  }

  @Test
  void aTeacherOfItselfTeachesNothing() {
    var session =
        from(
            warm,
            "same",
            "train.method=distill",
            "train.teacher=" + warm.checkpoint(),
            "train.iterations=1",
            "train.minibatches=1");
    TrainingRun.run(session);
    assertEquals(0, divergence(session, 0), 1e-4);
    assertEquals(0, PolicyVersions.all(session).get(1).steps().get(0).gradNorm(), 1e-3);
    assertNotEquals(0, Storage.local().list(session.models()).size());
  }
}
