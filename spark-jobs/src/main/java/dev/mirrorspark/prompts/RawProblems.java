package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.ImportReport.RejectedRow;
import dev.mirrorspark.prompts.ProblemFile.RawRow;
import dev.mirrorspark.prompts.RowMapping.BadRow;
import dev.mirrorspark.table.Prompts;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * The problems of a user's files as they are, copies among them, read and mapped in Spark tasks.
 *
 * @param rows the columns of table {@code prompts}, in the order of the files and their lines
 * @param reports what came of each file
 */
public record RawProblems(Dataset<Row> rows, List<ImportReport> reports) {
  private static final String LINE = "_line";
  private static final String FAULT = "_fault";

  public RawProblems {
    reports = List.copyOf(reports);
  }

  /**
   * Reads every file of {@code prompts.imports}.
   *
   * @param answerTypes answer types that have a verifier
   * @param check looks at the answers of programming problems
   * @throws dev.mirrorspark.config.UserError if a file cannot be read, lacks a mapped column, or
   *     holds no usable row
   */
  public static RawProblems read(
      SparkSession spark, RunConfig config, Set<String> answerTypes, ProblemCheck check) {
    var columns = Prompts.columnsOfText();
    Dataset<Row> all =
        spark.createDataFrame(List.of(), Prompts.TABLE.columns().asNullable()).select(columns);
    List<ImportReport> reports = new ArrayList<>();
    for (int i = 0; i < config.prompts().imports().size(); i++) {
      var source = config.prompts().imports().get(i);
      if (source.fields().containsKey(RowMapping.IMAGE)) {
        throw new UserError(
            "prompts.imports.%d.fields: image: curate takes problems of text alone, its copies are found by text; import those with pictures by prompts import"
                .formatted(i));
      }
      var mapped =
          mapped(
              spark,
              config.prompts().dataset(),
              "prompts.imports." + i,
              source,
              Set.copyOf(answerTypes),
              check);
      reports.add(report(source.file(), mapped));
      all = all.union(mapped.where(functions.col(FAULT).isNull()).select(columns));
    }
    return new RawProblems(all, reports);
  }

  private static Dataset<Row> mapped(
      SparkSession spark,
      String dataset,
      String key,
      RunConfig.Import source,
      Set<String> answerTypes,
      ProblemCheck check) {
    var schema = new StructType().add(LINE, DataTypes.LongType).add(FAULT, DataTypes.StringType);
    for (var column : Prompts.TABLE.columns().asNullable().fields()) {
      schema = schema.add(column);
    }
    var rows =
        new ProblemFile(spark, key, source.file())
            .rowsInTasks(source.format(), RowMapping.columns(source))
            .mapPartitions(
                raw ->
                    map(raw, new RowMapping(dataset, source, answerTypes, PictureCell.NONE), check))
            .persist(StorageLevel.MEMORY_AND_DISK());
    return spark.createDataFrame(rows, schema);
  }

  private static Iterator<Row> map(Iterator<RawRow> raw, RowMapping mapping, ProblemCheck check) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return raw.hasNext();
      }

      @Override
      public Row next() {
        return map(raw.next(), mapping, check);
      }
    };
  }

  private static Row map(RawRow raw, RowMapping mapping, ProblemCheck check) {
    var cells = new Object[2 + Prompts.TABLE.columns().size()];
    cells[0] = raw.line();
    try {
      var problem = mapping.map(raw);
      if (ProblemCheck.ANSWER_TYPES.contains(problem.answerType())) {
        String fault = check.fault(problem.answer(), problem.answerType());
        if (!fault.isEmpty()) {
          throw new BadRow(fault);
        }
      }
      Row row = problem.toRow();
      for (int i = 0; i < row.size(); i++) {
        cells[2 + i] = row.get(i);
      }
    } catch (BadRow e) {
      cells[1] = e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the task is ended", e);
    }
    return RowFactory.create(cells);
  }

  private static ImportReport report(String file, Dataset<Row> mapped) {
    long rows = mapped.count();
    List<RejectedRow> rejected =
        mapped
            .where(functions.col(FAULT).isNotNull())
            .orderBy(LINE)
            .select(LINE, FAULT)
            .collectAsList()
            .stream()
            .map(row -> new RejectedRow(row.getAs(LINE), row.getAs(FAULT)))
            .toList();
    if (rejected.size() == rows) {
      throw PromptImport.noneUsable(file, rows, rejected);
    }
    return new ImportReport(
        file, Math.toIntExact(rows), Math.toIntExact(rows) - rejected.size(), rejected, false);
  }
}
