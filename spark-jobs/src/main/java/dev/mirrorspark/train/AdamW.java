package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * AdamW on one shard of the flat parameter buffer (Loshchilov and Hutter, 2019), in place, on the
 * device where it lies, in fp32.
 *
 * <p>The arithmetic is elementwise, so its result does not depend on how the parameters are cut
 * into shards.
 */
public final class AdamW {
  /** Elements that pass through all operations together, so that they stay in a core's cache. */
  private static final long CHUNK = 1 << 15;

  private AdamW() {}

  /**
   * One step.
   *
   * @param weights parameters {@code [n]}, updated
   * @param first first moment {@code [n]}, updated
   * @param second second moment {@code [n]}, updated
   * @param gradient gradient {@code [n]}, already summed over ranks; overwritten
   * @param clip factor of the gradient, from the clipping by the global norm
   * @param step number of this step since the moments were zero, from 1
   */
  public static void step(
      Tensor weights,
      Tensor first,
      Tensor second,
      Tensor gradient,
      double clip,
      double learningRate,
      int step,
      RunConfig.Adam adam) {
    long n = weights.numel();
    long chunk = weights.is_cuda() ? Math.max(1, n) : CHUNK;
    try (var noGrad = new NoGradGuard()) {
      for (long from = 0; from < n; from += chunk) {
        long count = Math.min(chunk, n - from);
        try (var scope = new PointerScope()) {
          step(
              weights.narrow(0, from, count),
              first.narrow(0, from, count),
              second.narrow(0, from, count),
              gradient.narrow(0, from, count),
              new Factors(clip, learningRate, step, adam));
        }
      }
    }
  }

  private record Factors(double clip, double learningRate, int step, RunConfig.Adam adam) {}

  private static void step(Tensor w, Tensor m, Tensor v, Tensor g, Factors f) {
    var adam = f.adam();
    double rate = f.learningRate() / (1 - Math.pow(adam.beta1(), f.step()));
    double correction = 1 / Math.sqrt(1 - Math.pow(adam.beta2(), f.step()));
    g.mul_(new Scalar(f.clip()));
    m.mul_(new Scalar(adam.beta1())).add_(g, new Scalar(1 - adam.beta1()));
    v.mul_(new Scalar(adam.beta2())).addcmul_(g, g, new Scalar(1 - adam.beta2()));
    Tensor denominator = v.sqrt().mul_(new Scalar(correction)).add_(new Scalar(adam.epsilon()));
    if (adam.weightDecay() > 0) {
      w.mul_(new Scalar(1 - f.learningRate() * adam.weightDecay()));
    }
    w.addcdiv_(m, denominator, new Scalar(-rate));
  }

  /** Factor that brings a gradient of that norm down to the clipping norm; 1 if it is below. */
  public static double clip(double norm, double clipNorm) {
    return clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  }
}
