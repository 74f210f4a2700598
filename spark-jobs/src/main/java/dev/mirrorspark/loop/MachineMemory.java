package dev.mirrorspark.loop;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.loop.MemoryEstimate.Circumstances;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.train.SftStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory that this process may have: the machine's, or its control group's where that is less.
 *
 * @param total bytes in all
 * @param available bytes that are free or can be freed
 */
record MachineMemory(long total, long available) {
  /** An estimate is refused only so far above what there is: it is no measurement. */
  private static final double MARGIN = 1.15;

  /** Prompts are taken to be as long as this share of a response, which no run file tells. */
  private static final int PROMPT_SHARE = 4;

  private static final int SHORTEST_PROMPT = 64;

  /** What the kernel tells; empty where it tells nothing. */
  static Optional<MachineMemory> read() {
    OptionalLong total = field("MemTotal:");
    OptionalLong available = field("MemAvailable:");
    if (total.isEmpty() || available.isEmpty()) {
      return Optional.empty();
    }
    long limit = limit();
    return Optional.of(
        new MachineMemory(
            Math.min(limit, total.getAsLong()), Math.min(limit, available.getAsLong())));
  }

  /** The limit of the control group, version 2 or 1; the largest number where there is none. */
  private static long limit() {
    long least = Long.MAX_VALUE;
    for (String file :
        new String[] {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
      String text = text(Path.of(file)).strip();
      if (text.matches("\\d{1,18}")) {
        least = Math.min(least, Long.parseLong(text));
      }
    }
    return least;
  }

  private static OptionalLong field(String name) {
    return text(Path.of("/proc/meminfo"))
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException notThere) {
      return "";
    }
  }

  /**
   * The run's newest policy; before it has one, what its warm-up makes of the model that it starts
   * from, such as one that reaches further.
   */
  static ModelShape shape(Session session) {
    RunConfig config = session.config();
    var versions = PolicyVersions.all(session);
    if (!versions.isEmpty()) {
      String newest = versions.get(versions.size() - 1).checkpoint();
      return ModelFolder.check(session.storage(), base(session, newest), config.model().chat());
    }
    ModelShape start = start(session);
    return SftStage.raises(config) ? SftStage.shape(config, start, config.model().lora()) : start;
  }

  /** The model that a run starts from: a merge may have made it, whatever section init says. */
  private static ModelShape start(Session session) {
    RunConfig config = session.config();
    var storage = session.storage();
    String first = session.checkpoint(0);
    boolean made = storage.exists(Storage.child(first, "config.json"));
    if (config.model().path().isEmpty() && !made) {
      return NewModel.shape(config.init());
    }
    String path = config.model().path().isEmpty() ? first : config.model().path();
    return ModelFolder.check(storage, base(session, path), config.model().chat());
  }

  private static String base(Session session, String path) {
    return AdapterFolder.exists(session.storage(), path)
        ? AdapterFolder.open(session.storage(), path).base().folder()
        : path;
  }

  private static long trained(Session session, ModelShape shape) {
    var model = session.config().model();
    LoraConfig lora =
        !model.path().isEmpty() && AdapterFolder.exists(session.storage(), model.path())
            ? AdapterFolder.open(session.storage(), model.path()).lora()
            : model.lora();
    return lora.present()
        ? ParameterLayout.ofAdapters(shape, lora).size()
        : ParameterLayout.of(shape).size();
  }

  /** The estimate for this process, which is all there is of a local master. */
  static MemoryEstimate estimate(Session session) {
    ModelShape shape = shape(session);
    var config = session.config();
    int response = config.rollout().maxTokens();
    int prompt = Math.max(SHORTEST_PROMPT, response / PROMPT_SHARE);
    var given =
        new Circumstances(
            Math.min(shape.maxPositions(), prompt + response),
            Math.min(shape.maxPositions(), prompt),
            session.spark().sparkContext().defaultParallelism(),
            Runtime.getRuntime().maxMemory(),
            trained(session, shape));
    return MemoryEstimate.of(shape, config, given);
  }

  /**
   * Refuses a run that cannot fit this machine; of one that may not, tells in a line. On a cluster,
   * where others hold the tensors, and on a GPU it does neither.
   *
   * @throws UserError if the tensors alone are clearly more than the memory
   */
  static void check(Session session) {
    var here = read();
    if (here.isEmpty()
        || !session.spark().sparkContext().isLocal()
        || session.config().model().device().equals("cuda")) {
      return;
    }
    here.get().check(estimate(session)).ifPresent(session.progress()::line);
  }

  /**
   * Compares an estimate with what there is.
   *
   * @return a warning where it may not fit
   * @throws UserError where it cannot
   */
  Optional<String> check(MemoryEstimate estimate) {
    long needed = estimate.tensors() + MemoryEstimate.RUNTIME;
    if (needed > MARGIN * total) {
      throw new UserError(
          "%s: this run needs about %s outside the Java heap, this machine has %s; change it, or take"
                  .formatted(estimate.key(), gibibytes(needed), gibibytes(total))
              + " a machine with more memory (--dry-run shows every part)");
    }
    return estimate.total() > available
        ? Optional.of(
            "memory may run short: about %s at most with a full Java heap, %s are free; %s lowers it"
                .formatted(gibibytes(estimate.total()), gibibytes(available), estimate.key()))
        : Optional.empty();
  }

  private static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / 1073741824.0);
  }
}
