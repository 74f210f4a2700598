package dev.mirrorspark.model;

/**
 * An independent forward pass of all families in float64: plain loops, no tensor library, no cache,
 * and rotary frequencies of its own. It is what the decoder's logits are compared with.
 */
final class Float64Reference {
  private final ModelShape shape;
  private final ParameterLayout layout;
  private final float[] flat;
  private int[][] positions;
  private int[] sections;

  Float64Reference(ModelShape shape, float[] flat) {
    this.shape = shape;
    this.layout = ParameterLayout.of(shape);
    this.flat = flat;
  }

  /** Logits after every token {@code [tokens][vocab]}. */
  double[][] logits(int[] tokens) {
    int n = tokens.length;
    double[][] x = new double[n][];
    int[][] positions = new int[n][];
    for (int t = 0; t < n; t++) {
      x[t] = embedding(tokens[t]);
      positions[t] = new int[] {t, t, t};
    }
    return logits(x, positions, new int[] {shape.headDim() / 2, 0, 0});
  }

  double[] embedding(int token) {
    return row("model.embed_tokens.weight", token);
  }

  /**
   * The same of embeddings.
   *
   * @param x is written over {@code [tokens][hidden]}
   * @param positions of time, row and column {@code [tokens][3]}
   * @param sections how many pairs of dimensions turn by each
   */
  double[][] logits(double[][] x, int[][] positions, int[] sections) {
    int n = x.length;
    this.positions = positions;
    this.sections = sections;
    for (int i = 0; i < shape.layers(); i++) {
      String prefix = "model.layers." + i + ".";
      double[][] mixed = attention(i, prefix + "self_attn.", norms(prefix + "input_layernorm", x));
      add(x, mixed);
      double[][] normed = norms(prefix + "post_attention_layernorm", x);
      for (int t = 0; t < n; t++) {
        add(x[t], feedForward(prefix + "mlp.", normed[t]));
      }
    }
    double[][] last = norms("model.norm", x);
    String head = shape.tiedEmbeddings() ? "model.embed_tokens" : "lm_head";
    double[][] logits = new double[n][];
    for (int t = 0; t < n; t++) {
      logits[t] = linear(head, shape.vocab(), last[t], false);
    }
    return logits;
  }

  /** Log-softmax. */
  static double[] logSoftmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    double[] result = new double[logits.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = logits[i] - max - Math.log(sum);
    }
    return result;
  }

  private double[][] attention(int layer, String prefix, double[][] x) {
    int n = x.length;
    int d = shape.headDim();
    double[][] q = new double[n][];
    double[][] k = new double[n][];
    double[][] v = new double[n][];
    for (int t = 0; t < n; t++) {
      q[t] = linear(prefix + "q_proj", shape.queryWidth(), x[t], shape.qkvBias());
      k[t] = linear(prefix + "k_proj", shape.keyWidth(), x[t], shape.qkvBias());
      if (shape.qkNorm()) {
        q[t] = headNorms(prefix + "q_norm", q[t]);
        k[t] = headNorms(prefix + "k_norm", k[t]);
      }
      if (shape.rotary(layer)) {
        q[t] = rotate(q[t], t);
        k[t] = rotate(k[t], t);
      }
      v[t] = linear(prefix + "v_proj", shape.keyWidth(), x[t], shape.qkvBias());
    }
    double[][] result = new double[n][];
    for (int t = 0; t < n; t++) {
      double[] mixed = new double[shape.queryWidth()];
      for (int head = 0; head < shape.heads(); head++) {
        int keyHead = head / (shape.heads() / shape.kvHeads());
        double[] scores = new double[t + 1];
        for (int s = 0; s <= t; s++) {
          if (shape.window(layer) > 0 && t - s >= shape.window(layer)) {
            scores[s] = Double.NEGATIVE_INFINITY;
            continue;
          }
          double dot = 0;
          for (int i = 0; i < d; i++) {
            dot += q[t][head * d + i] * k[s][keyHead * d + i];
          }
          scores[s] = dot / Math.sqrt(d);
        }
        double[] weights = logSoftmax(scores);
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < d; i++) {
            mixed[head * d + i] += Math.exp(weights[s]) * v[s][keyHead * d + i];
          }
        }
      }
      result[t] = linear(prefix + "o_proj", shape.hidden(), mixed, shape.outputBias());
    }
    return result;
  }

  /** Rotary positions: dimension i of a head turns together with dimension i + d/2. */
  private double[] rotate(double[] x, int token) {
    int d = shape.headDim();
    int half = d / 2;
    double length =
        shape.rope().scaling() instanceof RopeScaling.Yarn yarn ? yarn.attentionFactor() : 1;
    double[] turned = new double[x.length];
    for (int start = 0; start < x.length; start += d) {
      for (int i = 0; i < half; i++) {
        int axis = i < sections[0] ? 0 : i < sections[0] + sections[1] ? 1 : 2;
        double angle = positions[token][axis] * frequency(i);
        double a = x[start + i];
        double b = x[start + half + i];
        turned[start + i] = length * (a * Math.cos(angle) - b * Math.sin(angle));
        turned[start + half + i] = length * (b * Math.cos(angle) + a * Math.sin(angle));
      }
    }
    return turned;
  }

  /** Radians a position, by wavelengths and as Transformers documents each {@code rope_type}. */
  private double frequency(int i) {
    double theta = shape.rope().theta();
    double wavelength = 2 * Math.PI * Math.pow(theta, 2.0 * i / shape.headDim());
    RopeScaling scaling = shape.rope().scaling();
    if (scaling instanceof RopeScaling.Linear linear) {
      wavelength *= linear.factor();
    } else if (scaling instanceof RopeScaling.Llama3 llama3) {
      double longest = llama3.originalPositions() / llama3.lowFactor();
      double shortest = llama3.originalPositions() / llama3.highFactor();
      if (wavelength > longest) {
        wavelength *= llama3.factor();
      } else if (wavelength > shortest) {
        double smooth =
            (llama3.originalPositions() / wavelength - llama3.lowFactor())
                / (llama3.highFactor() - llama3.lowFactor());
        return 2 * Math.PI * ((1 - smooth) / (wavelength * llama3.factor()) + smooth / wavelength);
      }
    } else if (scaling instanceof RopeScaling.Yarn yarn) {
      double low = yarnDimension(yarn, yarn.fastTurns());
      double high = yarnDimension(yarn, yarn.slowTurns());
      low = Math.max(0, yarn.truncate() ? Math.floor(low) : low);
      high = Math.min(shape.headDim() - 1, yarn.truncate() ? Math.ceil(high) : high);
      double ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
      double interpolated = 2 * Math.PI / (wavelength * yarn.factor());
      return ramp * interpolated + (1 - ramp) * 2 * Math.PI / wavelength;
    }
    return 2 * Math.PI / wavelength;
  }

  /** Where a pair of dimensions has turned so often at the end of the original length. */
  private double yarnDimension(RopeScaling.Yarn yarn, double turns) {
    double wavelength = yarn.originalPositions() / turns;
    return shape.headDim()
        / 2.0
        * Math.log(wavelength / (2 * Math.PI))
        / Math.log(shape.rope().theta());
  }

  /** RMSNorm of each head by the same weights. */
  private double[] headNorms(String name, double[] x) {
    int d = shape.headDim();
    double[] weight = row(name + ".weight", 0);
    double[] result = new double[x.length];
    for (int start = 0; start < x.length; start += d) {
      double square = 0;
      for (int i = 0; i < d; i++) {
        square += x[start + i] * x[start + i] / d;
      }
      for (int i = 0; i < d; i++) {
        result[start + i] = x[start + i] / Math.sqrt(square + shape.rmsNormEps()) * weight[i];
      }
    }
    return result;
  }

  private double[] feedForward(String prefix, double[] x) {
    double[] gate = linear(prefix + "gate_proj", shape.intermediate(), x, false);
    double[] up = linear(prefix + "up_proj", shape.intermediate(), x, false);
    for (int i = 0; i < gate.length; i++) {
      up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
    }
    return linear(prefix + "down_proj", shape.hidden(), up, false);
  }

  private double[][] norms(String name, double[][] x) {
    double[] weight = row(name + ".weight", 0);
    double[][] result = new double[x.length][shape.hidden()];
    for (int t = 0; t < x.length; t++) {
      double square = 0;
      for (double value : x[t]) {
        square += value * value;
      }
      double scale = 1 / Math.sqrt(square / shape.hidden() + shape.rmsNormEps());
      for (int i = 0; i < shape.hidden(); i++) {
        result[t][i] = x[t][i] * scale * weight[i];
      }
    }
    return result;
  }

  /** Row {@code index} of the tensor; a vector is its own row 0. */
  private double[] row(String name, int index) {
    var entry = layout.entry(name);
    long[] extents = entry.shape();
    double[] values = new double[(int) extents[extents.length - 1]];
    for (int i = 0; i < values.length; i++) {
      values[i] = flat[(int) entry.offset() + index * values.length + i];
    }
    return values;
  }

  private double[] linear(String name, int outputs, double[] x, boolean bias) {
    int weights = (int) layout.entry(name + ".weight").offset();
    double[] result = bias ? row(name + ".bias", 0) : new double[outputs];
    for (int out = 0; out < outputs; out++) {
      for (int in = 0; in < x.length; in++) {
        result[out] += flat[weights + out * x.length + in] * x[in];
      }
    }
    return result;
  }

  private static void add(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      add(x[t], y[t]);
    }
  }

  private static void add(double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] += y[i];
    }
  }
}
