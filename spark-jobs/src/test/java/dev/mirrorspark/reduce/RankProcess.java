package dev.mirrorspark.reduce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A process of an update in small, with its ranks; writes its weights to a file at the end. */
public final class RankProcess {
  static final int FAILED = 3;

  private RankProcess() {}

  /** Folder, index of the process, number of processes, size, number of ranks, rank that dies. */
  public static void main(String[] args) {
    var folder = Path.of(args[0]);
    int task = Integer.parseInt(args[1]);
    int tasks = Integer.parseInt(args[2]);
    int size = Integer.parseInt(args[3]);
    int count = Integer.parseInt(args[4]);
    int dies = Integer.parseInt(args[5]);
    torch.set_num_threads(1);
    List<String> names = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      names.add("process " + t);
    }
    var seat =
        new Seat(
            "update",
            task,
            names,
            "localhost",
            mine -> gather(folder, task, tasks, mine),
            () -> false);
    List<Throwable> failures;
    try (var scope = new PointerScope()) {
      Tensor flat = Steps.zeros(size);
      failures =
          Steps.side(
              Ranks.join(seat, size, count, false),
              one -> Steps.run(one, flat, step -> dieIf(step == 1 && one.rank() == dies)));
      write(folder.resolve("weights-" + task), bytes(Steps.floats(flat)));
    }
    failures.stream().filter(Objects::nonNull).forEach(System.out::println);
    System.exit(failures.stream().allMatch(Objects::isNull) ? 0 : FAILED);
  }

  private static void dieIf(boolean now) {
    if (now) {
      Runtime.getRuntime().halt(9);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(float[] values) {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private static List<String> gather(Path folder, int task, int tasks, String mine) {
    write(folder.resolve("said-" + task), mine.getBytes());
    List<String> all = new ArrayList<>();
    for (int other = 0; other < tasks; other++) {
      var file = folder.resolve("said-" + other);
      while (!Files.exists(file)) {
        pause();
      }
      try {
        all.add(Files.readString(file));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all;
  }

  private static void write(Path file, byte[] content) {
    try {
      var unfinished = file.resolveSibling(file.getFileName() + ".part");
      Files.write(unfinished, content);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
