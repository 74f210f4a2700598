package dev.mirrorspark.cli;

import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.loop.ContestProblems;
import dev.mirrorspark.loop.ContestProblems.Known;
import dev.mirrorspark.loop.PlantedProblems;
import dev.mirrorspark.loop.PlantedProblems.Expected;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TestProblems;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;

/**
 * Makes test cases with the numbers of the paper; a program, not a test. Run again, it goes on
 * where it was interrupted.
 *
 * <p>{@code ./submit/testcases-demo planted FOLDER} does so for problems with planted faults and
 * compares what became of each with what was written down beforehand; {@code
 * ./submit/testcases-demo contests FOLDER DATA} for contest problems, and counts which programs
 * that are known to be wrong the cases catch, and which the tests that the problems came with.
 */
final class TestCasesDemo {
  private TestCasesDemo() {}

  public static void main(String[] arguments) throws Exception {
    String which = arguments[0];
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    Path file = folder.resolve(which + ".jsonl");
    String root = folder.resolve("warehouse").toString();
    List<String> sets =
        List.of(
            "run=" + which,
            "warehouse=" + root,
            "testcases.files.0=" + file,
            "testcases.into=" + which,
            "testcases.cpu_seconds=1");
    int code;
    if (which.equals("planted")) {
      Map<String, Expected> expected = PlantedProblems.write(file, 50, 40, List.of());
      code = command(sets);
      code = code == 0 ? compare(root, expected) : code;
    } else {
      Map<String, Known> known = ContestProblems.write(Path.of(arguments[2]), file);
      code = command(sets);
      code = code == 0 ? strength(root, known, sets) : code;
    }
    System.exit(code);
  }

  private static int command(List<String> sets) {
    List<String> command = new ArrayList<>(List.of("prompts", "testcases"));
    sets.forEach(set -> command.addAll(List.of("--set", set)));
    return Mirrorspark.run(Terminal.ofProcess(), command.toArray(String[]::new));
  }

  private static List<Row> rows(String root, TableSchema table, Column which) {
    try (var spark = SparkSessions.open("testcases-demo", false)) {
      return Warehouse.open(spark, root).read(table).where(which).collectAsList();
    }
  }

  private static int compare(String root, Map<String, Expected> expected) {
    Map<String, Expected> found = new TreeMap<>();
    double seconds = 0;
    for (Row row : rows(root, TestProblems.TABLE, col("run").equalTo("planted"))) {
      seconds += row.<Double>getAs(TestProblems.SECONDS);
      found.put(
          row.getAs(TestProblems.PROBLEM),
          new Expected(
              row.getAs(TestProblems.OUTCOME),
              row.getAs(TestProblems.INPUTS),
              row.getAs(TestProblems.VALID),
              row.getAs(TestProblems.PASSING)));
    }
    int wrong = 0;
    for (var problem : expected.entrySet()) {
      Expected is = found.get(problem.getKey());
      if (!problem.getValue().equals(is)) {
        wrong++;
        System.out.printf("%s: expected %s, found %s%n", problem.getKey(), problem.getValue(), is);
      }
    }
    System.out.printf(
        "%d of %d problems decided as written down beforehand; %.0f s in boxes%n",
        expected.size() - wrong, expected.size(), seconds);
    return wrong == 0 && found.size() == expected.size() ? 0 : 1;
  }

  /** How many wrong programs fail on the cases made, and on the tests that were there. */
  private static int strength(String root, Map<String, Known> known, List<String> sets)
      throws InterruptedException {
    Map<String, String> answers = new TreeMap<>();
    rows(root, Prompts.TABLE, col(Prompts.DATASET).equalTo("contests"))
        .forEach(row -> answers.put(row.getAs(Prompts.TEXT_OF_PROMPT), row.getAs(Prompts.ANSWER)));
    var config = RunFile.load(Optional.empty(), sets);
    int[] caught = new int[2];
    int programs = 0;
    int rightFail = 0;
    try (var sandbox = Sandbox.start(config.sandbox())) {
      for (var entry : known.entrySet()) {
        Known problem = entry.getValue();
        String made = answers.get(problem.question());
        if (made == null) {
          System.out.println(entry.getKey() + " was not kept");
          continue;
        }
        String given = problem.tests().toString();
        for (String program : problem.of("wrong")) {
          programs++;
          boolean byMade = !passes(sandbox, program, made);
          boolean byGiven = !passes(sandbox, program, given);
          caught[0] += byMade ? 1 : 0;
          caught[1] += byGiven ? 1 : 0;
          if (!byMade || !byGiven) {
            System.out.printf(
                "%s, wrong program %d: caught by the cases made: %s, by the tests given: %s%n",
                entry.getKey(), programs, byMade, byGiven);
          }
        }
        for (String program : problem.of("solution")) {
          rightFail += passes(sandbox, program, given) ? 0 : 1;
        }
      }
    }
    System.out.printf(
        "of %d wrong programs of %d kept problems the cases made catch %d, the tests given %d;"
            + " %d of the solutions fail the tests given%n",
        programs, answers.size(), caught[0], caught[1], rightFail);
    return rightFail == 0 && answers.size() == known.size() ? 0 : 1;
  }

  private static boolean passes(Sandbox sandbox, String program, String tests)
      throws InterruptedException {
    List<Run.Case> cases = new ArrayList<>();
    try {
      var json = new ObjectMapper().readTree(tests);
      for (int i = 0; i < json.path("inputs").size(); i++) {
        cases.add(
            new Run.Case(json.get("inputs").get(i).asText(), json.get("outputs").get(i).asText()));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    var check = new Run.Cases(cases);
    return sandbox.judge(new Run("python", program, check, sandbox.limits())).verdict()
        == ProgramVerdict.PASSED;
  }
}
