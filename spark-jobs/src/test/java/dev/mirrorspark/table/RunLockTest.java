package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  @TempDir Path folder;

  /** A driver in a process of its own that holds a run until it is killed. */
  static final class OtherDriver {
    public static void main(String[] arguments) throws InterruptedException {
      RunLock.acquire(arguments[0], arguments[1]);
      System.out.println("held");
      Thread.sleep(120_000);
    }
  }

  @Test
  void anotherProcessIsRefusedUntilTheFirstIsKilled() throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                OtherDriver.class.getName(),
                folder.toString(),
                "first")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertEquals("held", output.readLine());
      var message = refusal("first");
      assertTrue(message.contains("run first is held"), message);
      assertTrue(message.contains("pid " + process.pid() + " on "), message);
      assertTrue(message.contains(folder.resolve("_locks/first.lock").toString()), message);
      assertEquals(1, message.lines().count());
      RunLock.acquire(folder.toString(), "second").close();
    } finally {
      process.destroyForcibly().waitFor();
    }
    RunLock.acquire(folder.toString(), "first").close();
  }

  @Test
  void aSecondDriverInThisProcessIsRefusedUntilTheFirstCloses() {
    try (var held = RunLock.acquire(folder.toString(), "run/a b")) {
      assertTrue(refusal("run/a b").contains("pid " + ProcessHandle.current().pid()));
    }
    RunLock.acquire(folder.toString(), "run/a b").close();
  }

  @Test
  void whereTheSystemHoldsNoLocksTheFileItselfIsTheLock() throws IOException {
    var fs = FileSystem.getLocal(new Configuration());
    var file = new org.apache.hadoop.fs.Path(folder.toString(), "_locks/run.lock");
    try (var held = RunLock.lockedByExistence(fs, file, "run")) {
      var error = assertThrows(UserError.class, () -> RunLock.lockedByExistence(fs, file, "run"));
      assertTrue(error.getMessage().contains("pid " + ProcessHandle.current().pid()));
      assertTrue(error.getMessage().contains("remove this file"));
    }
    assertFalse(fs.exists(file));
    RunLock.lockedByExistence(fs, file, "run").close();
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() throws IOException {
    var file = Files.writeString(folder.resolve("a_file"), "");
    var error =
        assertThrows(
            UserError.class, () -> RunLock.acquire(file.resolve("warehouse").toString(), "run"));
    assertTrue(error.getMessage().contains("a_file/warehouse/_locks/run.lock"));
  }

  private String refusal(String run) {
    return assertThrows(UserError.class, () -> RunLock.acquire(folder.toString(), run))
        .getMessage();
  }
}
