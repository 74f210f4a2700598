package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.curate.Exclusion;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptSampling;
import dev.mirrorspark.rapids.GpuParts;
import dev.mirrorspark.rapids.StagePlans;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A raw file with 300 problems, half of them flawed, goes through the command's run. */
class CurateRunIT {
  private static final Set<String> TYPES = Set.of("text", "integer", "math");

  @TempDir private static Path folder;
  private static StagePlans plans;
  private static SparkSession spark;
  private static Warehouse warehouse;
  private static FlawedProblems flawed;
  private static String firstOutput;

  @BeforeAll
  static void curate() throws IOException {
    plans = GpuParts.beside(LocalSpark.open());
    spark = plans.session();
    warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
    flawed = FlawedProblems.write(folder);
    firstOutput = run("first");
  }

  @AfterAll
  static void close() {
    GpuParts.checkAndStop(plans);
  }

  @Test
  void exactlyTheFlawedRowsAreShutOutEachWithItsReason() {
    assertEquals(300, flawed.expected().size());
    Map<Integer, String> found = new TreeMap<>();
    for (Row row : rows("dataset = 'first' AND split = 'train'")) {
      String source = row.getAs(Prompts.SOURCE);
      String reason = row.getAs(Prompts.EXCLUDED_BECAUSE);
      found.put(
          Integer.parseInt(source.substring(source.lastIndexOf(':') + 1)),
          reason == null ? "" : reason);
    }
    assertEquals(300, found.size());
    var reasons = Stream.concat(Stream.of(""), Stream.of(Exclusion.values()).map(Exclusion::label));
    assertAll(
        reasons.map(
            reason ->
                () ->
                    assertEquals(
                        lines(flawed.expected(), reason),
                        lines(found, reason),
                        "'" + reason + "'")));
  }

  @Test
  void heldoutProblemsStayAndIdsAreUnique() {
    assertEquals(40, rows("dataset = 'first' AND split = 'heldout'").size());
    assertEquals(
        40, rows("dataset = 'first' AND split = 'heldout' AND excluded_because IS NULL").size());
    var all = warehouse.read(Prompts.TABLE).where("dataset = 'first'");
    assertEquals(340, all.select(Prompts.PROMPT_ID).distinct().count());
    assertTrue(all.where("prompt_id LIKE '%-2'").count() >= 5, "copies to the letter");
    assertEquals(0, all.where("prompt_id LIKE '%-2' AND excluded_because IS NULL").count());
  }

  @Test
  void samplingSkipsWhatIsShutOut() {
    var table = warehouse.read(Prompts.TABLE);
    var sampled = PromptSampling.sample(table, "first", 1, 0, 170).collectAsList();
    assertEquals(170, sampled.size());
    sampled.forEach(row -> assertTrue(row.isNullAt(row.fieldIndex(Prompts.EXCLUDED_BECAUSE))));
    var error =
        assertThrows(UserError.class, () -> PromptSampling.sample(table, "first", 1, 0, 171));
    assertTrue(error.getMessage().contains("has 170 training problems"), error.getMessage());
  }

  @Test
  void theCardCountsAndIsPrinted() throws IOException {
    var card = Files.readString(folder.resolve("warehouse/_cards/first.md"));
    assertTrue(card.contains("340 problems, of which 210 are in use and 130 are shut out."), card);
    assertTrue(card.contains("| `multiple_choice` | offers its answers to choose from | 20 |"));
    assertTrue(card.contains("| heldout | 40 | 0 |"), card);
    assertTrue(card.contains("| train | 170 | 130 |"), card);
    assertTrue(card.contains("## The first with `heldout_near_duplicate`"), card);
    assertTrue(card.contains("heldout.jsonl:"), card);
    assertTrue(firstOutput.contains("340 problems, of which 210 are in use"), firstOutput);
  }

  @Test
  void theSameAgainAppendsNothingAndOtherSettingsAreRefused() {
    long version = warehouse.version(Prompts.TABLE);
    String again = run("first");
    assertTrue(again.contains("curated before, nothing appended"), again);
    assertTrue(again.contains("340 problems, of which 210 are in use"), again);
    var error = assertThrows(UserError.class, () -> run("first", "curate.similarity=0.9"));
    assertEquals(
        "prompts.dataset 'first' holds problems already, not of these files and curate settings:"
            + " give prompts.dataset another name",
        error.getMessage());
    assertEquals(version, warehouse.version(Prompts.TABLE));
  }

  @Test
  void heldoutProblemsOfAnotherSetCountAndDomainsAreCapped() {
    run(
        "other",
        "prompts.imports=[{file: " + flawed.file() + ", fields: {prompt: question}}]",
        "curate.against=[first]",
        "curate.domain_cap=10");
    var counts = new TreeMap<String, Long>();
    for (Row row : rows("dataset = 'other'")) {
      String reason = row.getAs(Prompts.EXCLUDED_BECAUSE);
      counts.merge(reason == null ? "" : reason, 1L, Long::sum);
    }
    assertEquals(20, counts.get("heldout_duplicate"));
    assertEquals(20, counts.get("heldout_near_duplicate"));
    var kept =
        warehouse.read(Prompts.TABLE).where("dataset = 'other' AND excluded_because IS NULL");
    kept.groupBy(Prompts.DOMAIN)
        .count()
        .collectAsList()
        .forEach(row -> assertTrue(row.getLong(1) <= 10, row.toString()));
    assertEquals(170, kept.count() + counts.get("domain_full"));
    assertFalse(kept.where("domain = 'geometry'").isEmpty());
    var error = assertThrows(UserError.class, () -> run("third", "curate.against=[nowhere]"));
    assertTrue(error.getMessage().startsWith("curate.against.0: prompt set 'nowhere'"));
  }

  private static Set<Integer> lines(Map<Integer, String> reasons, String reason) {
    return reasons.entrySet().stream()
        .filter(entry -> entry.getValue().equals(reason))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Row> rows(String condition) {
    return warehouse.read(Prompts.TABLE).where(condition).collectAsList();
  }

  private static String run(String dataset, String... sets) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "warehouse=" + folder.resolve("warehouse"),
                "prompts.dataset=" + dataset,
                ("prompts.imports=[{file: %s, fields: {prompt: question}},"
                        + " {file: %s, split: heldout, fields: {prompt: question}}]")
                    .formatted(flawed.file(), flawed.heldout())));
    settings.addAll(List.of(sets));
    var config = RunFile.parse("", settings);
    var out = new ByteArrayOutputStream();
    var progress =
        Progress.terminal(new PrintStream(out, true, StandardCharsets.UTF_8), false, 120);
    CurateRun.run(new Session(spark, warehouse, config, progress), TYPES);
    return out.toString(StandardCharsets.UTF_8);
  }
}
