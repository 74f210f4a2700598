package dev.mirrorspark.table;

import dev.mirrorspark.config.UserError;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;

/**
 * A schema of Spark's catalogs (Hive metastore, Unity, Glue) in which the tables of a warehouse
 * stand under their names too, so that any SQL reads them. Rows, columns, comments and constraints
 * stay in the warehouse: the catalog knows no more than where each table lies.
 */
final class Catalog {
  /** Spark setting that names it: {@code catalog.schema}. */
  static final String SETTING = "spark.mirrorspark.catalog";

  private static final Pattern NAME = Pattern.compile("(\\w+)\\.(\\w+)");

  private final SparkSession spark;
  private final String schema;

  private Catalog(SparkSession spark, String schema) {
    this.spark = spark;
    this.schema = schema;
  }

  /**
   * The one that the session's settings name, if they do; its schema is made where it is missing.
   *
   * @throws UserError if it is no such name, or the catalog refuses
   */
  static Optional<Catalog> of(SparkSession spark) {
    String name = spark.conf().get(SETTING, "");
    if (name.isEmpty()) {
      return Optional.empty();
    }
    var parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new UserError(
          "%s = %s: is not CATALOG.SCHEMA, such as spark_catalog.rl".formatted(SETTING, name));
    }
    String schema = "`%s`.`%s`".formatted(parts.group(1), parts.group(2));
    try {
      spark.sql("CREATE SCHEMA IF NOT EXISTS " + schema);
    } catch (Exception e) { // Scala's checked exceptions are not declared
      throw refused(name, e);
    }
    return Optional.of(new Catalog(spark, schema));
  }

  /**
   * Makes a table known under its name; where it is known already, does nothing.
   *
   * @param path its folder, which holds it
   * @throws UserError if another table has the name, or the catalog refuses
   */
  void register(TableSchema table, String path) {
    String name = "%s.`%s`".formatted(schema, table.name());
    try {
      spark.sql(
          "CREATE TABLE IF NOT EXISTS %s USING delta LOCATION '%s'"
              .formatted(name, path.replace("\\", "\\\\").replace("'", "\\'")));
      String location = spark.sql("DESCRIBE DETAIL " + name).first().getAs("location");
      if (!new Path(location).toUri().getPath().equals(new Path(path).toUri().getPath())) {
        throw new UserError(
            "%s: lies in %s, and not in this warehouse (%s); name another schema with %s"
                .formatted(name, location, path, SETTING));
      }
    } catch (UserError e) {
      throw e;
    } catch (Exception e) {
      throw refused(name, e);
    }
  }

  private static RuntimeException refused(String name, Exception e) {
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return e instanceof AnalysisException || e instanceof RuntimeException
        ? new UserError(
            "%s: the catalog refuses: %s; mend it, or leave %s out".formatted(name, said, SETTING),
            e)
        : new IllegalStateException(name, e);
  }
}
