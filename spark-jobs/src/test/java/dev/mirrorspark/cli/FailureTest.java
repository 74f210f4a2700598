package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FailureTest {
  private static final Optional<Path> LOG = Optional.of(Path.of("runs/logs/x.log"));

  @Test
  void findsTheUserErrorAmongTheCauses() {
    var fault =
        new ExecutionException(new SparkException("Job aborted.", new UserError("a.json: bad")));
    assertEquals(new Failure(2, "a.json: bad", true), Failure.of(fault, LOG));
  }

  @Test
  void findsTheUserErrorOfAnExecutorInSparksText() {
    var fault =
        new SparkException(
            "Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times, most recent"
                + " failure: Lost task 0.3 in stage 5.0 (TID 12) (host executor 1):"
                + " dev.mirrorspark.config.UserError: prompt 3f2a: no log-prob; decode again\n"
                + "\tat dev.mirrorspark.train.UpdateStage.run(UpdateStage.java:1)\n");
    assertEquals(
        new Failure(2, "prompt 3f2a: no log-prob; decode again", true), Failure.of(fault, LOG));
  }

  @Test
  void aMessageOfSeveralLinesBecomesOne() {
    assertEquals("a; b c", Failure.of(new UserError("a; b\n  c\n"), LOG).message());
  }

  @Test
  void aFullDiskIsSaidSo() {
    var fault =
        new SparkException(
            "aborted", new UncheckedIOException(new IOException("No space left on device")));
    var failure = Failure.of(fault, LOG);
    assertEquals(1, failure.exitCode());
    assertTrue(failure.message().startsWith("the disk is full"), failure.message());
    var text =
        Failure.of(new SparkException("x: java.io.IOException: No space left on device"), LOG);
    assertTrue(text.message().startsWith("the disk is full"), text.message());
  }

  /** What each kind of death says: whose memory, its limit, the key. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "java.lang.OutOfMemoryError: Java heap space"
            + " | Java heap of the driver | 4,096 MiB | MIRRORSPARK_DRIVER_MEMORY",
        "java.lang.OutOfMemoryError: GC overhead limit exceeded"
            + " | Java heap of the driver | 4,096 MiB | --driver-memory",
        "java.lang.OutOfMemoryError: Metaspace | metaspace | driver | MaxMetaspaceSize",
        "java.lang.OutOfMemoryError: Compressed class space | metaspace | driver | Metaspace",
        "java.lang.OutOfMemoryError: Cannot reserve 9 bytes of direct buffer memory"
            + " | direct buffers | 4,096 MiB | MaxDirectMemorySize",
        "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory"
            + " | thread | driver | ulimit -u",
        "Lost task 0.3 in stage 5.0 (TID 12) (10.0.0.7 executor driver):"
            + " java.lang.OutOfMemoryError: Java heap space | heap of the driver | 4,096 MiB |"
            + " --driver-memory",
        "Lost task 0.3 in stage 5.0 (TID 12) (10.0.0.7 executor 3):"
            + " java.lang.OutOfMemoryError: Java heap space | heap of executor 3 | 6g |"
            + " --executor-memory",
        "ExecutorLostFailure (executor 1 exited caused by one of the running tasks) Reason: Command"
            + " exited with code 52 | heap of executor 1 | 6g | spark.executor.memory",
        "ExecutorLostFailure (executor 1 exited caused by one of the running tasks) Reason: Command"
            + " exited with code 137 | executor 1 was killed for its memory | 6g |"
            + " spark.executor.memoryOverhead",
        "ExecutorLostFailure (executor 2 exited caused by one of the running tasks) Reason:"
            + " Container killed by YARN for exceeding physical memory limits. 5 GB used"
            + " | executor 2 was killed | 6g | memoryOverhead",
        "java.lang.RuntimeException: [enforce fail at alloc_cpu.cpp:117] err == 0."
            + " DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes."
            + " | native memory | 4096 bytes | update.micro_batch_tokens",
        "java.lang.RuntimeException: CUDA out of memory. Tried to allocate 2.00 GiB"
            + " | memory of the GPU | caches | rollout.slots",
        "java.lang.OutOfMemoryError: Physical memory usage is too high: physicalBytes (9G)"
            + " | native memory | tensors | rollout.slots",
      })
  void lackOfMemoryNamesItsKindItsLimitAndTheKey(
      String text, String kind, String limit, String key) {
    var message = new OutOfMemory(4L << 30, "6g").message(text).orElseThrow();
    for (var part : List.of(kind, limit, key, "run the same command again")) {
      assertTrue(message.contains(part), message);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ExecutorLostFailure (executor 1 exited unrelated to the running tasks) Reason: Executor"
            + " heartbeat timed out after 137000 ms",
        "ExecutorLostFailure (executor 1 exited caused by one of the running tasks) Reason: Command"
            + " exited with code 143",
        "java.lang.IllegalStateException: row 137 of memory.jsonl"
      })
  void otherDeathsAreNotTakenForLackOfMemory(String text) {
    assertEquals(Optional.empty(), new OutOfMemory(4L << 30, "6g").message(text));
  }

  @Test
  void lackOfMemoryAmongTheCausesIsFound() {
    for (var fault :
        List.of(
            new OutOfMemoryError("Java heap space"),
            new IllegalStateException("outer", new OutOfMemoryError("Java heap space")),
            new SparkException(
                "x (host executor driver): java.lang.OutOfMemoryError: x\n\tat y"))) {
      var failure = Failure.of(fault, LOG);
      assertEquals(1, failure.exitCode());
      assertFalse(failure.expected());
      assertTrue(failure.message().contains("--driver-memory"), failure.message());
    }
  }

  /** After a full heap in a task Spark ends the JVM; what it was stands in the log alone. */
  @Test
  void anEndBySparkIsToldFromTheLog(@TempDir Path folder) throws IOException {
    var log = folder.resolve("x.log");
    var memory = new OutOfMemory(4L << 30, "6g");
    Files.writeString(log, "INFO fine\n".repeat(20_000) + "ERROR Uncaught exception in thread\n");
    assertTrue(
        FatalError.message(Optional.of(log), memory).contains("x.log"), "names no cause it lacks");
    Files.writeString(
        log,
        "java.lang.OutOfMemoryError: Java heap space\n\tat A.b(A.java:1)\n",
        StandardOpenOption.APPEND);
    assertTrue(FatalError.message(Optional.of(log), memory).contains("heap of the driver is full"));
    assertEquals(Optional.empty(), FatalError.message(Optional.of(log)), "this process is well");
  }

  @Test
  void anythingElseNamesItsRootAndTheLog() {
    var fault = new IllegalStateException("outer", new ArithmeticException("by zero\nsecond line"));
    var failure = Failure.of(fault, LOG);
    assertEquals(
        "ArithmeticException: by zero; the stack trace stands in runs/logs/x.log",
        failure.message());
    assertEquals(1, failure.exitCode());
    assertFalse(failure.expected());
  }
}
