package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.algorithm.MirrorDescent;
import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.VisionConfig;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.WeightSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Two tasks of one process share a policy's weights and compute gradients at the same time. */
class ConcurrentBackwardTest {
  private static final RunConfig.Model PLACE =
      new RunConfig.Model("", "cpu", "fp32", 1, LoraConfig.NONE, ChatConfig.NONE, VisionConfig.ALL);
  private static final int ROUNDS = 40;

  private record Fixed(ModelShape shape) implements WeightSource {
    @Override
    public String sha256() {
      return key();
    }

    @Override
    public String key() {
      return "fixed";
    }

    @Override
    public void read(Tensor flat) {
      double[] weights = TinyModels.weights(shape, 1);
      flat.copy_(Tensors.ofDoubles(weights, weights.length));
    }
  }

  @Test
  void gradientsAreThoseOfOneThread() throws Exception {
    float[][] expected = {gradient(0), gradient(1)};
    var pool = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        List<Callable<float[]>> tasks = new ArrayList<>();
        for (int task = 0; task < 2; task++) {
          int seed = task;
          tasks.add(() -> gradient(seed));
        }
        var results = pool.invokeAll(tasks);
        for (int task = 0; task < 2; task++) {
          assertArrayEquals(expected[task], results.get(task).get(), "round " + round);
        }
      }
    } finally {
      pool.shutdown();
    }
  }

  private static float[] gradient(int seed) {
    var algorithm = new MirrorDescent(0.2, Baseline.MEAN, 1);
    try (var lease = PolicyHost.lease(new Fixed(TinyModels.QWEN), PLACE);
        var scope = new PointerScope();
        var parameters = Parameters.trainable(lease.shape(), lease.flat());
        var pass = new TrainingPass(parameters, new TrainingPass.Settings(false, 64))) {
      var samples = TinyModels.samples(16, lease.shape().vocab(), seed);
      GradientPass.accumulate(pass, algorithm, samples, 48, () -> false);
      return Tensors.floats(parameters.gradient());
    }
  }
}
