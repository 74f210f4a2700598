package dev.mirrorspark.bench;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.FolderWriter.Written;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ParameterLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Writing and reading the weights of a model folder on this machine, against the same bytes without
 * format, hash and check. Both go through the page cache.
 */
final class FolderBench {
  private static final long SHARD_BYTES = 1L << 30;
  private static final int BLOCK = 1 << 24;

  private final BenchPlan plan;
  private final Path folder;
  private final FolderPlan files;
  private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);

  /** Measures in that folder, which holds the tokenizer. */
  FolderBench(BenchPlan plan, Path folder) {
    this.plan = plan;
    this.folder = folder;
    this.files = FolderPlan.of(ParameterLayout.of(plan.shape()), DType.F32, SHARD_BYTES);
  }

  private String model() {
    return folder.resolve("model").toString();
  }

  /** Writes the folder of those weights {@code [layout.size()]}. */
  ModelFolder write(Tensor flat) {
    List<Written> written = new ArrayList<>();
    for (int file = 0; file < files.files().size(); file++) {
      written.add(FolderWriter.write(Storage.local(), model(), files, file, flat));
    }
    FolderWriter.commit(
        Storage.local(),
        model(),
        plan.shape(),
        files,
        folder.resolve("tokenizer").toString(),
        written);
    return ModelFolder.open(Storage.local(), model());
  }

  List<BenchFigure> save(Tensor flat) {
    var rounds = Rounds.of(plan.rounds(), () -> seconds(() -> files(flat)));
    var raw = Rounds.of(plan.rounds(), () -> seconds(this::rawWrite));
    return figures("save", "write of a folder, fp32", rounds, "plain write", raw);
  }

  private void files(Tensor flat) {
    for (int file = 0; file < files.files().size(); file++) {
      FolderWriter.write(Storage.local(), model(), files, file, flat);
    }
  }

  List<BenchFigure> load(Tensor flat) {
    var written = write(flat);
    var rounds = Rounds.of(plan.rounds(), () -> seconds(() -> written.readInto(flat)));
    rawWrite();
    var raw = Rounds.of(plan.rounds(), () -> seconds(this::rawRead));
    return figures("load", "read of a folder, fp32", rounds, "plain read", raw);
  }

  private List<BenchFigure> figures(
      String part, String name, Rounds rounds, String rawName, Rounds raw) {
    double bytes = 4.0 * plan.parameters();
    return List.of(
        BenchFigure.plain(part, name, bytes / rounds.median() * 1e-9, "GB/s", rounds.spread())
            .shareOf(bytes / rounds.median(), bytes / raw.median(), rawName),
        BenchFigure.plain(
            part, rawName + " of the bytes", bytes / raw.median() * 1e-9, "GB/s", raw.spread()));
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    try (var scope = new PointerScope()) {
      work.run();
    }
    return (System.nanoTime() - start) * 1e-9;
  }

  private Path raw() {
    return folder.resolve("raw");
  }

  private void rawWrite() {
    try (var out =
        FileChannel.open(
            raw(),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      for (long left = 4 * plan.parameters(); left > 0; left -= BLOCK) {
        block.clear().limit((int) Math.min(BLOCK, left));
        while (block.hasRemaining()) {
          out.write(block);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void rawRead() {
    try (var in = FileChannel.open(raw(), StandardOpenOption.READ)) {
      while (in.read(block.clear()) >= 0) {
        continue;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frees the disk. */
  void clean() {
    try {
      Files.deleteIfExists(raw());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Storage.local().delete(model());
  }
}
