package dev.mirrorspark.model;

/** Which weights of a model that sees pictures are trained (Kimi k1.5, appendix B.4). */
public enum VisionTraining {
  /** The decoder alone. */
  NONE,
  /** The decoder and the projector. */
  PROJECTOR,
  /** Encoder, projector and decoder. */
  ALL,
  /** Encoder and projector, while the decoder stays as it is. */
  ALONE;

  /** Whether a tensor of the encoder is trained. */
  boolean trains(String name) {
    return switch (this) {
      case NONE -> false;
      case PROJECTOR -> name.startsWith(VisionEncoder.PROJECTOR);
      case ALL, ALONE -> true;
    };
  }

  /** Whether the decoder is. */
  boolean trainsDecoder() {
    return this != ALONE;
  }
}
