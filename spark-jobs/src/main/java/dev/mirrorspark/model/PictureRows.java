package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The pictures of a batch: which rows of its embedding are features of the encoder, and the way
 * back from the gradient of those rows.
 */
final class PictureRows {
  private final VisionEncoder encoder;
  private final Tensor rowIndex;
  private final Tensor featureIndex;

  private PictureRows(VisionEncoder encoder, int[] rows, int[] features, Tensor like) {
    this.encoder = encoder;
    this.rowIndex = Tensors.indices(rows, like.device());
    this.featureIndex = Tensors.indices(features, like.device());
  }

  /** Encodes the pictures of a batch that has some. */
  static PictureRows of(
      Parameters parameters, PackedSequences batch, TokenRows laid, Predicate<String> trains) {
    var vision = parameters.shape().vision();
    var encoder = new VisionEncoder(parameters, batch.pictures(), trains);
    List<Integer> rows = new ArrayList<>();
    List<Integer> features = new ArrayList<>();
    for (int i = 0; i < batch.count(); i++) {
      Patches picture = batch.pictures().get(i);
      PictureSpan span = batch.span(vision, i);
      for (int token = 0; token < span.count(); token++) {
        rows.add(laid.rows()[batch.starts()[i] + span.from() + token]);
        features.add(encoder.firstRow(picture) + token);
      }
    }
    return new PictureRows(encoder, ints(rows), ints(features), parameters.flat());
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Puts the features in their rows of the embedding x {@code [n, hidden]}. */
  void put(Tensor x) {
    x.index_copy_(0, rowIndex, encoder.features().index_select(0, featureIndex));
  }

  /**
   * Adds the gradient of the encoder's weights; the rows of dx are 0 afterwards, since no token's
   * embedding stood there.
   *
   * @param dx gradient of the embedding {@code [n, hidden]}
   */
  void backward(Tensor dx) {
    Tensor features = encoder.features();
    Tensor dFeatures = features.new_zeros(features.size(0), features.size(1));
    dFeatures.index_add_(0, featureIndex, dx.index_select(0, rowIndex));
    encoder.backward(dFeatures);
    dx.index_fill_(0, rowIndex, new Scalar(0));
  }
}
