package dev.mirrorspark.model;

/** Number formats in which a checkpoint is written; in memory the values are fp32. */
public enum DType {
  F32(4, "float32"),
  BF16(2, "bfloat16"),
  F16(2, "float16");

  private final int bytes;
  private final String torchName;

  DType(int bytes, String torchName) {
    this.bytes = bytes;
    this.torchName = torchName;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The name that {@code config.json} uses under {@code torch_dtype}. */
  public String torchName() {
    return torchName;
  }
}
