package dev.mirrorspark.view;

import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which rows of a table are read: first it leaves out whole files by their bounds, then the reader
 * leaves out groups of rows, and what is left is tested row by row.
 *
 * @param from least iteration
 * @param to greatest iteration
 */
record RowFilter(
    Optional<String> run,
    int from,
    int to,
    OptionalInt born,
    Optional<String> prompt,
    OptionalInt sample) {
  /** Every row. */
  static final RowFilter ALL =
      new RowFilter(
          Optional.empty(),
          Integer.MIN_VALUE,
          Integer.MAX_VALUE,
          OptionalInt.empty(),
          Optional.empty(),
          OptionalInt.empty());

  static RowFilter ofRun(String run) {
    return new RowFilter(
        Optional.of(run), ALL.from, ALL.to, ALL.born, Optional.empty(), OptionalInt.empty());
  }

  RowFilter iterations(int least, int greatest) {
    return new RowFilter(run, least, greatest, born, prompt, sample);
  }

  RowFilter iteration(int only) {
    return iterations(only, only);
  }

  RowFilter born(int iteration) {
    return new RowFilter(run, from, to, OptionalInt.of(iteration), prompt, sample);
  }

  RowFilter prompt(String id) {
    return new RowFilter(run, from, to, born, Optional.of(id), sample);
  }

  RowFilter sample(int index) {
    return new RowFilter(run, from, to, born, prompt, OptionalInt.of(index));
  }

  /** Whether a file can hold such rows. */
  boolean mayHold(DataFile file) {
    return run.map(name -> file.run().meets(name, name)).orElse(true)
        && file.iteration().meets(from, to)
        && (born.isEmpty() || file.born().meets(born.getAsInt(), born.getAsInt()));
  }

  /** The columns that it looks at. */
  List<String> columns() {
    List<String> columns = new ArrayList<>();
    run.ifPresent(name -> columns.add(TableSchema.RUN));
    if (from != Integer.MIN_VALUE || to != Integer.MAX_VALUE) {
      columns.add(Rewards.ITERATION);
    }
    born.ifPresent(iteration -> columns.add(Rewards.BORN));
    prompt.ifPresent(id -> columns.add(Rewards.PROMPT_ID));
    sample.ifPresent(index -> columns.add(Rewards.SAMPLE));
    return columns;
  }

  /** The same for the reader of files, over the columns that stand in them. */
  Optional<Predicate> predicate(List<String> inFile) {
    List<Predicate> all = new ArrayList<>();
    run.ifPresent(name -> all.add(compare("=", TableSchema.RUN, Literal.ofString(name))));
    if (from != Integer.MIN_VALUE) {
      all.add(compare(">=", Rewards.ITERATION, Literal.ofInt(from)));
    }
    if (to != Integer.MAX_VALUE) {
      all.add(compare("<=", Rewards.ITERATION, Literal.ofInt(to)));
    }
    born.ifPresent(i -> all.add(compare("=", Rewards.BORN, Literal.ofInt(i))));
    prompt.ifPresent(id -> all.add(compare("=", Rewards.PROMPT_ID, Literal.ofString(id))));
    sample.ifPresent(i -> all.add(compare("=", Rewards.SAMPLE, Literal.ofInt(i))));
    return all.stream()
        .filter(one -> inFile.contains(((Column) one.getChildren().get(0)).getNames()[0]))
        .reduce((a, b) -> new Predicate("AND", a, b));
  }

  private static Predicate compare(String sign, String column, Literal value) {
    return new Predicate(sign, new Column(column), value);
  }

  /** Whether a row is one of them. */
  boolean holds(FileRow row) {
    return run.map(name -> name.equals(row.text(TableSchema.RUN))).orElse(true)
        && (from == Integer.MIN_VALUE || row.number(Rewards.ITERATION) >= from)
        && (to == Integer.MAX_VALUE || row.number(Rewards.ITERATION) <= to)
        && (born.isEmpty() || row.number(Rewards.BORN) == born.getAsInt())
        && prompt.map(id -> id.equals(row.text(Rewards.PROMPT_ID))).orElse(true)
        && (sample.isEmpty() || row.number(Rewards.SAMPLE) == sample.getAsInt());
  }
}
