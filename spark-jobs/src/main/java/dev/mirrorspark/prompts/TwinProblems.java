package dev.mirrorspark.prompts;

import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.functions;

/** Generated problems that are asked twice: as a picture of their text, and as text. */
public final class TwinProblems {
  private TwinProblems() {}

  /**
   * Those of a split.
   *
   * @return the prompt id of the text, by that of the picture
   */
  public static Map<String, String> of(Warehouse warehouse, String dataset, String split) {
    var generators = PromptSets.generators();
    Map<String, String> twins = new TreeMap<>();
    var ids = new HashSet<String>();
    warehouse
        .read(Prompts.TABLE)
        .where(functions.col(Prompts.DATASET).equalTo(dataset))
        .where(functions.col(Prompts.SPLIT).equalTo(split))
        .where(functions.col(Prompts.SOURCE).startsWith(PromptSets.SOURCE_PREFIX))
        .select(Prompts.Question.columns())
        .toLocalIterator()
        .forEachRemaining(
            row -> {
              var asked = Prompts.Question.from(row);
              ids.add(asked.promptId());
              Optional.ofNullable(generators.get(asked.domain()))
                  .flatMap(generator -> generator.twin(problem(asked)))
                  .map(twin -> PromptIdentity.promptId(twin.prompt(), twin.answer()))
                  .ifPresent(id -> twins.put(asked.promptId(), id));
            });
    twins.values().retainAll(ids);
    return twins;
  }

  private static Problem problem(Prompts.Question asked) {
    return new Problem(
        asked.text(),
        asked.answer(),
        asked.answerType(),
        asked.domain(),
        asked.level(),
        asked.picture());
  }
}
