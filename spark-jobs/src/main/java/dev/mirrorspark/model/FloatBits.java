package dev.mirrorspark.model;

/** Conversions between fp32 and the two 16-bit formats of checkpoints. */
final class FloatBits {
  private static final float SUBNORMAL_HALF = 0x1p-24f;

  private FloatBits() {}

  /** The fp32 value of bf16 bits; exact. */
  static float ofBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * The nearest bf16, ties to even; bits that are a bf16 already stay as they are, NaN included.
   */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0xffff) == 0) {
      return (short) (bits >>> 16);
    }
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** The fp32 value of IEEE half-precision bits; exact. */
  static float ofHalf(short bits) {
    int sign = bits << 16 & 0x80000000;
    int exponent = bits >>> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      return Math.copySign(fraction * SUBNORMAL_HALF, Float.intBitsToFloat(sign));
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
