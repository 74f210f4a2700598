package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.math.MathComparer;
import dev.mirrorspark.prompts.ProblemFile.RawRow;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.vision.PictureFile;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the rows of a user's file become rows of table {@code prompts}. */
final class RowMapping {
  private static final Pattern INTEGER = Pattern.compile("[-+]?\\d+");
  private static final Set<String> MATHEMATICS = Set.of("math", "expression", "decimal");
  private static final Pattern FIRST_NUMBER = Pattern.compile("\\d+");
  private static final Pattern COLUMN_OF_PATH = Pattern.compile("\\{([^{}]+)\\}");
  private static final int SHOWN = 40;

  /** The field of a picture. */
  static final String IMAGE = "image";

  private final String dataset;
  private final RunConfig.Import source;
  private final AnswerPattern pattern;
  private final Set<String> answerTypes;
  private final PictureCell pictures;

  RowMapping(
      String dataset, RunConfig.Import source, Set<String> answerTypes, PictureCell pictures) {
    this.dataset = dataset;
    this.source = source;
    this.pattern = AnswerPattern.of(source.answerPattern());
    this.answerTypes = answerTypes;
    this.pictures = pictures;
  }

  /** The columns that the mapping reads. */
  static Set<String> columns(RunConfig.Import source) {
    var columns = new TreeSet<>(source.fields().values());
    String image = source.fields().getOrDefault(IMAGE, "");
    if (isPath(image)) {
      columns.remove(image);
      COLUMN_OF_PATH.matcher(image).results().forEach(found -> columns.add(found.group(1)));
    }
    columns.add(column(source, "prompt"));
    columns.add(column(source, "answer"));
    return columns;
  }

  private static String column(RunConfig.Import source, String field) {
    return source.fields().getOrDefault(field, field);
  }

  /** Whether the field of pictures is a path with columns in braces: {@code images/{id}.png}. */
  private static boolean isPath(String image) {
    return COLUMN_OF_PATH.matcher(image).find();
  }

  private PictureFile picture(RawRow raw) throws BadRow {
    String image = source.fields().getOrDefault(IMAGE, "");
    if (image.isEmpty()) {
      return PictureFile.NONE;
    }
    if (!isPath(image)) {
      return pictures.picture(required(raw, IMAGE));
    }
    var path = new StringBuilder();
    var columns = COLUMN_OF_PATH.matcher(image);
    while (columns.find()) {
      columns.appendReplacement(path, Matcher.quoteReplacement(cell(raw, columns.group(1))));
    }
    return pictures.beside(columns.appendTail(path));
  }

  /** The row's problem. */
  Prompts.Prompt map(RawRow raw) throws BadRow {
    if (!raw.fault().isEmpty()) {
      throw new BadRow(raw.fault());
    }
    var prompt = MessagePrompt.text(required(raw, "prompt"));
    if (prompt.isBlank()) {
      throw new BadRow("empty prompt");
    }
    var answerType = optional(raw, "answer_type", source.answerType());
    if (!answerTypes.contains(answerType)) {
      throw new BadRow(
          "unknown answer type '%s'; known: %s"
              .formatted(shown(answerType), String.join(", ", new TreeSet<>(answerTypes))));
    }
    var answer = answer(raw, answerType);
    int level = level(optional(raw, "level", ""));
    boolean warmup = source.split().equals(Prompts.WARMUP);
    var solution = warmup ? required(raw, "solution") : null;
    if (warmup && solution.isBlank()) {
      throw new BadRow("empty solution, which a warmup row needs");
    }
    var picture = picture(raw);
    return new Prompts.Prompt(
        dataset,
        PromptIdentity.promptId(prompt, answer, picture),
        source.split(),
        optional(raw, "domain", source.domain().isEmpty() ? dataset : source.domain()),
        level,
        prompt,
        answer,
        answerType,
        Optional.ofNullable(solution),
        source.file() + ":" + raw.line(),
        picture);
  }

  private String answer(RawRow raw, String answerType) throws BadRow {
    var cell = required(raw, "answer");
    if (cell.isBlank()) {
      throw new BadRow("empty answer");
    }
    var extracted =
        pattern
            .extract(cell)
            .orElseThrow(
                () ->
                    new BadRow(
                        "no answer by pattern %s in column '%s'"
                            .formatted(source.answerPattern(), column(source, "answer"))));
    boolean integer = answerType.equals("integer");
    boolean number = integer || answerType.equals("decimal");
    var answer = number ? AnswerPattern.withoutThousands(extracted) : extracted;
    if (answer.isEmpty()) {
      throw new BadRow("empty answer");
    }
    if (integer && !INTEGER.matcher(answer).matches()) {
      throw new BadRow("the answer '%s' is no %s".formatted(shown(answer), answerType));
    }
    if (MATHEMATICS.contains(answerType)) {
      var fault = MathComparer.fault(answerType, answer);
      if (fault.isPresent()) {
        throw new BadRow(
            "the answer '%s' cannot be read as %s: %s"
                .formatted(shown(answer), answerType, fault.get()));
      }
    }
    return answer;
  }

  /** The first whole number in a cell such as {@code Level 5}; 0 without one. */
  private static int level(String cell) throws BadRow {
    var matcher = FIRST_NUMBER.matcher(cell);
    if (!matcher.find()) {
      return 0;
    }
    try {
      return Integer.parseInt(matcher.group());
    } catch (NumberFormatException e) {
      throw new BadRow("the level '%s' is too large".formatted(shown(cell)));
    }
  }

  private String required(RawRow raw, String field) throws BadRow {
    return cell(raw, column(source, field));
  }

  private static String cell(RawRow raw, String column) throws BadRow {
    return NestedCell.of(raw.cells(), column)
        .orElseThrow(() -> new BadRow("no column '%s' (or null)".formatted(column)));
  }

  private String optional(RawRow raw, String field, String otherwise) {
    var value = NestedCell.of(raw.cells(), column(source, field)).orElse("").strip();
    return value.isEmpty() ? otherwise : value;
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  /** Why a row is no problem. */
  static final class BadRow extends Exception {
    private static final long serialVersionUID = 1L;

    BadRow(String reason) {
      super(reason, null, false, false);
    }
  }
}
