package dev.mirrorspark.decode;

/** What the launcher sets for every process of the project, for programs that it does not start. */
final class NativeMemory {
  private NativeMemory() {}

  /**
   * Lets JavaCPP alone with the process's size, which it otherwise reads from the kernel at each
   * tensor: two thirds of a small operation. To be called before the first tensor.
   */
  static void unbounded() {
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
  }
}
