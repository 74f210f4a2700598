package dev.mirrorspark.vision;

/** Why the bytes of a picture are not taken. */
public final class PictureFault extends Exception {
  private static final long serialVersionUID = 1L;

  PictureFault(String reason) {
    super(reason, null, false, false);
  }
}
