package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A warehouse as of one version of each of its tables: what a page is made from. The name of a
 * moment is the versions, in the order of {@link #TABLES}; an address with it shows the same for as
 * long as the files are there.
 */
final class Moment {
  /**
   * The tables, the one that is written last first: in this order they are read, so that what a row
   * speaks of is there.
   */
  static final List<TableSchema> TABLES =
      List.of(
          Iterations.TABLE,
          Evals.TABLE,
          Policies.TABLE,
          TrainingSet.TABLE,
          Rewards.TABLE,
          TeacherLogprobs.TABLE,
          TokenScores.TABLE,
          Trajectories.TABLE,
          Prompts.TABLE,
          Runs.TABLE);

  private final Map<TableSchema, TableVersion> versions;

  private Moment(Map<TableSchema, TableVersion> versions) {
    this.versions = versions;
  }

  /** As of now. */
  static Moment now(Function<TableSchema, TableLog> logs) {
    Map<TableSchema, TableVersion> versions = new LinkedHashMap<>();
    TABLES.forEach(table -> versions.put(table, logs.apply(table).newest()));
    return new Moment(versions);
  }

  /**
   * As of the moment of a name.
   *
   * @throws UserError if it is no name, or one of its versions is not there
   */
  static Moment of(String name, Function<TableSchema, TableLog> logs) {
    List<Long> numbers = new ArrayList<>();
    for (String number : name.split("\\.", -1)) {
      if (!number.matches("-|\\d{1,18}")) {
        throw new UserError("at=%s: must be %d versions".formatted(name, TABLES.size()));
      }
      numbers.add(number.equals("-") ? -1 : Long.parseLong(number));
    }
    if (numbers.size() != TABLES.size()) {
      throw new UserError("at=%s: must be %d versions".formatted(name, TABLES.size()));
    }
    Map<TableSchema, TableVersion> versions = new LinkedHashMap<>();
    for (int i = 0; i < numbers.size(); i++) {
      versions.put(TABLES.get(i), logs.apply(TABLES.get(i)).version(numbers.get(i)));
    }
    return new Moment(versions);
  }

  TableVersion table(TableSchema table) {
    return versions.get(table);
  }

  /** Its name. */
  String name() {
    return versions.values().stream()
        .map(version -> version.version() < 0 ? "-" : Long.toString(version.version()))
        .collect(Collectors.joining("."));
  }

  /** Its versions in words. */
  String words() {
    return versions.values().stream()
        .filter(version -> version.version() >= 0)
        .map(version -> version.table().name() + " " + version.version())
        .collect(Collectors.joining(", "));
  }
}
