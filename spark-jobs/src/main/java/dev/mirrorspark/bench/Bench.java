package dev.mirrorspark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.CharacterTokenizer;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.report.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The parts of the command {@code bench}, measured one after another. */
public final class Bench {
  /** A part of the measurements. */
  public enum Part {
    TRAIN,
    STAGE,
    DECODE,
    CONTEXT,
    REDUCE,
    LOAD,
    SAVE
  }

  private static final List<String> HEADER =
      List.of("part", "figure", "median", "unit", "spread", "share", "of");
  private static final String ALPHABET = "0123456789+-=";

  private final BenchPlan plan;
  private final Supplier<SparkSession> spark;
  private final Function<Path, RunConfig> stage;
  private final Progress progress;

  /**
   * What is measured and with what.
   *
   * @param spark opened for the part {@link Part#STAGE} only
   * @param stage settings of that part, with its scratch folder as warehouse
   */
  public Bench(
      BenchPlan plan,
      Supplier<SparkSession> spark,
      Function<Path, RunConfig> stage,
      Progress progress) {
    this.plan = plan;
    this.spark = spark;
    this.stage = stage;
    this.progress = progress;
  }

  /**
   * Measures those parts.
   *
   * @return a JSON object and, as lines of text, the same as a table
   */
  public Result run(Set<Part> parts) {
    List<BenchFigure> figures = new ArrayList<>();
    Path scratch = scratch();
    try (var scope = new PointerScope();
        var lease = PolicyHost.lease(new RandomWeights(plan.shape()), plan.config().model())) {
      Tensor like = lease.flat().new_empty(1);
      Tensor wide = like.to(ScalarType.Float);
      lease.close();
      PolicyHost.evict();
      DeviceRates training = measured("rates of the device", () -> rates(like, plan.ranks()));
      figures.addAll(ofDevice(training, plan.ranks()));
      double step = 0;
      if (parts.contains(Part.TRAIN) || parts.contains(Part.STAGE)) {
        var train = measured("train", () -> new TrainBench(plan).measure(training));
        step = train.stepSeconds();
        if (parts.contains(Part.TRAIN)) {
          figures.addAll(train.figures());
          figures.addAll(memory("train", like));
        }
      }
      if (parts.contains(Part.DECODE)) {
        int workers = DecodeBench.workers(plan);
        var rates = workers == plan.ranks() ? training : rates(like, workers);
        figures.addAll(measured("decode", () -> new DecodeBench(plan).measure(rates)));
        figures.addAll(memory("decode", like));
      }
      if (parts.contains(Part.CONTEXT)) {
        figures.addAll(measured("context", () -> new ContextBench(plan).measure()));
        figures.addAll(memory("context", like));
      }
      if (parts.contains(Part.REDUCE)) {
        figures.addAll(measured("reduce", () -> ReduceBench.measure(plan, wide, training)));
      }
      figures.addAll(ofFiles(parts, scratch, wide, step));
      return new Result(figures, training);
    } finally {
      Storage.local().delete(scratch.toString());
    }
  }

  private List<BenchFigure> ofFiles(
      Set<Part> parts, Path scratch, Tensor wide, double stepSeconds) {
    List<BenchFigure> figures = new ArrayList<>();
    if (!parts.contains(Part.LOAD) && !parts.contains(Part.SAVE) && !parts.contains(Part.STAGE)) {
      return figures;
    }
    var tokenizer = scratch.resolve("tokenizer");
    create(tokenizer);
    CharacterTokenizer.write(tokenizer, ALPHABET, plan.shape().maxPositions());
    var files = new FolderBench(plan, scratch);
    try (var scope = new PointerScope()) {
      // weights lie in host memory while files are read
      Tensor host = wide.cpu().new_empty(plan.parameters()).normal_().mul_(new Scalar(0.02));
      if (parts.contains(Part.LOAD)) {
        figures.addAll(measured("load", () -> files.load(host)));
      }
      if (parts.contains(Part.SAVE)) {
        Tensor onDevice = host.to(wide.device(), ScalarType.Float);
        figures.addAll(measured("save", () -> files.save(onDevice)));
      }
      if (parts.contains(Part.STAGE)) {
        var model = files.write(host);
        var config = stage.apply(scratch.resolve("warehouse"));
        var session = spark.get();
        figures.addAll(
            measured("stage", () -> StageBench.measure(session, plan, config, model, stepSeconds)));
      }
    } finally {
      files.clean();
    }
    return figures;
  }

  private <T> T measured(String name, Supplier<T> work) {
    try (var measuring = progress.stage("measuring " + name, 0)) {
      return work.get();
    }
  }

  private DeviceRates rates(Tensor like, int workers) {
    return DeviceRates.of(like, workers, plan.rounds());
  }

  private List<BenchFigure> ofDevice(DeviceRates rates, int workers) {
    String beside = workers == 1 ? "" : ", %d side by side".formatted(workers);
    String gemm =
        "GEMM %d³ %s%s".formatted(rates.gemmSize(), plan.config().model().precision(), beside);
    return List.of(
        BenchFigure.plain("device", gemm, rates.gemm() * 1e-9, "GFLOP/s", rates.gemmSpread()),
        BenchFigure.plain(
            "device",
            "copy, read and write" + beside,
            rates.copy() * 1e-9,
            "GB/s",
            rates.copySpread()));
  }

  private static List<BenchFigure> memory(String part, Tensor like) {
    List<BenchFigure> figures = new ArrayList<>();
    PeakMemory.resident()
        .ifPresent(
            bytes -> figures.add(mebibytes(part, "most memory of the process so far", bytes)));
    PeakMemory.device(like)
        .ifPresent(
            bytes -> figures.add(mebibytes(part, "most memory of tensors on the GPU", bytes)));
    return figures;
  }

  private static BenchFigure mebibytes(String part, String name, long bytes) {
    return BenchFigure.plain(part, name, bytes / 1048576.0, "MiB", 0);
  }

  private static Path scratch() {
    try {
      return Files.createTempDirectory("mirrorspark-bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void create(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was measured. */
  public final class Result {
    private final List<BenchFigure> figures;
    private final DeviceRates rates;

    private Result(List<BenchFigure> figures, DeviceRates rates) {
      this.figures = List.copyOf(figures);
      this.rates = rates;
    }

    /** The figures as an aligned table. */
    public List<String> table() {
      return TextTable.lines(HEADER, figures.stream().map(Bench::row).toList());
    }

    /** The figures, and what was measured, as JSON. */
    public String json() {
      var mapper = new ObjectMapper();
      ObjectNode root = mapper.createObjectNode();
      var config = plan.config();
      root.put("device", config.model().device())
          .put("precision", config.model().precision())
          .put("threads", config.model().threads())
          .put("parameters", plan.parameters())
          .put("ranks", plan.ranks())
          .put("micro_batch_tokens", config.update().microBatchTokens())
          .put("recompute", config.update().recompute())
          .put("length", plan.length())
          .put("slots", config.rollout().slots())
          .put("prompt", plan.prompt())
          .put("response", plan.response())
          .put("rounds", plan.rounds())
          .put("gemm_flops", rates.gemm())
          .put("copy_bytes_per_second", rates.copy());
      var shape = root.putObject("shape");
      shape
          .put("family", plan.shape().family())
          .put("vocab", plan.shape().vocab())
          .put("hidden", plan.shape().hidden())
          .put("layers", plan.shape().layers())
          .put("heads", plan.shape().heads())
          .put("kv_heads", plan.shape().kvHeads())
          .put("intermediate", plan.shape().intermediate());
      var list = root.putArray("figures");
      for (BenchFigure figure : figures) {
        var one = list.addObject();
        one.put("part", figure.part())
            .put("name", figure.name())
            .put("median", figure.value())
            .put("unit", figure.unit())
            .put("spread", figure.spread());
        if (figure.share().isPresent()) {
          one.put("share", figure.share().getAsDouble()).put("of", figure.of());
        }
      }
      return root.toPrettyString() + "\n";
    }
  }

  private static List<String> row(BenchFigure figure) {
    String format = figure.value() < 10 ? "%,.3f" : figure.value() < 1000 ? "%,.1f" : "%,.0f";
    return List.of(
        figure.part(),
        figure.name(),
        String.format(Locale.ROOT, format, figure.value()),
        figure.unit(),
        figure.spread() > 0 ? percent(figure.spread()) : "–",
        figure.share().isPresent() ? percent(figure.share().getAsDouble()) : "–",
        figure.of());
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }
}
