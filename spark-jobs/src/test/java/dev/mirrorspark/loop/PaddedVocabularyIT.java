package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model with more rows than its tokenizer has tokens, the further ones the likeliest. */
class PaddedVocabularyIT {
  private static final int FURTHER = 64;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Path model;
  private static int tokens;

  @BeforeAll
  static void widen() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    Path plain = folder.resolve("plain");
    NewModel.create(TinyRun.config(folder), Storage.local(), plain.toString());
    var before = LoadedModel.load(plain);
    tokens = before.shape().vocab();
    ModelShape s = before.shape();
    var shape =
        new ModelShape(
                s.family(),
                tokens + FURTHER,
                s.hidden(),
                s.layers(),
                s.heads(),
                s.kvHeads(),
                s.headDim(),
                s.intermediate(),
                s.maxPositions(),
                10_000,
                s.rmsNormEps(),
                s.qkvBias(),
                s.outputBias(),
                s.tiedEmbeddings())
            .ofFamily(s.qkvBias());
    var layout = ParameterLayout.of(shape);
    float[] flat = new float[(int) layout.size()];
    var random = new Random(5);
    for (int i = 0; i < flat.length; i++) {
      flat[i] = 2 * (float) random.nextGaussian();
    }
    for (var entry : before.layout().entries()) {
      long to = layout.entry(entry.name()).offset();
      System.arraycopy(before.flat(), (int) entry.offset(), flat, (int) to, (int) entry.size());
    }
    model = folder.resolve("widened");
    LoadedModel.save(model, shape, flat, DType.F32, plain, Long.MAX_VALUE);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static int largest(ModelShape shape) {
    float[] flat = LoadedModel.load(model).flat();
    List<Decoded> decoded = new ArrayList<>();
    var requests =
        IntStream.range(0, 16)
            .mapToObj(i -> new DecodeRequest("p", i, new int[] {3, 4 + i % 4}, i))
            .toList();
    try (var scope = new PointerScope();
        var parameters = Parameters.frozen(shape, Tensors.ofFloats(flat, flat.length));
        var engine = new DecodeEngine(parameters, 8, 40, new Sampling(1, 20), Set.of())) {
      engine.decode(requests.iterator(), decoded::add, steps -> {});
    }
    return decoded.stream().flatMapToInt(one -> IntStream.of(one.tokens())).max().orElseThrow();
  }

  @Test
  void theFurtherRowsAreLikelyAndNeverSampled() {
    ModelShape shape = ModelFolder.open(Storage.local(), model.toString()).shape();
    assertEquals(tokens + FURTHER, shape.vocab());
    assertEquals(tokens, shape.tokens());
    assertTrue(largest(shape) < tokens);
    assertTrue(largest(shape.withTokens(shape.vocab())) >= tokens, "or this test shows nothing");
  }

  @Test
  void aRunGoesThroughAndBothLogprobsAgree() {
    var config = TinyRun.config(folder, "model.path=" + model, "run=widened", "train.iterations=1");
    var session =
        new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
    PromptImport.importAll(spark, session.warehouse(), config, Set.of("integer"));
    EvaluationRun.run(session, OptionalInt.empty());
    SftRun.run(session);
    TrainingRun.run(session);
    int largest =
        session
            .warehouse()
            .read(Trajectories.TABLE)
            .select(functions.expr("max(array_max(token_ids))"))
            .head()
            .getInt(0);
    assertTrue(largest < tokens, "token " + largest);
    for (Row row : session.warehouse().read(Iterations.TABLE).collectAsList()) {
      Metrics metrics = Metrics.from(row);
      assertTrue(metrics.logprobGapMax() <= 1e-3, "log-prob gap " + metrics.logprobGapMax());
      assertTrue(metrics.keptFraction() > 0, metrics.toString());
    }
    // What the run writes is as wide as what it read.
    var trained = PolicyVersions.all(session).get(2);
    assertEquals(
        tokens + FURTHER, ModelFolder.open(Storage.local(), trained.checkpoint()).shape().vocab());
  }
}
