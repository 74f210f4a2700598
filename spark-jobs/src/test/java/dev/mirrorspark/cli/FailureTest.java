package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

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

  @Test
  void lackOfMemoryIsSaidSo() {
    var failure = Failure.of(new OutOfMemoryError("Java heap space"), LOG);
    assertEquals(1, failure.exitCode());
    assertTrue(failure.message().contains("--driver-memory"), failure.message());
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
