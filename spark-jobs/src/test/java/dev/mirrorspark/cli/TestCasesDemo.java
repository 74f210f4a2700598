package dev.mirrorspark.cli;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.loop.PlantedProblems;
import dev.mirrorspark.loop.PlantedProblems.Expected;
import dev.mirrorspark.table.TestProblems;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * Makes test cases for the planted problems with the numbers of the paper and compares what became
 * of each with what was written down beforehand; a program, not a test: {@code
 * ./submit/testcases-demo FOLDER}. Run again, it goes on where it was interrupted.
 */
final class TestCasesDemo {
  private static final String RUN = "planted";

  private TestCasesDemo() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    Path file = folder.resolve("planted.jsonl");
    Map<String, Expected> expected = PlantedProblems.write(file, 50, 40, List.of());
    String root = folder.resolve("warehouse").toString();
    List<String> command = new ArrayList<>(List.of("prompts", "testcases"));
    for (String set :
        List.of(
            "run=" + RUN,
            "warehouse=" + root,
            "testcases.files.0=" + file,
            "testcases.into=planted",
            "testcases.cpu_seconds=1")) {
      command.addAll(List.of("--set", set));
    }
    for (int i = 1; i < arguments.length; i++) {
      command.addAll(List.of("--set", arguments[i]));
    }
    int code = Mirrorspark.run(Terminal.ofProcess(), command.toArray(String[]::new));
    System.exit(code == 0 ? compare(root, expected) : code);
  }

  private static int compare(String root, Map<String, Expected> expected) {
    Map<String, Expected> found = new TreeMap<>();
    double seconds = 0;
    try (var spark = SparkSessions.open("testcases-demo", false)) {
      for (Row row :
          Warehouse.open(spark, root)
              .read(TestProblems.TABLE)
              .where(col("run").equalTo(RUN))
              .collectAsList()) {
        seconds += row.<Double>getAs(TestProblems.SECONDS);
        found.put(
            row.getAs(TestProblems.PROBLEM),
            new Expected(
                row.getAs(TestProblems.OUTCOME),
                row.getAs(TestProblems.INPUTS),
                row.getAs(TestProblems.VALID),
                row.getAs(TestProblems.PASSING)));
      }
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
}
