package dev.mirrorspark.bench;

import dev.mirrorspark.model.PackedSequences;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.reduce.Ranks;
import dev.mirrorspark.reduce.SharedRanks;
import dev.mirrorspark.train.AdamW;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The steps of a training phase without Spark: the ranks are threads of this process over one set
 * of weights, and a step is one micro-batch of random tokens a rank (or one sequence that is spread
 * over all of them), the reduce, and AdamW.
 */
final class TrainBench {
  private static final String PART = "train";

  /** Tokens of a sequence whose pass takes so long that it warms up itself. */
  private static final int LONG = 8192;

  private final BenchPlan plan;

  TrainBench(BenchPlan plan) {
    this.plan = plan;
  }

  /**
   * What was measured.
   *
   * @param stepSeconds of passes, reduce and optimizer together, medians
   */
  record Measured(double stepSeconds, List<BenchFigure> figures) {}

  /** One rank's own. */
  private record Worker(
      Ranks ranks,
      Parameters parameters,
      TrainingPass pass,
      Tensor weights,
      Tensor first,
      Tensor second,
      Tensor sum) {}

  Measured measure(DeviceRates rates) {
    var config = plan.config();
    try (var scope = new PointerScope();
        var training = PolicyHost.train("bench", new RandomWeights(plan.shape()), config.model())) {
      List<Worker> workers = new ArrayList<>();
      try {
        for (Ranks ranks : SharedRanks.of(plan.parameters(), plan.ranks(), () -> false)) {
          workers.add(worker(training, ranks));
        }
        training.refresh(0);
        return measure(workers, rates);
      } finally {
        for (Worker worker : workers) {
          worker.pass().close();
          worker.parameters().close();
          worker.ranks().close();
        }
      }
    } finally {
      PolicyHost.evict();
    }
  }

  private Worker worker(PolicyHost.Training training, Ranks ranks) {
    var update = plan.config().update();
    var parameters = training.parameters();
    var settings = new TrainingPass.Settings(update.recompute(), update.headTokens());
    var shards = ranks.shards();
    Tensor weights =
        training.flat().narrow(0, shards.from(ranks.rank()), shards.length(ranks.rank()));
    return new Worker(
        ranks,
        parameters,
        new TrainingPass(parameters, settings),
        weights,
        torch.zeros_like(weights),
        torch.zeros_like(weights),
        torch.empty_like(weights));
  }

  private Measured measure(List<Worker> workers, DeviceRates rates) {
    var pass = rounds(workers, this::accumulate);
    var reduce = rounds(workers, TrainBench::reduce);
    var adam = rounds(workers, this::optimize);
    double step = pass.median() + reduce.median() + adam.median();
    double n = plan.parameters();
    List<BenchFigure> figures = new ArrayList<>();
    figures.add(
        BenchFigure.plain(
                PART,
                "forward + backward",
                plan.stepTokens() / pass.median(),
                "tokens/s",
                pass.spread())
            .shareOf(plan.stepFlop() / pass.median(), rates.gemm(), "GEMM"));
    figures.add(
        BenchFigure.plain(
            PART, "the whole step", plan.stepTokens() / step, "tokens/s", pass.spread()));
    figures.add(
        BenchFigure.plain(
                PART, "reduce", bytesOfSum(n) / reduce.median() * 1e-9, "GB/s", reduce.spread())
            .shareOf(bytesOfSum(n) / reduce.median(), rates.copy(), "copy"));
    // reads weight, both moments and gradient, writes all but the gradient
    double bytes = 28 * n;
    figures.add(
        BenchFigure.plain(PART, "AdamW", bytes / adam.median() * 1e-9, "GB/s", adam.spread())
            .shareOf(bytes / adam.median(), rates.copy(), "copy"));
    return new Measured(step, figures);
  }

  /** Bytes that a sum over all ranks reads and writes. */
  private double bytesOfSum(double parameters) {
    return 4 * parameters * (plan.ranks() + 1);
  }

  private interface Work {
    void run(Worker worker);
  }

  private Rounds rounds(List<Worker> workers, Work work) {
    return Rounds.of(
        plan.rounds(),
        plan.length() > LONG ? 0 : Rounds.WARM_UP,
        () -> Rounds.sideBySide(workers.size(), index -> run(work, workers.get(index))));
  }

  /** Does it, or frees the others, which may wait for this one. */
  private static void run(Work work, Worker worker) {
    try {
      work.run(worker);
    } catch (RuntimeException e) {
      worker.ranks().fail(e);
      throw e;
    }
  }

  private void accumulate(Worker worker) {
    var random = new Random(plan.spreads() ? 0 : worker.ranks().rank());
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < plan.sequences(); i++) {
      sequences.add(random.ints(plan.length(), 0, plan.shape().vocab()).toArray());
    }
    var batch = PackedSequences.of(sequences);
    int[] places = new int[plan.sequences() * (plan.length() - 1)];
    int[] targets = new int[places.length];
    int next = 0;
    for (int s = 0; s < batch.count(); s++) {
      for (int i = batch.starts()[s]; i + 1 < batch.starts()[s + 1]; i++) {
        places[next] = i;
        targets[next++] = batch.tokens()[i + 1];
      }
    }
    float[] slopes = new float[targets.length];
    Arrays.fill(slopes, -1f / targets.length);
    worker.parameters().gradient().zero_();
    if (plan.spreads()) {
      worker.pass().accumulateSpread(worker.ranks(), batch, places, targets, 1, logprobs -> slopes);
    } else {
      worker.pass().accumulate(batch, places, targets, 1, logprobs -> slopes);
    }
    Rounds.settle(worker.parameters().gradient());
  }

  private static void reduce(Worker worker) {
    worker.ranks().sum(worker.parameters().gradient(), worker.sum());
    Rounds.settle(worker.sum());
  }

  private void optimize(Worker worker) {
    AdamW.step(
        worker.weights(),
        worker.first(),
        worker.second(),
        worker.sum(),
        1,
        1e-6,
        1,
        plan.config().sft().adam());
    Rounds.settle(worker.weights());
  }
}
