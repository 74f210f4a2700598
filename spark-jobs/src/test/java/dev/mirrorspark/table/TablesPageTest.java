package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The page of the tables says what the schemas say. */
class TablesPageTest {
  @ParameterizedTest
  @FieldSource("dev.mirrorspark.table.Warehouse#TABLES")
  void documentsColumnsConstraintsAndKey(TableSchema table) throws IOException {
    var section = section(table.name());
    for (var column : table.columns().fields()) {
      contains(section, row(column, column.nullable() ? ", null" : ""));
    }
    table
        .constraints()
        .forEach((name, sql) -> contains(section, "- `%s`: `%s`\n".formatted(name, sql)));
    contains(section, "Key: `%s`".formatted(String.join("`, `", table.key())));
    if (!table.timings().isEmpty()) {
      contains(section, "timings: `%s`".formatted(String.join("`, `", table.timings())));
    }
  }

  @Test
  void documentsTheFieldsOfAStep() throws IOException {
    var steps = (ArrayType) Policies.TABLE.columns().apply(Policies.STEPS).dataType();
    for (var field : ((StructType) steps.elementType()).fields()) {
      contains(section("policies"), row(field, ""));
    }
  }

  @Test
  void documentsTheFieldsOfAParent() throws IOException {
    var parents = (ArrayType) Policies.TABLE.columns().apply(Policies.PARENTS).dataType();
    for (var field : ((StructType) parents.elementType()).fields()) {
      contains(section("policies"), row(field, ""));
    }
  }

  @Test
  void documentsTheFieldsOfTheTries() throws IOException {
    var tries = (ArrayType) Evals.TABLE.columns().apply(Evals.AT_K).dataType();
    for (var field : ((StructType) tries.elementType()).fields()) {
      contains(section("evals"), row(field, ""));
    }
  }

  private static String row(StructField column, String nullable) {
    var type = column.dataType().simpleString().replaceAll("struct<[^>]*>", "struct");
    return "| `%s` | `%s`%s | %s |\n"
        .formatted(column.name(), type, nullable, column.getComment().get());
  }

  private static void contains(String section, String line) {
    assertTrue(section.contains(line), () -> "docs/tables.md lacks: " + line);
  }

  private static String section(String table) throws IOException {
    var page = Files.readString(page()) + "\n";
    int start = page.indexOf("\n## " + table + "\n");
    assertTrue(start >= 0, () -> "docs/tables.md has no section for table " + table);
    int end = page.indexOf("\n## ", start + 1);
    return page.substring(start, end < 0 ? page.length() : end);
  }

  /** Tests run in the module's folder, or in the repository's. */
  private static Path page() {
    var here = Path.of("docs/tables.md");
    return Files.exists(here) ? here : Path.of("../docs/tables.md");
  }
}
