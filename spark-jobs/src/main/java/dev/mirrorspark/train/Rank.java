package dev.mirrorspark.train;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.model.FolderWriter.Written;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.TrainingPass;
import dev.mirrorspark.model.VisionTraining;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.reduce.Ranks;
import dev.mirrorspark.train.StepPlan.RankSamples;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One logical rank of a phase: takes all its steps, with weights that stay where they are.
 *
 * <p>A step: the gradient of the rank's part of the samples that are spread over all ranks, and of
 * its own samples; the sum over all ranks of its own shard; one look at what all saw; AdamW on the
 * shard; the weights of all shards for all.
 */
final class Rank {
  private static final long PIECE = 1 << 22;

  private final Phase phase;
  private final Ranks ranks;
  private final PolicyHost.Training weights;
  private final RankSamples samples;
  private final BooleanSupplier stopped;
  private final Consumer<StepRecord> live;
  private final long from;
  private final long length;

  Rank(
      Phase phase,
      Ranks ranks,
      PolicyHost.Training weights,
      RankSamples samples,
      BooleanSupplier stopped,
      Consumer<StepRecord> live) {
    this.phase = phase;
    this.ranks = ranks;
    this.weights = weights;
    this.samples = samples;
    this.stopped = stopped;
    this.live = live;
    var shards = ranks.shards();
    this.from = shards.from(ranks.rank());
    this.length = shards.length(ranks.rank());
  }

  /** The shard's part of the weights, its moments, and room for its gradient, each {@code [n]}. */
  private record Shard(Tensor weights, Tensor first, Tensor second, Tensor gradient) {}

  private record Seen(StepStats stats, double squares) implements java.io.Serializable {}

  /**
   * Takes the steps that no snapshot holds, then writes this rank's share of the weights' files.
   *
   * @return the same on every rank
   * @throws dev.mirrorspark.config.UserError on every rank, if a step fails on one
   */
  Trained run() {
    try (var scope = new PointerScope();
        var computing = new Computing()) {
      Tensor shardWeights = weights.flat().narrow(0, from, length);
      var shard =
          new Shard(
              shardWeights,
              torch.zeros_like(shardWeights),
              torch.zeros_like(shardWeights),
              torch.empty_like(shardWeights));
      var progress = begin(shard);
      List<StepRecord> records = new ArrayList<>(progress.steps());
      int adamSteps = progress.adamSteps();
      long saved = System.nanoTime();
      for (int step = records.size(); step < phase.steps(); step++) {
        adamSteps++;
        computing.become(phase.shape(step));
        StepRecord record = step(computing.pass, computing.parameters, shard, step, adamSteps);
        records.add(record);
        if (ranks.rank() == 0) {
          live.accept(record);
          FaultPoint.pass(phase.fault() + "-" + step, phase.iteration());
        }
        boolean last = step + 1 == phase.steps();
        if (last ? phase.keepsMoments() : due(saved)) {
          save(shard, new Snapshots.Progress(records, adamSteps));
          saved = System.nanoTime();
        }
      }
      StepCheck.weights(phase, shard.weights().sum().item_double());
      return Trained.of(records, write());
    }
  }

  /** What steps of one shape compute with. */
  private final class Computing implements AutoCloseable {
    private ModelShape shape = phase.shape(0);
    private Parameters parameters = weights.parameters(shape);
    private TrainingPass pass = new TrainingPass(parameters, settings());

    void become(ModelShape wanted) {
      if (!wanted.equals(shape)) {
        close();
        shape = wanted;
        parameters = weights.parameters(shape);
        pass = new TrainingPass(parameters, settings());
      }
    }

    private TrainingPass.Settings settings() {
      return new TrainingPass.Settings(
          phase.update().recompute(),
          phase.update().headTokens(),
          VisionTraining.valueOf(phase.place().vision().train().toUpperCase(Locale.ROOT)));
    }

    @Override
    public void close() {
      pass.close();
      parameters.close();
    }
  }

  /** Puts the newest snapshot in place; without one, the moments that an earlier phase left. */
  private Snapshots.Progress begin(Shard shard) {
    var found = ranks.rank() == 0 ? phase.snapshots().newest() : Snapshots.Progress.NONE;
    var progress = Messages.<Snapshots.Progress>exchange(ranks, found).get(0);
    if (!progress.steps().isEmpty()) {
      int step = progress.steps().size() - 1;
      phase.snapshots().read(step, ranks.rank(), shard.weights(), shard.first(), shard.second());
      ranks.share(weights.flat());
    } else if (!phase.carried().isEmpty()) {
      var carried = phase.carried().get(0);
      var end = carried.newest();
      carried.readMoments(end.steps().size() - 1, ranks.rank(), shard.first(), shard.second());
      progress = new Snapshots.Progress(List.of(), end.adamSteps());
      ranks.share(weights.flat());
    }
    weights.refresh(-1);
    return progress;
  }

  private StepRecord step(
      TrainingPass pass, Parameters parameters, Shard shard, int step, int adamSteps) {
    long start = System.nanoTime();
    parameters.gradient().zero_();
    StepStats together =
        GradientPass.accumulateSpread(pass, ranks, phase.algorithm(), samples.spread(step));
    StepStats mine =
        GradientPass.accumulate(
                pass,
                phase.algorithm(),
                samples.step(step),
                phase.update().microBatchTokens(),
                stopped)
            .plus(together);
    double passSeconds = seconds(start);
    ranks.sum(parameters.gradient(), shard.gradient());
    double squares = squares(shard.gradient());
    List<Seen> seen = Messages.exchange(ranks, new Seen(mine.taking(passSeconds), squares));
    StepStats stats = seen.stream().map(Seen::stats).reduce(StepStats.NONE, StepStats::plus);
    double norm = Math.sqrt(seen.stream().mapToDouble(Seen::squares).sum());
    StepCheck.check(phase, step, stats, norm);
    long optimizing = System.nanoTime();
    double rate = phase.rates().get(step);
    AdamW.step(
        shard.weights(),
        shard.first(),
        shard.second(),
        shard.gradient(),
        AdamW.clip(norm, phase.adam().clipNorm()),
        rate,
        adamSteps,
        phase.adam());
    double optimizerSeconds = seconds(optimizing);
    ranks.share(weights.flat());
    weights.refresh(step);
    return new StepRecord(
        step,
        stats.loss(),
        norm,
        rate,
        stats.sequences(),
        stats.tokens(),
        stats.ratioRms(),
        stats.klEstimate(),
        stats.gaps().mean(),
        stats.gaps().p99(),
        stats.gaps().tokens() == 0 ? Double.NaN : stats.gaps().largest(),
        seconds(start),
        stats.seconds() + optimizerSeconds);
  }

  /** The sum of the squares in fp64, a piece at a time, with one look at the device. */
  private static double squares(Tensor gradient) {
    try (var scope = new PointerScope()) {
      Tensor total = gradient.new_zeros(new long[] {1}).to(ScalarType.Double);
      long n = gradient.numel();
      for (long at = 0; at < n; at += PIECE) {
        try (var piece = new PointerScope()) {
          Tensor values = gradient.narrow(0, at, Math.min(PIECE, n - at));
          total.add_(values.square().sum(new ScalarTypeOptional(ScalarType.Double)));
        }
      }
      return total.item_double();
    }
  }

  private boolean due(long saved) {
    boolean mine = seconds(saved) >= 60 * phase.update().snapshotMinutes();
    return Messages.<Boolean>exchange(ranks, mine).get(0);
  }

  private void save(Shard shard, Snapshots.Progress progress) {
    int step = progress.steps().size() - 1;
    phase.snapshots().write(step, ranks.rank(), shard.weights(), shard.first(), shard.second());
    Messages.exchange(ranks, step);
    if (ranks.rank() == 0) {
      phase.snapshots().complete(progress);
    }
  }

  /** All files that the ranks wrote. */
  private List<Written> write() {
    var mine = phase.output().write(weights.flat(), ranks.rank(), ranks.count());
    List<Written> all =
        Messages.exchange(ranks, new ArrayList<>(mine)).stream().flatMap(List::stream).toList();
    weights.becomes(phase.output().key(all), phase.lastShape());
    return all;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }
}
