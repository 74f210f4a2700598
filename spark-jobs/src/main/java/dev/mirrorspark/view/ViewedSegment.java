package dev.mirrorspark.view;

import dev.mirrorspark.table.Cells;
import dev.mirrorspark.table.Trajectories;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.apache.spark.sql.Row;

/** A segment of a response, with its tokens or only with its text. */
record ViewedSegment(
    ScoredResponse.Key key,
    int iteration,
    int segment,
    int policyVersion,
    String text,
    String stopReason,
    int tokens,
    double temperature,
    List<Integer> tokenIds,
    List<Float> logprobs) {
  private static final List<String> TEXTS =
      List.of(
          Trajectories.ITERATION,
          Trajectories.BORN,
          Trajectories.PROMPT_ID,
          Trajectories.SAMPLE,
          Trajectories.SEGMENT,
          Trajectories.POLICY_VERSION,
          Trajectories.TEXT_OF_RESPONSE,
          Trajectories.STOP_REASON,
          Trajectories.TOKENS,
          Trajectories.TEMPERATURE);

  /**
   * The segments that a filter holds, those of a response together and in their order.
   *
   * @param tokens whether with their tokens
   */
  static List<ViewedSegment> of(Moment moment, RowFilter filter, boolean tokens) {
    List<String> columns = new ArrayList<>(TEXTS);
    if (tokens) {
      columns.add(Trajectories.TOKEN_IDS);
      columns.add(Trajectories.LOGPROBS);
    }
    return moment.table(Trajectories.TABLE).rows(filter, columns.toArray(String[]::new)).stream()
        .map(row -> from(row, tokens))
        .sorted(
            Comparator.comparing((ViewedSegment one) -> one.key().prompt())
                .thenComparing(one -> one.key().born())
                .thenComparing(one -> one.key().sample())
                .thenComparing(ViewedSegment::segment))
        .toList();
  }

  /**
   * The first segments that a filter holds and that are wanted, in the order of the files; the
   * others are not kept.
   *
   * @param wanted looks at a row that has all but the tokens
   */
  static List<ViewedSegment> matching(
      Moment moment, RowFilter filter, Predicate<FileRow> wanted, int most) {
    var table = moment.table(Trajectories.TABLE);
    var schema = table.schema(TEXTS.toArray(String[]::new));
    List<ViewedSegment> found = new ArrayList<>();
    for (DataFile file : table.files(filter)) {
      boolean more =
          table.read(
              file,
              filter,
              TEXTS,
              row -> {
                if (wanted.test(row)) {
                  found.add(from(row.row(schema), false));
                }
                return found.size() < most;
              });
      if (!more) {
        break;
      }
    }
    return found;
  }

  /** The response that a row is of. */
  static ScoredResponse.Key key(FileRow row) {
    return new ScoredResponse.Key(
        row.number(Trajectories.BORN),
        row.text(Trajectories.PROMPT_ID),
        row.number(Trajectories.SAMPLE));
  }

  private static ViewedSegment from(Row row, boolean tokens) {
    return new ViewedSegment(
        ScoredResponse.Key.of(row),
        row.getAs(Trajectories.ITERATION),
        row.getAs(Trajectories.SEGMENT),
        row.getAs(Trajectories.POLICY_VERSION),
        row.getAs(Trajectories.TEXT_OF_RESPONSE),
        row.getAs(Trajectories.STOP_REASON),
        row.getAs(Trajectories.TOKENS),
        row.getAs(Trajectories.TEMPERATURE),
        tokens ? Cells.list(row, Trajectories.TOKEN_IDS) : List.of(),
        tokens ? Cells.list(row, Trajectories.LOGPROBS) : List.of());
  }
}
