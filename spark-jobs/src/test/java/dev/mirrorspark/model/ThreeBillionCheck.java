package dev.mirrorspark.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Passes a model of the shape of Qwen2.5-3B through {@link ShardPass}, to be started with {@code
 * -Xmx2g}: no array, and no process, holds a whole model. Not a test: it writes about 1 GB below
 * the folder that is its argument, and reads 6 GB of zeros.
 */
final class ThreeBillionCheck {
  private static final ModelShape SHAPE =
      new ModelShape(
          "qwen2", 151_936, 2048, 36, 16, 2, 128, 11_008, 32_768, 1e6, 1e-6, true, false, true);

  private ThreeBillionCheck() {}

  /** Runs it and tells what it took. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    long start = System.nanoTime();
    ShardPass.write(folder.resolve("from"), SHAPE);
    long first = ShardPass.run(folder.resolve("from"), folder.resolve("to"), 1 << 25, 200L << 20);
    System.out.printf(
        "%,d parameters, shard from element %,d trained and written, heap limit %,d MiB, %.0f s%n",
        ParameterLayout.of(SHAPE).size(),
        first,
        Runtime.getRuntime().maxMemory() >> 20,
        (System.nanoTime() - start) * 1e-9);
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      status.filter(line -> line.startsWith("VmHWM")).forEach(System.out::println);
    }
  }
}
