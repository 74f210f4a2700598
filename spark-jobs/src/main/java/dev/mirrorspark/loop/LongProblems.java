package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.model.VisionShape;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.vision.PictureFault;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Row;

/**
 * The training problems that fill the policy's context and leave no room for a response: they are
 * named, and the run goes on without them. Which they are depends on the problems, the tokenizer
 * and the context alone, so a run that is resumed leaves out the same.
 */
final class LongProblems {
  private static final int NAMED = 5;

  /** No tokenizer makes more tokens of a text than this for each of its bytes. */
  private static final int TOKENS_A_BYTE = 2;

  private LongProblems() {}

  /**
   * Refuses responses that are longer than the context.
   *
   * @throws UserError if {@code rollout.max_tokens} fits beside no prompt
   */
  static void requireRoom(Session session) {
    int context = MachineMemory.shape(session).maxPositions();
    int response = session.config().rollout().maxTokens();
    if (response >= context) {
      throw new UserError(
          "rollout.max_tokens = %d: the policy's context is %d tokens, prompt and response together"
                  .formatted(response, context)
              + " (max_position_embeddings); lower it to less than that");
    }
  }

  /** The prompt_ids of those of a run; names the first of them. */
  static Set<String> of(Session session, Policy first) {
    ModelShape shape = MachineMemory.shape(session);
    int context = shape.maxPositions();
    Set<String> found = new TreeSet<>();
    try (TextTokenizer tokenizer =
        PolicyVersions.source(session, first).tokenizer(session.config().model().chat())) {
      int frame = tokenizer.encodePrompt("a").length;
      Iterator<Row> problems =
          session
              .warehouse()
              .read(Prompts.TABLE)
              .where(col(Prompts.DATASET).equalTo(session.config().prompts().dataset()))
              .where(col(Prompts.SPLIT).equalTo(Prompts.TRAIN))
              .where(col(Prompts.EXCLUDED_BECAUSE).isNull())
              .where(
                  expr("octet_length(%s)".formatted(Prompts.TEXT_OF_PROMPT))
                      .multiply(TOKENS_A_BYTE)
                      .geq(context - frame)
                      .or(col(Prompts.IMAGE_WIDTH).isNotNull()))
              .select(
                  Prompts.PROMPT_ID,
                  Prompts.TEXT_OF_PROMPT,
                  Prompts.SOURCE,
                  Prompts.IMAGE_WIDTH,
                  Prompts.IMAGE_HEIGHT)
              .toLocalIterator();
      while (problems.hasNext()) {
        Row problem = problems.next();
        int tokens =
            tokenizer.encodePrompt(problem.<String>getAs(Prompts.TEXT_OF_PROMPT)).length
                + ofPicture(shape.vision(), problem);
        if (tokens >= context && found.add(problem.getAs(Prompts.PROMPT_ID))) {
          if (found.size() <= NAMED) {
            session
                .progress()
                .line(
                    "prompt %s (%s) is left out: it has %d tokens, the policy's context is %d"
                        .formatted(
                            problem.<String>getAs(Prompts.PROMPT_ID),
                            problem.<String>getAs(Prompts.SOURCE),
                            tokens,
                            context));
          }
        }
      }
    }
    if (found.size() > NAMED) {
      session
          .progress()
          .line("and %,d more problems that are too long".formatted(found.size() - NAMED));
    }
    return found;
  }

  /** Tokens of a problem's picture, those around it among them; 0 without one. */
  private static int ofPicture(VisionShape vision, Row problem) {
    Integer width = problem.getAs(Prompts.IMAGE_WIDTH);
    Integer height = problem.getAs(Prompts.IMAGE_HEIGHT);
    if (width == null || !vision.present()) {
      return 0;
    }
    try {
      return 2 + vision.preprocessing().tokens(width, height);
    } catch (PictureFault e) {
      return Integer.MAX_VALUE / 2; // no encoder takes it
    }
  }
}
