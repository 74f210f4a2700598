package dev.mirrorspark.view;

import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Prompts.Question;
import dev.mirrorspark.vision.PictureFile;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The problems behind prompt ids. */
final class Problems {
  private static final List<String> COLUMNS =
      List.of(
          Prompts.PROMPT_ID,
          Prompts.TEXT_OF_PROMPT,
          Prompts.ANSWER,
          Prompts.ANSWER_TYPE,
          Prompts.DOMAIN,
          Prompts.LEVEL);

  private static final List<String> PICTURE =
      List.of(
          Prompts.PROMPT_ID,
          Prompts.IMAGE,
          Prompts.IMAGE_TYPE,
          Prompts.IMAGE_WIDTH,
          Prompts.IMAGE_HEIGHT);

  private Problems() {}

  /** The picture of a problem, {@link PictureFile#NONE} where none is found within the time. */
  static PictureFile picture(Moment moment, String id, LookTime time) {
    var table = moment.table(Prompts.TABLE);
    var schema = table.schema(PICTURE.toArray(String[]::new));
    PictureFile[] found = {PictureFile.NONE};
    for (DataFile file : table.files(RowFilter.ALL)) {
      if (found[0].present() || time.spent()) {
        break;
      }
      table.read(
          file,
          RowFilter.ALL.prompt(id),
          PICTURE,
          row -> {
            found[0] = Prompts.picture(row.row(schema));
            return false;
          });
    }
    return found[0];
  }

  /**
   * Looks for some of them. A prompt set can be so large that a page cannot wait for all of it:
   * what is not found within the time is left out.
   */
  static Map<String, Question> of(Moment moment, Collection<String> ids, LookTime time) {
    Map<String, Question> found = new HashMap<>();
    Set<String> lacking = new HashSet<>(ids);
    var table = moment.table(Prompts.TABLE);
    var schema = table.schema(COLUMNS.toArray(String[]::new));
    for (DataFile file : table.files(RowFilter.ALL)) {
      if (lacking.isEmpty() || time.spent()) {
        break;
      }
      table.read(
          file,
          ids.size() == 1 ? RowFilter.ALL.prompt(ids.iterator().next()) : RowFilter.ALL,
          COLUMNS,
          row -> {
            String id = row.text(Prompts.PROMPT_ID);
            if (lacking.remove(id)) {
              found.put(id, Question.from(row.row(schema)));
            }
            return !lacking.isEmpty() && !time.spent();
          });
    }
    return found;
  }
}
