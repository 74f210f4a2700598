package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The encoder of pictures with its projector (Qwen2-VL: a linear map of patches, blocks with full
 * attention within a picture and rotary positions of two dimensions, a merger of neighbouring
 * patches). One object is one pass over some pictures; its tensors live in the scope that it was
 * made in.
 *
 * <p>Gradients are autograd's. Pictures of one size pass together; equal ones pass once.
 */
final class VisionEncoder {
  /** What the names of the encoder's tensors begin with. */
  static final String PREFIX = "visual.";

  /** Its first tensor in the flat buffer, behind all of the decoder's. */
  static final String FIRST = PREFIX + "patch_embed.proj.weight";

  /** What the names of the projector's begin with. */
  static final String PROJECTOR = PREFIX + "merger.";

  private static final double EPSILON = 1e-6;
  private static final double QUICK_GELU = 1.702;
  private static final double THETA = 10_000;

  private final Parameters parameters;
  private final VisionShape shape;
  private final Map<String, Tensor> weights = new LinkedHashMap<>();
  private final List<String> trained = new ArrayList<>();
  private final Map<Patches, Integer> firstRows = new LinkedHashMap<>();
  private final Tensor features;

  /**
   * Encodes pictures.
   *
   * @param pictures of which those that are no picture are passed over
   * @param trains which tensors {@link #backward} adds the gradient of
   */
  VisionEncoder(Parameters parameters, List<Patches> pictures, Predicate<String> trains) {
    this.parameters = parameters;
    this.shape = parameters.shape().vision();
    for (var entry : parameters.layout().entries()) {
      if (entry.name().startsWith(PREFIX)) {
        boolean leaf = trains.test(entry.name());
        Tensor view =
            parameters.flat().narrow(0, entry.offset(), entry.size()).view(entry.shape()).detach();
        weights.put(entry.name(), view.requires_grad_(leaf));
        if (leaf) {
          trained.add(entry.name());
        }
      }
    }
    Map<List<Integer>, List<Patches>> bySize = new LinkedHashMap<>();
    for (Patches picture : pictures) {
      if (picture.present() && firstRows.putIfAbsent(picture, -1) == null) {
        bySize
            .computeIfAbsent(List.of(picture.rows(), picture.columns()), s -> new ArrayList<>())
            .add(picture);
      }
    }
    var parts = new TensorVector();
    int row = 0;
    int merged = shape.preprocessing().merge() * shape.preprocessing().merge();
    try (var recording = new AutoGradMode(!trained.isEmpty())) {
      for (List<Patches> alike : bySize.values()) {
        parts.push_back(projected(encoded(alike)));
        for (Patches picture : alike) {
          firstRows.put(picture, row);
          row += picture.count() / merged;
        }
      }
      features = torch.cat(parts, 0);
    }
  }

  /** Row of a picture's first feature in {@link #features}. */
  int firstRow(Patches picture) {
    return firstRows.get(picture);
  }

  /** Features of all distinct pictures {@code [tokens, hidden]}. */
  Tensor features() {
    return features.detach();
  }

  /** Adds the gradient of the weights that are trained, from that of the features. */
  void backward(Tensor dFeatures) {
    if (trained.isEmpty()) {
      return;
    }
    try (var recording = new AutoGradMode(true)) {
      features.backward(dFeatures, new BoolOptional(), false, new TensorArrayRefOptional());
    }
    for (String name : trained) {
      var entry = parameters.layout().entry(name);
      parameters
          .gradient()
          .narrow(0, entry.offset(), entry.size())
          .add_(weights.get(name).grad().reshape(entry.size()));
    }
  }

  private Tensor weight(String name) {
    return weights.get(PREFIX + name);
  }

  private Tensor linear(Tensor x, String name) {
    return torch.linear(x, weight(name + ".weight"), new TensorOptional(weight(name + ".bias")));
  }

  private Tensor norm(Tensor x, String name) {
    return torch.layer_norm(
        x,
        new long[] {shape.width()},
        new TensorOptional(weight(name + ".weight")),
        new TensorOptional(weight(name + ".bias")),
        EPSILON,
        true);
  }

  /** The patches of pictures of one size after the last block {@code [patches, width]}. */
  private Tensor encoded(List<Patches> alike) {
    var first = alike.get(0);
    var all = new TensorVector();
    for (Patches picture : alike) {
      all.push_back(Tensors.ofFloats(picture.values(), picture.count(), shape.patchValues()));
    }
    Tensor flat = parameters.flat();
    Tensor patches = torch.cat(all, 0).to(flat.device(), flat.scalar_type());
    Tensor projection = weight("patch_embed.proj.weight").flatten(1, -1);
    Tensor x = torch.linear(patches, projection);
    Tensor angles = angles(first.rows(), first.columns()).to(flat.device(), wide(flat));
    Tensor cos = angles.cos();
    Tensor sin = angles.sin();
    for (int i = 0; i < shape.depth(); i++) {
      String block = "blocks." + i + ".";
      Tensor mixed = attended(norm(x, block + "norm1"), block, alike.size(), cos, sin);
      x = x.add(linear(mixed, block + "attn.proj"));
      Tensor inner = linear(norm(x, block + "norm2"), block + "mlp.fc1");
      Tensor gated = inner.mul(torch.sigmoid(inner.mul(new Scalar(QUICK_GELU))));
      x = x.add(linear(gated, block + "mlp.fc2"));
    }
    return x;
  }

  private Tensor attended(Tensor x, String block, long pictures, Tensor cos, Tensor sin) {
    long patches = x.size(0) / pictures;
    long width = shape.width() / shape.heads();
    Tensor qkv =
        linear(x, block + "attn.qkv")
            .view(pictures, patches, 3, shape.heads(), width)
            .permute(2, 0, 3, 1, 4);
    return torch
        .scaled_dot_product_attention(
            turned(qkv.select(0, 0), cos, sin),
            turned(qkv.select(0, 1), cos, sin),
            qkv.select(0, 2),
            new TensorOptional(),
            0.0,
            false,
            new DoubleOptional(),
            false)
        .transpose(1, 2)
        .reshape(x.size(0), shape.width());
  }

  /** The type in which positions turn: fp32 where the weights are bf16. */
  private static ScalarType wide(Tensor x) {
    return Tensors.type(x) == ScalarType.BFloat16 ? ScalarType.Float : Tensors.type(x);
  }

  /** Turns {@code [pictures, heads, patches, d]} by angles of {@code [patches, d / 2]}. */
  private static Tensor turned(Tensor x, Tensor cos, Tensor sin) {
    Tensor wide = x.to(wide(x));
    long half = x.size(3) / 2;
    Tensor a = wide.narrow(3, 0, half);
    Tensor b = wide.narrow(3, half, half);
    Tensor turnedA = a.mul(cos).sub(b.mul(sin));
    Tensor turnedB = b.mul(cos).add(a.mul(sin));
    return torch.cat(new TensorVector(turnedA, turnedB), 3).to(x.scalar_type());
  }

  /**
   * The angles of each patch: of its row, then of its column {@code [rows * columns, d / 2]}, in
   * the order in which merged patches are neighbours.
   */
  private Tensor angles(int rows, int columns) {
    int quarter = shape.width() / shape.heads() / 4;
    int merge = shape.preprocessing().merge();
    double[] angles = new double[rows * columns * 2 * quarter];
    int to = 0;
    for (int patch = 0; patch < rows * columns; patch++) {
      int block = patch / (merge * merge);
      int inBlock = patch % (merge * merge);
      int row = block / (columns / merge) * merge + inBlock / merge;
      int column = block % (columns / merge) * merge + inBlock % merge;
      for (int axis = 0; axis < 2; axis++) {
        for (int i = 0; i < quarter; i++) {
          angles[to++] = (axis == 0 ? row : column) * Math.pow(THETA, -(double) i / quarter);
        }
      }
    }
    return Tensors.ofDoubles(angles, (long) rows * columns, 2L * quarter);
  }

  /** The projector: merged patches to the decoder's width {@code [tokens, hidden]}. */
  private Tensor projected(Tensor x) {
    Tensor merged = norm(x, "merger.ln_q").view(-1, shape.mergedWidth());
    return linear(torch.gelu(linear(merged, "merger.mlp.0")), "merger.mlp.2");
  }
}
