package dev.mirrorspark.train;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.PackedSequences;
import dev.mirrorspark.model.VisionShape;
import dev.mirrorspark.vision.Patches;
import dev.mirrorspark.vision.PictureFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Samples for one forward and backward pass, packed one after another without padding (Kimi k1.5,
 * 2.5.2).
 *
 * @param units the samples, in units whose loss is computed together
 */
public record MicroBatch(List<List<Sample>> units) {
  public MicroBatch {
    units = units.stream().map(List::copyOf).toList();
  }

  /**
   * Cuts a rank's samples of a step into micro-batches; the result depends on nothing but the
   * arguments. Sequences of like length come together, longest first.
   *
   * @param wholeGroups whether the samples of a group make one unit
   * @param tokens tokens of a micro-batch at most; a longer unit has one of its own
   */
  public static List<MicroBatch> pack(List<Sample> samples, boolean wholeGroups, int tokens) {
    Map<String, List<Sample>> units = new LinkedHashMap<>();
    samples.stream()
        .sorted(Comparator.comparing(Sample::key))
        .forEach(
            sample ->
                units
                    .computeIfAbsent(
                        wholeGroups ? sample.group() : sample.key(), unit -> new ArrayList<>())
                    .add(sample));
    List<List<Sample>> sorted = new ArrayList<>(units.values());
    sorted.sort(
        Comparator.comparingInt((List<Sample> unit) -> -length(unit))
            .thenComparing(unit -> unit.get(0).key()));
    List<MicroBatch> batches = new ArrayList<>();
    List<List<Sample>> open = new ArrayList<>();
    int used = 0;
    for (List<Sample> unit : sorted) {
      int length = length(unit);
      if (!open.isEmpty() && used + length > tokens) {
        batches.add(new MicroBatch(open));
        open = new ArrayList<>();
        used = 0;
      }
      open.add(unit);
      used += length;
    }
    if (!open.isEmpty()) {
      batches.add(new MicroBatch(open));
    }
    return batches;
  }

  private static int length(List<Sample> unit) {
    return unit.stream().mapToInt(sample -> sample.tokens().length).sum();
  }

  /** All samples, in the order in which they are packed. */
  List<Sample> samples() {
    return units.stream().flatMap(List::stream).toList();
  }

  /** Prompt and response tokens. */
  int tokens() {
    return units.stream().mapToInt(MicroBatch::length).sum();
  }

  /**
   * The token ids, with the pictures of prompts that have some.
   *
   * @throws UserError if a prompt has picture tokens and the sample no picture, or the other way
   *     round
   */
  PackedSequences packed(ModelShape shape) {
    Map<PictureFile, Patches> patches = new HashMap<>();
    List<Patches> pictures = new ArrayList<>();
    for (Sample sample : samples()) {
      requirePicture(sample, shape.vision());
      pictures.add(
          patches.computeIfAbsent(
              sample.picture(), picture -> shape.vision().preprocessing().of(picture)));
    }
    return PackedSequences.of(samples().stream().map(Sample::tokens).toList(), pictures);
  }

  private static void requirePicture(Sample sample, VisionShape vision) {
    boolean asked =
        vision.present()
            && Arrays.stream(sample.tokens(), 0, sample.promptLength())
                .anyMatch(token -> token == vision.pictureToken());
    if (asked != sample.picture().present()) {
      throw new UserError(
          asked
              ? "response %s: its prompt has a picture, which this phase does not train on yet; leave such problems out"
                  .formatted(sample.key())
              : "response %s: its problem has a picture, its prompt was tokenized without; sample it again"
                  .formatted(sample.key()));
    }
  }

  /** Tokens with loss. */
  int targets() {
    return samples().stream().mapToInt(Sample::lossTokens).sum();
  }

  /** Places of the tokens before those with loss, and the ids of those {@code [2][targets]}. */
  int[][] placesAndTargets() {
    int total = targets();
    int[] places = new int[total];
    int[] targets = new int[total];
    int n = 0;
    int start = 0;
    for (Sample sample : samples()) {
      for (int i = 0; i < sample.mask().length; i++) {
        if (sample.mask()[i]) {
          int token = sample.promptLength() + i;
          places[n] = start + token - 1;
          targets[n++] = sample.tokens()[token];
        }
      }
      start += sample.tokens().length;
    }
    return new int[][] {places, targets};
  }
}
