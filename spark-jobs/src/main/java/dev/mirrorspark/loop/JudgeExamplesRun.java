package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.RewardModelConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.prompts.PromptIdentity;
import dev.mirrorspark.reward.Verifiers;
import dev.mirrorspark.rewardmodel.JudgeExamples;
import dev.mirrorspark.rewardmodel.LabelledTriple;
import dev.mirrorspark.rewardmodel.Triple;
import dev.mirrorspark.rewardmodel.Triples;
import dev.mirrorspark.table.Prompts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;

/** The `reward-model examples` command: what a chain-of-thought judge is warmed up on. */
public final class JudgeExamplesRun {
  private JudgeExamplesRun() {}

  /**
   * Writes worked examples for the warm-up of a chain-of-thought reward model, from the training
   * triples, into prompt set {@code reward_model.chain_of_thought.examples_into}; where that was
   * done before, does nothing.
   *
   * @throws UserError if no prompt set is named, or it holds other problems
   */
  public static void run(Session session) {
    var config = session.config();
    var judge = config.rewardModel().chainOfThought();
    String into = judge.examplesInto();
    if (into.isEmpty()) {
      throw new UserError(
          "reward_model.chain_of_thought.examples_into = \"\" is not accepted here: name the prompt"
              + " set that is to receive the examples");
    }
    var warehouse = session.warehouse();
    String identity =
        PromptIdentity.sha256(
            "%s\n%s\n%d"
                .formatted(chosenBy(config.rewardModel()), judge.template(), config.seed()));
    String app = "prompts/%s/judge/%s".formatted(into, identity);
    if (warehouse.committed(Prompts.TABLE, app).isPresent()) {
      session.progress().line("prompt set %s: made before, nothing appended".formatted(into));
      return;
    }
    if (!warehouse.read(Prompts.TABLE).where(col(Prompts.DATASET).equalTo(into)).isEmpty()) {
      throw new UserError(
          ("reward_model.chain_of_thought.examples_into: prompt set '%s' holds problems already,"
                  + " not of these settings; name another")
              .formatted(into));
    }
    List<LabelledTriple> triples =
        Triples.choose(warehouse, config).stream().filter(triple -> !triple.heldout()).toList();
    var judged =
        Verifiers.load(session.spark(), config)
            .judgeWithAnswers(triples.stream().map(JudgeExamplesRun::attempt).toList())
            .iterator();
    Map<String, Row> rows = new LinkedHashMap<>();
    for (LabelledTriple triple : triples) {
      var example = JudgeExamples.of(triple, judge.template(), judged.next().answer());
      String answer = Boolean.toString(example.correct());
      String id = PromptIdentity.promptId(example.text(), answer);
      rows.put(
          id,
          new Prompts.Prompt(
                  into,
                  id,
                  Prompts.WARMUP,
                  "judge",
                  0,
                  example.text(),
                  answer,
                  "text",
                  Optional.of(example.solution()),
                  "judged responses of " + config.rewardModel().runs())
              .toRow());
    }
    warehouse.append(Prompts.TABLE, List.copyOf(rows.values()), app, 0);
    session
        .progress()
        .line("prompt set %s: %,d examples for the warm-up".formatted(into, rows.size()));
  }

  private static Attempt attempt(LabelledTriple labelled) {
    Triple triple = labelled.triple();
    var key = triple.key();
    var reference =
        new Reference(
            key.promptId(), "", triple.question(), triple.reference(), labelled.answerType());
    return new Attempt(reference, key.sample(), triple.response(), StopReason.STOP);
  }

  private static String chosenBy(RewardModelConfig settings) {
    return "%s %d %d %s %s"
        .formatted(
            settings.runs(),
            settings.iterations(),
            settings.triples(),
            settings.balance(),
            settings.heldoutShare());
  }
}
