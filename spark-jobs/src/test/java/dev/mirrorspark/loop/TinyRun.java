package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The run file of a run that takes seconds: the warm-up teaches to answer 0 or 1 at random, the
 * right answer to every training problem is 1, so that nearly every group has signal.
 */
public final class TinyRun {
  private TinyRun() {}

  /** Writes the run file {@code tiny.yaml} and its problems; the warehouse lies beside them. */
  public static Path write(Path folder) {
    try {
      Files.writeString(folder.resolve("train.jsonl"), problems(16, "t", false));
      Files.writeString(folder.resolve("heldout.jsonl"), problems(8, "h", false));
      Files.writeString(folder.resolve("warmup.jsonl"), problems(96, "w", true));
      return Files.writeString(
          folder.resolve("tiny.yaml"),
          """
          run: tiny
          warehouse: %1$s/warehouse
          init: {hidden: 16, layers: 1, heads: 2, kv_heads: 1, intermediate: 32, max_positions: 48}
          prompts:
            dataset: tiny
            imports:
              - {file: %1$s/train.jsonl, split: train, answer_type: integer}
              - {file: %1$s/heldout.jsonl, split: heldout, answer_type: integer}
              - {file: %1$s/warmup.jsonl, split: warmup, answer_type: integer}
          sft: {epochs: 2, examples_per_step: 16, learning_rate: 0.02, warmup_steps: 2}
          rollout: {slots: 16, max_tokens: 12}
          train: {iterations: 2, prompts_per_iteration: 8, samples: 4, minibatches: 2}
          update: {micro_batch_tokens: 512}
          """
              .formatted(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration in {@link #write}'s file. */
  public static RunConfig config(Path folder, String... sets) {
    return RunFile.load(Optional.of(folder.resolve("tiny.yaml")), List.of(sets));
  }

  private static String problems(int count, String name, boolean solved) {
    var lines = new StringBuilder();
    IntStream.range(0, count)
        .forEach(
            i ->
                lines.append(
                    "{\"prompt\": \"%s=%d;?\", \"answer\": \"%d\"%s}\n"
                        .formatted(
                            name,
                            i,
                            solved ? i % 2 : 1,
                            solved ? ", \"solution\": \"a;#%d\"".formatted(i % 2) : "")));
    return lines.toString();
  }
}
