package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.loop.ModelMerge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.bytedeco.javacpp.PointerScope;

/**
 * Averages two models, each four times the heap, to be started with {@code -Xmx512m}. Not a test:
 * it writes 2.2 GB below the folder that is its argument, and reads twice as much of zeros.
 */
final class MergeMemoryCheck {
  private static final ModelShape SHAPE =
      new ModelShape(
          "qwen2", 100_000, 2048, 18, 16, 2, 128, 11_008, 32_768, 1e6, 1e-6, true, false, true);

  private MergeMemoryCheck() {}

  /** Runs it and tells what it took. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    long heap = Runtime.getRuntime().maxMemory();
    var layout = ParameterLayout.of(SHAPE);
    ShardPass.write(Files.createDirectories(folder.resolve("a")), SHAPE);
    ShardPass.write(Files.createDirectories(folder.resolve("b")), SHAPE);
    var sources = List.of(folder.resolve("a").toString(), folder.resolve("b").toString());
    String out = folder.resolve("out").toString();
    long start = System.nanoTime();
    var conf = new SparkConf().setMaster("local[2]").setAppName("merge");
    try (var spark = new JavaSparkContext(conf.set("spark.ui.enabled", "false"))) {
      ModelMerge.toFolder(
          spark, Storage.local(), sources, List.of(0.5, 1.5), Optional.empty(), out);
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    var merged = ModelFolder.open(Storage.local(), out);
    double sum = 0;
    for (var entry : layout.entries()) {
      try (var scope = new PointerScope()) {
        var last = Tensors.emptyFloats(2);
        merged.read(entry.offset() + entry.size() - 2, last);
        sum += last.sum().item_double();
      }
    }
    assertEquals(layout.entries().size(), sum, "a one is at the end of each tensor");
    System.out.printf(
        "%,d parameters, %.2f GiB a model, heap limit %,d MiB (1/%.1f), %.0f s%n",
        layout.size(),
        2.0 * layout.size() / (1 << 30),
        heap >> 20,
        2.0 * layout.size() / heap,
        seconds);
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      status.filter(line -> line.startsWith("VmHWM")).forEach(System.out::println);
    }
  }
}
