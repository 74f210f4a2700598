package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.BYTES;
import static dev.mirrorspark.table.TableSchema.DOUBLE;
import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.optional;
import static dev.mirrorspark.table.TableSchema.required;

import dev.mirrorspark.vision.PictureFile;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;

/** Table {@code prompts}: one row is one problem of a prompt set. */
public final class Prompts {
  public static final String DATASET = "dataset";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SPLIT = "split";
  public static final String DOMAIN = "domain";
  public static final String LEVEL = "level";
  public static final String TEXT_OF_PROMPT = "text";
  public static final String ANSWER = "answer";
  public static final String ANSWER_TYPE = "answer_type";
  public static final String SOLUTION = "solution";
  public static final String SOURCE = "source";
  public static final String EXCLUDED_BECAUSE = "excluded_because";
  public static final String PASS_RATE = "pass_rate";
  public static final String IMAGE = "image";
  public static final String IMAGE_TYPE = "image_type";
  public static final String IMAGE_WIDTH = "image_width";
  public static final String IMAGE_HEIGHT = "image_height";

  /** Split of the problems that reinforcement learning samples from. */
  public static final String TRAIN = "train";

  /** Split of the problems that only evaluation sees. */
  public static final String HELDOUT = "heldout";

  /** Split of the worked examples of the supervised warm-up. */
  public static final String WARMUP = "warmup";

  public static final TableSchema TABLE =
      new TableSchema(
          "prompts",
          "One row is one problem of a prompt set.",
          columns(
              required(DATASET, TEXT, "name of the prompt set"),
              required(PROMPT_ID, TEXT, "hash of the problem's content"),
              required(SPLIT, TEXT, "train, heldout or warmup; disjoint by content"),
              required(DOMAIN, TEXT, "subject, such as a generator's name or algebra"),
              required(LEVEL, INT, "difficulty within the domain, 0 where unknown"),
              required(TEXT_OF_PROMPT, TEXT, "the problem as the policy reads it"),
              required(ANSWER, TEXT, "the right answer, for the verifier"),
              required(
                  ANSWER_TYPE,
                  TEXT,
                  "how answers compare: integer by value, text after trimming, decimal within a "
                      + "tolerance, expression and math as mathematics, or a verifier's own name"),
              optional(
                  SOLUTION,
                  TEXT,
                  "long chain of thought that ends with the answer; null outside warmup"),
              required(SOURCE, TEXT, "generator, or file and line, that the problem came from"),
              optional(
                  EXCLUDED_BECAUSE,
                  TEXT,
                  "why curate shut the problem out: no stage uses it; null where it is in use"),
              optional(
                  PASS_RATE,
                  DOUBLE,
                  "share of right answers when curate let a policy try it; null if untried"),
              optional(IMAGE, BYTES, "the picture's file; null where the problem is text alone"),
              optional(IMAGE_TYPE, TEXT, "png, jpeg or webp; null without a picture"),
              optional(IMAGE_WIDTH, INT, "pixels in a row of the picture; null without one"),
              optional(IMAGE_HEIGHT, INT, "rows of pixels of the picture; null without one")),
          Map.of(
              "split_known", "split IN ('train', 'heldout', 'warmup')",
              "prompt_id_present", "prompt_id <> ''",
              "level_not_negative", "level >= 0",
              "solution_only_in_warmup", "(split = 'warmup') = (solution IS NOT NULL)"),
          List.of(DATASET, PROMPT_ID),
          List.of());

  /** The columns but for those of the picture. */
  public static final List<String> COLUMNS_OF_TEXT =
      Stream.of(TABLE.columns().fieldNames())
          .filter(name -> !List.of(IMAGE, IMAGE_TYPE, IMAGE_WIDTH, IMAGE_HEIGHT).contains(name))
          .toList();

  private Prompts() {}

  /** Those columns, to select. */
  public static Column[] columnsOfText() {
    return COLUMNS_OF_TEXT.stream().map(name -> functions.col(name)).toArray(Column[]::new);
  }

  /**
   * The picture of a row; {@link PictureFile#NONE} where it has none, or the row lacks the column.
   */
  public static PictureFile picture(Row row) {
    byte[] file = List.of(row.schema().fieldNames()).contains(IMAGE) ? row.getAs(IMAGE) : null;
    return file == null
        ? PictureFile.NONE
        : new PictureFile(
            file, row.getAs(IMAGE_TYPE), row.getAs(IMAGE_WIDTH), row.getAs(IMAGE_HEIGHT));
  }

  /** The pictures of some problems of a prompt set, by prompt id; those without are left out. */
  public static Map<String, PictureFile> pictures(
      Warehouse warehouse, String dataset, Collection<String> promptIds) {
    if (promptIds.isEmpty()) {
      return Map.of();
    }
    Map<String, PictureFile> pictures = new HashMap<>();
    pictures(warehouse, dataset)
        .where(functions.col(PROMPT_ID).isin(promptIds.toArray()))
        .collectAsList()
        .forEach(row -> pictures.put(row.getAs(PROMPT_ID), picture(row)));
    return pictures;
  }

  /** The problems of a prompt set that have a picture: their id and the picture's columns. */
  public static Dataset<Row> pictures(Warehouse warehouse, String dataset) {
    return warehouse
        .read(TABLE)
        .where(functions.col(DATASET).equalTo(dataset))
        .where(functions.col(IMAGE).isNotNull())
        .select(PROMPT_ID, IMAGE, IMAGE_TYPE, IMAGE_WIDTH, IMAGE_HEIGHT);
  }

  /**
   * What it takes to pose a problem and to judge the answer.
   *
   * @param text the problem as the policy reads it
   * @param answer the right answer
   * @param answerType how answers compare
   * @param picture what it shows, {@link PictureFile#NONE} where it is text alone
   */
  public record Question(
      String promptId,
      String text,
      String answer,
      String answerType,
      String domain,
      int level,
      PictureFile picture) {

    /** A question of text alone. */
    public Question(
        String promptId, String text, String answer, String answerType, String domain, int level) {
      this(promptId, text, answer, answerType, domain, level, PictureFile.NONE);
    }

    /** The columns that {@link #from} reads. */
    public static Column[] columns() {
      return Stream.of(
              PROMPT_ID,
              TEXT_OF_PROMPT,
              ANSWER,
              ANSWER_TYPE,
              DOMAIN,
              LEVEL,
              IMAGE,
              IMAGE_TYPE,
              IMAGE_WIDTH,
              IMAGE_HEIGHT)
          .map(name -> functions.col(name))
          .toArray(Column[]::new);
    }

    /**
     * Reads a row that has these columns, among others and in any order; without that of the
     * picture none is shown.
     */
    public static Question from(Row row) {
      return new Question(
          row.getAs(PROMPT_ID),
          row.getAs(TEXT_OF_PROMPT),
          row.getAs(ANSWER),
          row.getAs(ANSWER_TYPE),
          row.getAs(DOMAIN),
          row.getAs(LEVEL),
          Prompts.picture(row));
    }
  }

  /**
   * One row of the table.
   *
   * @param solution long chain of thought that ends with the answer; empty outside {@link #WARMUP}
   * @param source generator, or file and line, that the problem came from
   * @param picture what it shows, {@link PictureFile#NONE} where it is text alone
   */
  public record Prompt(
      String dataset,
      String promptId,
      String split,
      String domain,
      int level,
      String text,
      String answer,
      String answerType,
      Optional<String> solution,
      String source,
      PictureFile picture) {

    /** A problem of text alone. */
    public Prompt(
        String dataset,
        String promptId,
        String split,
        String domain,
        int level,
        String text,
        String answer,
        String answerType,
        Optional<String> solution,
        String source) {
      this(
          dataset,
          promptId,
          split,
          domain,
          level,
          text,
          answer,
          answerType,
          solution,
          source,
          PictureFile.NONE);
    }

    /** The row of a problem in use and untried, in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          dataset,
          promptId,
          split,
          domain,
          level,
          text,
          answer,
          answerType,
          solution.orElse(null),
          source,
          null,
          null,
          picture.present() ? picture.file() : null,
          picture.present() ? picture.type() : null,
          picture.present() ? picture.width() : null,
          picture.present() ? picture.height() : null);
    }
  }
}
