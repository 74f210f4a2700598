package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLeaseTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path folder;

  /** The local file system under a name of its own, so that no lock of the system is used on it. */
  public static final class FarFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("far:///");
    }
  }

  /** A driver in a process of its own that holds a run until it is killed. */
  static final class OtherDriver {
    public static void main(String[] arguments) throws InterruptedException {
      RunLease.acquire(
          arguments[0],
          arguments[1],
          Duration.ofMillis(Long.parseLong(arguments[2])),
          new Configuration());
      System.out.println("held");
      Thread.sleep(120_000);
    }
  }

  private Process otherDriver(String run, Duration term) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            OtherDriver.class.getName(),
            folder.toString(),
            run,
            Long.toString(term.toMillis()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private RunLease acquire(String run, Duration term) {
    return RunLease.acquire(folder.toString(), run, term, new Configuration());
  }

  @Test
  void anotherProcessIsRefusedAtOnceUntilTheFirstIsKilled() throws Exception {
    var process = otherDriver("first", MINUTE);
    try (var output = output(process)) {
      assertEquals("held", output.readLine());
      long start = System.nanoTime();
      var message = refusal("first");
      assertTrue(System.nanoTime() - start < 2e9, "refused at once");
      assertTrue(message.contains("run first is held"), message);
      assertTrue(message.contains("pid " + process.pid() + " on "), message);
      assertTrue(message.contains(folder.resolve("_locks/first").toString()), message);
      assertEquals(1, message.lines().count());
      acquire("second", MINUTE).close();
    } finally {
      process.destroyForcibly().waitFor();
    }
    try (var lease = acquire("first", MINUTE)) {
      assertEquals(2, lease.epoch());
      assertTrue(lease.mustFence(), "it did not let go by itself");
    }
    try (var lease = acquire("first", MINUTE)) {
      assertEquals(3, lease.epoch());
      assertFalse(lease.mustFence());
    }
  }

  @Test
  void aPausedProcessLosesTheRunAfterAWholeTermOfSilence() throws Exception {
    var process = otherDriver("first", SECOND);
    try (var output = output(process)) {
      assertEquals("held", output.readLine());
      signal("-STOP", process);
      Thread.sleep(SECOND.toMillis()); // its last sign is no longer new
      long start = System.nanoTime();
      try (var lease = acquire("first", SECOND)) {
        assertTrue(System.nanoTime() - start >= SECOND.toNanos(), "watched for a whole term");
        assertTrue(lease.mustFence());
        signal("-CONT", process);
        Thread.sleep(SECOND.toMillis());
        refusal("first"); // what wakes up is not the holder any more
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void signal(String which, Process process) throws Exception {
    assertEquals(
        0, new ProcessBuilder("kill", which, Long.toString(process.pid())).start().waitFor());
  }

  @Test
  void aSecondDriverInThisProcessIsRefusedUntilTheFirstCloses() {
    try (var held = acquire("run/a b", MINUTE)) {
      assertTrue(refusal("run/a b").contains("pid " + ProcessHandle.current().pid()));
    }
    acquire("run/a b", MINUTE).close();
  }

  @Test
  void whereTheSystemHoldsNoLocksSignsOfLifeDecide() throws IOException {
    var hadoop = new Configuration();
    hadoop.setClass("fs.far.impl", FarFileSystem.class, org.apache.hadoop.fs.FileSystem.class);
    String root = "far://" + folder;
    try (var held = RunLease.acquire(root, "run", SECOND, hadoop)) {
      assertThrows(HeldRun.class, () -> RunLease.acquire(root, "run", SECOND, hadoop));
      Files.writeString(sign("run", 1), "1 0"); // a clock far behind, but it goes on
      assertThrows(HeldRun.class, () -> RunLease.acquire(root, "run", SECOND, hadoop));
      var ahead = Instant.now().plusSeconds(86_400).toEpochMilli();
      Files.writeString(sign("run", 1), "1 " + ahead);
      assertThrows(HeldRun.class, () -> RunLease.acquire(root, "run", SECOND, hadoop));
    }
    Files.delete(folder.resolve("_locks/run/00000001.closed")); // as if it had been killed
    Files.writeString(sign("run", 1), "9 " + Instant.now().plusSeconds(86_400).toEpochMilli());
    long start = System.nanoTime();
    try (var lease = RunLease.acquire(root, "run", SECOND, hadoop)) {
      assertTrue(System.nanoTime() - start >= SECOND.toNanos());
      assertTrue(lease.mustFence());
      assertFalse(Files.exists(folder.resolve("_locks/run/00000001.lease")), "swept");
    }
  }

  private Path sign(String run, int epoch) {
    return folder.resolve("_locks/%s/%08d.sign".formatted(run, epoch));
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() throws IOException {
    var file = Files.writeString(folder.resolve("a_file"), "");
    var error =
        assertThrows(
            UserError.class,
            () ->
                RunLease.acquire(
                    file.resolve("warehouse").toString(), "run", MINUTE, new Configuration()));
    assertTrue(error.getMessage().contains("a_file/warehouse/_locks"), error.getMessage());
  }

  private String refusal(String run) {
    return assertThrows(HeldRun.class, () -> acquire(run, MINUTE)).getMessage();
  }
}
