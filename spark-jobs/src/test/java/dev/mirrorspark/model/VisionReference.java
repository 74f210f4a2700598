package dev.mirrorspark.model;

import dev.mirrorspark.vision.Patches;

/**
 * An independent forward pass of a Qwen2-VL in float64: the encoder as plain loops over one
 * picture, patch by patch, and {@link Float64Reference} behind it.
 */
final class VisionReference {
  private final ModelShape shape;
  private final VisionShape vision;
  private final ParameterLayout layout;
  private final float[] flat;

  VisionReference(ModelShape shape, float[] flat) {
    this.shape = shape;
    this.vision = shape.vision();
    this.layout = ParameterLayout.of(shape);
    this.flat = flat;
  }

  /** Logits after every token of a sequence whose one run of picture tokens is the picture's. */
  double[][] logits(int[] tokens, Patches picture) {
    var decoder = new Float64Reference(shape, flat);
    double[][] features = features(picture);
    int columns = picture.columns() / vision.preprocessing().merge();
    int rows = picture.rows() / vision.preprocessing().merge();
    double[][] x = new double[tokens.length][];
    int[][] positions = new int[tokens.length][];
    int next = 0;
    int seen = 0;
    int start = 0;
    for (int t = 0; t < tokens.length; t++) {
      if (tokens[t] == vision.pictureToken() && seen < features.length) {
        start = seen == 0 ? next : start;
        x[t] = features[seen];
        positions[t] = new int[] {start, start + seen / columns, start + seen % columns};
        seen++;
        next = start + Math.max(rows, columns);
      } else {
        x[t] = decoder.embedding(tokens[t]);
        positions[t] = new int[] {next, next, next};
        next++;
      }
    }
    int[] sections = vision.sections().stream().mapToInt(Integer::intValue).toArray();
    return decoder.logits(x, positions, sections);
  }

  /** Features of a picture {@code [tokens][hidden]}. */
  double[][] features(Patches picture) {
    int merge = vision.preprocessing().merge();
    int n = picture.count();
    int size = picture.values().length / n;
    double[][] x = new double[n][];
    int[][] places = new int[n][];
    int at = 0;
    for (int blockRow = 0; blockRow < picture.rows(); blockRow += merge) {
      for (int blockColumn = 0; blockColumn < picture.columns(); blockColumn += merge) {
        for (int row = blockRow; row < blockRow + merge; row++) {
          for (int column = blockColumn; column < blockColumn + merge; column++) {
            places[at] = new int[] {row, column};
            double[] values = new double[size];
            for (int i = 0; i < size; i++) {
              values[i] = picture.values()[at * size + i];
            }
            x[at++] = product("patch_embed.proj.weight", vision.width(), values);
          }
        }
      }
    }
    for (int i = 0; i < vision.depth(); i++) {
      block("blocks." + i + ".", x, places);
    }
    int together = merge * merge;
    double[][] features = new double[n / together][];
    for (int token = 0; token < features.length; token++) {
      double[] merged = new double[together * vision.width()];
      for (int i = 0; i < together; i++) {
        double[] normed = norm("merger.ln_q", x[token * together + i]);
        System.arraycopy(normed, 0, merged, i * vision.width(), vision.width());
      }
      double[] inner = linear("merger.mlp.0", merged.length, merged);
      for (int i = 0; i < inner.length; i++) {
        inner[i] = inner[i] * normal(inner[i]);
      }
      features[token] = linear("merger.mlp.2", shape.hidden(), inner);
    }
    return features;
  }

  private void block(String name, double[][] x, int[][] places) {
    int n = x.length;
    int heads = vision.heads();
    int d = vision.width() / heads;
    double[][] qkv = new double[n][];
    for (int p = 0; p < n; p++) {
      qkv[p] = linear(name + "attn.qkv", 3 * vision.width(), norm(name + "norm1", x[p]));
      for (int head = 0; head < 2 * heads; head++) {
        turn(qkv[p], head * d, d, places[p]);
      }
    }
    for (int p = 0; p < n; p++) {
      double[] mixed = new double[vision.width()];
      for (int head = 0; head < heads; head++) {
        double[] scores = new double[n];
        for (int s = 0; s < n; s++) {
          for (int i = 0; i < d; i++) {
            scores[s] += qkv[p][head * d + i] * qkv[s][(heads + head) * d + i] / Math.sqrt(d);
          }
        }
        double[] weights = Float64Reference.logSoftmax(scores);
        for (int s = 0; s < n; s++) {
          for (int i = 0; i < d; i++) {
            mixed[head * d + i] += Math.exp(weights[s]) * qkv[s][(2 * heads + head) * d + i];
          }
        }
      }
      double[] out = linear(name + "attn.proj", vision.width(), mixed);
      for (int i = 0; i < out.length; i++) {
        x[p][i] += out[i];
      }
    }
    for (int p = 0; p < n; p++) {
      double[] inner = linear(name + "mlp.fc1", vision.inner(), norm(name + "norm2", x[p]));
      for (int i = 0; i < inner.length; i++) {
        inner[i] /= 1 + Math.exp(-1.702 * inner[i]);
      }
      double[] out = linear(name + "mlp.fc2", vision.width(), inner);
      for (int i = 0; i < out.length; i++) {
        x[p][i] += out[i];
      }
    }
  }

  /** The first quarter of pairs by the row, the second by the column. */
  private static void turn(double[] values, int from, int d, int[] place) {
    int half = d / 2;
    for (int i = 0; i < half; i++) {
      int pair = i % (half / 2);
      double angle = place[i / (half / 2)] / Math.pow(10_000, 2.0 * pair / half);
      double a = values[from + i];
      double b = values[from + half + i];
      values[from + i] = a * Math.cos(angle) - b * Math.sin(angle);
      values[from + half + i] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }

  private double[] norm(String name, double[] x) {
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    int weight = offset(name + ".weight");
    int bias = offset(name + ".bias");
    double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      result[i] = (x[i] - mean) / Math.sqrt(variance + 1e-6) * flat[weight + i] + flat[bias + i];
    }
    return result;
  }

  private double[] linear(String name, int outputs, double[] x) {
    double[] result = product(name + ".weight", outputs, x);
    int bias = offset(name + ".bias");
    for (int i = 0; i < outputs; i++) {
      result[i] += flat[bias + i];
    }
    return result;
  }

  private double[] product(String name, int outputs, double[] x) {
    int weight = offset(name);
    double[] result = new double[outputs];
    for (int out = 0; out < outputs; out++) {
      for (int in = 0; in < x.length; in++) {
        result[out] += flat[weight + out * x.length + in] * x[in];
      }
    }
    return result;
  }

  private int offset(String name) {
    return (int) layout.entry("visual." + name).offset();
  }

  /** The normal distribution function, by Simpson's rule. */
  private static double normal(double x) {
    int steps = 2000;
    double h = x / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double factor = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
      double t = i * h;
      sum += factor * Math.exp(-t * t / 2);
    }
    return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
  }
}
