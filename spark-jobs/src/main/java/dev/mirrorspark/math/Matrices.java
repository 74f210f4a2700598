package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Matrix;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads rows in square brackets, [[1, 2], [3, 4]], as a matrix. */
final class Matrices {
  private Matrices() {}

  static Optional<Answer> bracketed(Answer answer) {
    if (!(answer instanceof Tuple rows) || rows.open() != '[') {
      return Optional.empty();
    }
    List<List<Expr>> matrix = new ArrayList<>();
    for (Answer member : rows.members()) {
      if (!(member instanceof Tuple row)
          || row.open() != '['
          || row.members().stream().anyMatch(cell -> !(cell instanceof Scalar))) {
        return Optional.empty();
      }
      matrix.add(row.members().stream().map(cell -> ((Scalar) cell).value()).toList());
    }
    int width = matrix.get(0).size();
    return matrix.stream().allMatch(row -> row.size() == width)
        ? Optional.of(new Matrix(matrix))
        : Optional.empty();
  }
}
