package dev.mirrorspark.model;

import dev.mirrorspark.config.UserError;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weighted average of the weights of several models, range by range, summed in fp32 in the
 * order of the models (Kimi k1.5, 2.4: model merging).
 *
 * <p>A model of weight 0 is not read; where one model has all the weight, its values come through
 * as they are.
 *
 * @param sources models of one layout
 * @param weights of each, at least 0, together 1
 */
public record AveragedWeights(List<ModelFolder> sources, List<Double> weights)
    implements FlatRange, Serializable {
  public AveragedWeights {
    sources = List.copyOf(sources);
    weights = List.copyOf(weights);
  }

  /**
   * The average of models that fit together.
   *
   * @param given the weight of each; they count relative to their sum
   * @throws UserError if the models do not fit together, see {@link SameModel}, or a weight is
   *     below 0 or all are 0
   */
  public static AveragedWeights of(List<ModelFolder> models, List<Double> given) {
    double sum = given.stream().mapToDouble(Double::doubleValue).sum();
    boolean sound = given.stream().allMatch(weight -> weight >= 0 && Double.isFinite(weight));
    if (!sound || !(sum > 0) || !Double.isFinite(sum)) {
      throw new UserError("weights %s: give numbers of at least 0, one above 0".formatted(given));
    }
    if (given.size() != models.size()) {
      throw new UserError(
          "weights %s: %d weights for %d models; give one for each"
              .formatted(given, given.size(), models.size()));
    }
    models.stream().skip(1).forEach(other -> SameModel.check(models.get(0), other));
    return new AveragedWeights(
        models.stream().flatMap(AveragedWeights::exact).toList(),
        given.stream().map(weight -> weight / sum).toList());
  }

  private static Stream<ModelFolder> exact(ModelFolder model) {
    return Stream.of(model.weights());
  }

  @Override
  public void read(long from, Tensor into) {
    try (var scope = new PointerScope()) {
      Tensor target = into.view(-1);
      boolean fp32 = Tensors.type(target) == ScalarType.Float;
      Tensor sum = fp32 ? target : Tensors.emptyFloats(target.numel());
      Tensor one = Tensors.emptyFloats(target.numel());
      boolean first = true;
      for (int i = 0; i < sources.size(); i++) {
        double weight = weights.get(i);
        if (weight > 0) {
          Tensor values = first ? sum : one;
          sources.get(i).read(from, values);
          if (weight != 1) {
            values.mul_(new Scalar(weight));
          }
          if (!first) {
            sum.add_(values);
          }
          first = false;
        }
      }
      if (!fp32) {
        target.copy_(sum);
      }
    }
  }
}
