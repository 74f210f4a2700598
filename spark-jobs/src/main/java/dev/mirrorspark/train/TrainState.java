package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.PolicyHost;
import dev.mirrorspark.decode.WeightSource;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.train.ShardFile.Shard;
import java.io.Serializable;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;

/** Weights and optimizer state between two steps, wherever they lie. */
sealed interface TrainState extends Serializable {

  /** The weights that the next step's gradient is taken at. */
  WeightSource weights();

  /** Steps since the optimizer's moments were zero. */
  int adamSteps();

  /** One shard of the state. */
  Shard shard(int index, Shards shards, RunConfig.Model place);

  /** Before the first step of a phase: a policy's weights, moments at zero. */
  record Fresh(WeightSource weights) implements TrainState {
    @Override
    public int adamSteps() {
      return 0;
    }

    @Override
    public Shard shard(int index, Shards shards, RunConfig.Model place) {
      int n = shards.length(index);
      return new Shard(slice(weights, index, shards, place), new float[n], new float[n]);
    }
  }

  /** Before the first step of a phase: a policy's weights, moments of an earlier phase's end. */
  record Carried(WeightSource weights, StepStore store, StepStore.Marker end)
      implements TrainState {
    @Override
    public int adamSteps() {
      return end.adamSteps();
    }

    @Override
    public Shard shard(int index, Shards shards, RunConfig.Model place) {
      Shard moments = store.read(end, index);
      return new Shard(slice(weights, index, shards, place), moments.first(), moments.second());
    }
  }

  /** After a complete step. */
  record Stepped(StepStore store, StepStore.Marker marker, ModelShape shape) implements TrainState {
    @Override
    public WeightSource weights() {
      return new StepWeights(store, marker, shape);
    }

    @Override
    public int adamSteps() {
      return marker.adamSteps();
    }

    @Override
    public Shard shard(int index, Shards shards, RunConfig.Model place) {
      return store.read(marker, index);
    }
  }

  /** The weights after a complete step. */
  record StepWeights(StepStore store, StepStore.Marker marker, ModelShape shape)
      implements WeightSource {
    @Override
    public String key() {
      return store.key(marker);
    }

    @Override
    public Weights load() {
      return new Weights(shape, store.weights(marker));
    }
  }

  /** A shard of a policy's weights in fp32, taken from the resident policy where that is fp32. */
  private static float[] slice(
      WeightSource source, int index, Shards shards, RunConfig.Model place) {
    if (!place.precision().equals("fp32")) {
      return Arrays.copyOfRange(source.load().flat(), shards.from(index), shards.to(index));
    }
    try (var lease = PolicyHost.lease(source, place);
        var scope = new PointerScope()) {
      return Tensors.floats(lease.flat().narrow(0, shards.from(index), shards.length(index)));
    }
  }
}
