package dev.mirrorspark.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Curates GSM8K's training set and MATH with 200 copies of GSM8K's test problems among them, and
 * prints which copies were missed and every other problem that was taken for a copy; a program, not
 * a test: {@code ./submit/curate-bench planted DATA}.
 *
 * <p>100 copies differ in their layout at most. 100 are reworded by rule: other names, other words
 * for about sixty common ones, another form of the question, and in every fourth the question goes
 * first.
 */
final class PlantedCopies {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EACH = 100;

  private static final List<String> NAMES =
      List.of("Alma", "Bruno", "Carla", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas");

  /** A capital word that is a name: it stands before a verb of these stories, or has an 's. */
  private static final Pattern NAME =
      Pattern.compile(
          "\\b(?!How|What|If|The|It|He|She|They|Each|In|On|At|There|This|That|When|After|His|Her)"
              + "([A-Z][a-z]{2,})(?='s|\u2019s| (?:has|had|is|was|buys|bought|wants|makes|made|gets"
              + "|takes|runs|sells|sold|decides|goes|went|and|does|gave|gives|needs|can|have) )");

  private static final String[][] WORDS = {
    {"how many", "what number of"},
    {"how much", "what amount of"},
    {"each", "every"},
    {"total", "combined"},
    {"in all", "altogether"},
    {"altogether", "in total"},
    {"buys", "purchases"},
    {"bought", "purchased"},
    {"buy", "purchase"},
    {"gets", "receives"},
    {"got", "received"},
    {"gives", "hands"},
    {"gave", "handed"},
    {"makes", "produces"},
    {"made", "produced"},
    {"needs", "requires"},
    {"wants", "would like"},
    {"costs", "is priced at"},
    {"house", "home"},
    {"kids", "children"},
    {"children", "kids"},
    {"store", "shop"},
    {"big", "large"},
    {"small", "little"},
    {"starts", "begins"},
    {"started", "began"},
    {"begins", "starts"},
    {"finish", "complete"},
    {"also", "in addition"},
    {"then", "afterwards"},
    {"later", "afterwards"},
    {"while", "whereas"},
    {"if", "given that"},
    {"decides", "chooses"},
    {"decided", "chose"},
    {"uses", "employs"},
    {"eats", "consumes"},
    {"eat", "consume"},
    {"walks", "strolls"},
    {"per", "for each"},
    {"remaining", "leftover"},
    {"left", "remaining"},
    {"daily", "every day"},
    {"friends", "pals"},
    {"money", "cash"},
    {"only", "just"},
    {"about", "roughly"},
    {"many", "numerous"},
    {"more than", "above"},
    {"less than", "below"},
    {"sells", "is selling"},
    {"sold", "has sold"},
    {"has", "owns"},
    {"had", "owned"},
    {"does", "did"},
    {"now", "at present"},
    {"because", "since"},
    {"so", "therefore"}
  };

  private PlantedCopies() {}

  /** Takes the folder of the data sets, and an empty folder to work in. */
  public static void main(String[] args) throws IOException {
    var data = Path.of(args[0]);
    var work = Path.of(args[1]);
    var planted = work.resolve("planted.jsonl");
    Files.write(planted, copies(data.resolve("gsm8k/test.jsonl")));
    var builder = SparkSession.builder().master("local[*]").appName("planted copies");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    try (var spark = builder.getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      var warehouse = Warehouse.open(spark, work.resolve("warehouse").toString());
      var config = RunFile.parse(runFile(data, planted, work), List.of());
      var progress = Progress.terminal(System.out, false, 120);
      CurateRun.run(new Session(spark, warehouse, config, progress), Set.of("integer", "math"));
      report(warehouse, planted);
    }
  }

  private static List<String> copies(Path test) throws IOException {
    var random = new Random(5);
    List<String> lines = Files.readAllLines(test);
    List<String> copies = new ArrayList<>();
    for (int i = 0; i < 2 * EACH; i++) {
      var problem = JSON.readTree(lines.get(6 * i));
      String text = problem.get("question").asText();
      String copy = i < EACH ? relaid(text, i) : reworded(text, i, random);
      copies.add(
          JSON.writeValueAsString(
              Map.of("question", copy, "answer", problem.get("answer").asText())));
    }
    return copies;
  }

  private static String relaid(String text, int i) {
    return switch (i % 4) {
      case 0 -> text;
      case 1 -> text.toUpperCase(Locale.ROOT);
      case 2 -> " " + text.replace(" ", "  ") + "\n";
      default -> text.replace('\'', '\u2019').replaceFirst("[.?]$", "");
    };
  }

  private static String reworded(String text, int i, Random random) {
    var matcher = NAME.matcher(text);
    if (matcher.find()) {
      text = text.replace(matcher.group(1), NAMES.get(random.nextInt(NAMES.size())));
    }
    var changed = new StringBuilder();
    // All words at once: a changed word is not changed again.
    var all = Arrays.stream(WORDS).map(pair -> pair[0]).collect(Collectors.joining("|"));
    var words = Pattern.compile("(?i)\\b(?:" + all + ")\\b").matcher(text);
    while (words.find()) {
      words.appendReplacement(changed, other(words.group()));
    }
    words.appendTail(changed);
    String result = changed.toString();
    int question = Math.max(result.lastIndexOf(". "), result.lastIndexOf(".\n"));
    return i % 4 == 0 && question > 0
        ? result.substring(question + 2).strip() + " " + result.substring(0, question + 1)
        : result;
  }

  private static String other(String word) {
    for (String[] pair : WORDS) {
      if (pair[0].equalsIgnoreCase(word)) {
        return Character.isUpperCase(word.charAt(0))
            ? Character.toUpperCase(pair[1].charAt(0)) + pair[1].substring(1)
            : pair[1];
      }
    }
    throw new IllegalStateException(word);
  }

  private static String runFile(Path data, Path planted, Path work) {
    return """
    warehouse: %1$s/warehouse
    prompts:
      dataset: planted
      imports:
        - {file: %2$s/gsm8k/test.jsonl, split: heldout, answer_type: integer,
           answer_pattern: after_hashes, fields: {prompt: question}}
        - {file: %2$s/gsm8k/train.jsonl, answer_type: integer, answer_pattern: after_hashes,
           fields: {prompt: question}}
        - {file: %2$s/math/test.jsonl, answer_type: math, answer_pattern: last_boxed,
           fields: {prompt: problem, answer: solution, domain: type, level: level}}
        - {file: %3$s, answer_type: integer, answer_pattern: after_hashes,
           fields: {prompt: question}}
    curate: {examples: 400}
    """
        .formatted(work, data, planted);
  }

  private static void report(Warehouse warehouse, Path planted) throws IOException {
    List<String> copies = Files.readAllLines(planted);
    var rows = warehouse.read(Prompts.TABLE).where("split = 'train'");
    int[] found = new int[2];
    for (Row row :
        rows.where("source LIKE '" + planted + ":%'").orderBy(Prompts.SOURCE).collectAsList()) {
      String source = row.getAs(Prompts.SOURCE);
      int line = Integer.parseInt(source.substring(source.lastIndexOf(':') + 1));
      String reason = row.getAs(Prompts.EXCLUDED_BECAUSE);
      if (reason != null && reason.startsWith("heldout")) {
        found[line <= EACH ? 0 : 1]++;
      } else {
        System.out.println("missed " + line + " (" + reason + "): " + copies.get(line - 1));
      }
    }
    System.out.printf(
        "found: %d of %d copies to the layout, %d of %d reworded%n",
        found[0], EACH, found[1], EACH);
    var alarms =
        rows.where("source NOT LIKE '" + planted + ":%' AND excluded_because LIKE '%duplicate'");
    System.out.println("others taken for copies: " + alarms.count() + ", to be read on the card");
  }
}
