package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.LONG;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.TIMESTAMP;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.optional;
import static dev.mirrorspark.table.TableSchema.required;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;

/** Table {@code runs}: one row is one run and what its numbers depend on. */
public final class Runs {
  public static final String CONFIG_HASH = "config_hash";
  public static final String CONFIG = "config";
  public static final String SEED = "seed";
  public static final String INSTRUCTION_SET = "instruction_set";
  public static final String VERSIONS = "versions";
  public static final String STARTED_AT = "started_at";
  public static final String FORKED_FROM = "forked_from";

  public static final TableSchema TABLE =
      new TableSchema(
          "runs",
          "One row is one run and what its numbers depend on.",
          columns(
              TableSchema.run(),
              required(CONFIG_HASH, TEXT, "hash of the resolved configuration"),
              required(CONFIG, TEXT, "the resolved configuration as YAML"),
              required(SEED, LONG, "seed from which every other seed is derived"),
              required(INSTRUCTION_SET, TEXT, "instruction set that the model arithmetic used"),
              required(
                  VERSIONS,
                  DataTypes.createMapType(TEXT, TEXT),
                  "versions of Mirrorspark and its libraries, by name"),
              required(STARTED_AT, TIMESTAMP, "when the run was first started"),
              optional(
                  FORKED_FROM,
                  TEXT,
                  "run@iteration from which the run goes on: what is before that iteration was that"
                      + " run's; null if it goes on from none")),
          Map.of("run_present", "run <> ''"),
          List.of(RUN),
          List.of(STARTED_AT));

  private Runs() {}

  /**
   * One row of the table.
   *
   * @param forkedFrom {@code run@iteration} from which the run goes on
   */
  public record Run(
      String run,
      String configHash,
      String config,
      long seed,
      String instructionSet,
      Map<String, String> versions,
      Instant startedAt,
      Optional<String> forkedFrom) {

    public Run {
      versions = Map.copyOf(versions);
    }

    /** The row in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          run,
          configHash,
          config,
          seed,
          instructionSet,
          versions,
          Timestamp.from(startedAt),
          forkedFrom.orElse(null));
    }

    /** Reads a row with the columns of {@link #TABLE}, in any order. */
    public static Run from(Row row) {
      return new Run(
          row.getAs(RUN),
          row.getAs(CONFIG_HASH),
          row.getAs(CONFIG),
          row.getAs(SEED),
          row.getAs(INSTRUCTION_SET),
          Cells.map(row, VERSIONS),
          row.<Timestamp>getAs(STARTED_AT).toInstant(),
          Optional.ofNullable(row.<String>getAs(FORKED_FROM)));
    }
  }
}
