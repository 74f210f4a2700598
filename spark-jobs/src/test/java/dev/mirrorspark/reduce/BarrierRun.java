package dev.mirrorspark.reduce;

import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import scala.Function1;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;

/** The steps of an update in small, in a barrier stage of two tasks. */
public final class BarrierRun {
  static final int SIZE = 300_007;
  static final int RANKS = 3;
  private static final int TASKS = 2;

  /** By stage attempt, the weights of this process. */
  private static final Map<String, Tensor> FLATS = new HashMap<>();

  private BarrierRun() {}

  /** Master and a class path for executors: fails unless all weights are those of one loop. */
  public static void main(String[] args) {
    var conf =
        new SparkConf()
            .setMaster(args[0])
            .setAppName("ranks")
            .set("spark.ui.enabled", "false")
            .set("spark.executor.extraClassPath", args[1])
            .set("spark.executorEnv.OMP_NUM_THREADS", "1");
    try (var spark = new JavaSparkContext(conf)) {
      check(weights(spark, args[2]), "ProcessRanks");
    }
    System.out.println("same weights");
    System.exit(0);
  }

  static void check(List<Outcome> outcomes, String form) {
    float[] expected = Steps.expected(SIZE, RANKS);
    for (Outcome outcome : outcomes) {
      if (!Arrays.equals(expected, outcome.weights()) || !outcome.forms().contains(form)) {
        throw new AssertionError("other weights, or not by " + form + ": " + outcome.forms());
      }
    }
  }

  /** What a task ends with: the weights of its process, and what its ranks were. */
  record Outcome(float[] weights, String forms) implements Serializable {}

  /**
   * By task, what it ends with.
   *
   * @param dies a file that the process of the last rank makes before it dies, once; or nothing
   */
  static List<Outcome> weights(JavaSparkContext spark, String dies) {
    var tasks = IntStream.range(0, TASKS).boxed().toList();
    Function1<scala.collection.Iterator<Integer>, scala.collection.Iterator<Outcome>> work =
        (Function1<scala.collection.Iterator<Integer>, scala.collection.Iterator<Outcome>>
                & Serializable)
            none -> JavaConverters.asScalaIterator(task(dies));
    return spark
        .parallelize(tasks, TASKS)
        .rdd()
        .barrier()
        .mapPartitions(work, false, ClassTag.apply(Outcome.class))
        .toJavaRDD()
        // Spark gives up on a barrier stage that ends a job; one before a shuffle starts again.
        .coalesce(1, true)
        .collect();
  }

  private static Iterator<Outcome> task(String dies) {
    torch.set_num_threads(1);
    var context = BarrierTaskContext.get();
    Tensor flat = flat("%d.%d".formatted(context.stageId(), context.stageAttemptNumber()));
    List<Ranks> ranks = Ranks.join(context, SIZE, RANKS, false);
    var failures =
        Steps.side(
            ranks,
            one -> Steps.run(one, flat, step -> dieIf(step == 1 && one.rank() == RANKS - 1, dies)));
    failures.stream()
        .filter(Objects::nonNull)
        .findFirst()
        .ifPresent(
            failure -> {
              throw new IllegalStateException(failure);
            });
    var forms = ranks.stream().map(one -> one.getClass().getSimpleName()).toList();
    return List.of(new Outcome(Steps.floats(flat), forms.toString())).iterator();
  }

  private static Tensor flat(String attempt) {
    synchronized (FLATS) {
      return FLATS.computeIfAbsent(attempt, name -> Steps.zeros(SIZE));
    }
  }

  private static void dieIf(boolean now, String once) {
    if (now && !once.isEmpty() && !Files.exists(Path.of(once))) {
      try {
        Files.createFile(Path.of(once));
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      Runtime.getRuntime().halt(9);
    }
  }
}
