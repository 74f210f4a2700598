package dev.mirrorspark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The most memory that this process ever held. */
final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private PeakMemory() {}

  /** Bytes that tensors on the tensor's GPU took at most so far; empty without one. */
  static OptionalLong device(Tensor like) {
    return like.is_cuda()
        ? OptionalLong.of(torch.getDeviceStats(like.device().index()).allocated_bytes().peak())
        : OptionalLong.empty();
  }

  /** Bytes in memory at most so far, Java's heap included (VmHWM); empty where it is not told. */
  static OptionalLong resident() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException notLinux) {
      return OptionalLong.empty();
    }
  }
}
