package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mirrorspark.decode.LocalSpark;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As {@link BadInputIT}, for warehouses that do not fit and for what they do not hold. */
class BadWarehouseIT {
  @TempDir private static Path folder;
  private static TinyCommands commands;

  @BeforeAll
  static void train() {
    commands = TinyCommands.trained(folder);
  }

  @Test
  void unwritableWarehouse() {
    commands.refused(
        "train", List.of("warehouse=/proc/nowhere"), "/proc/nowhere cannot be written", "set");
  }

  @Test
  void warehouseThatIsAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("a-file"), "");
    commands.refused(
        "train", List.of("warehouse=" + file), "a-file cannot be written", "set another");
  }

  @Test
  void warehouseThatIsNotThere() {
    commands.refused(
        "report cost", List.of("warehouse=" + folder.resolve("none")), "none: does not exist");
  }

  @Test
  void folderThatIsNoDeltaTable() throws IOException {
    Path rewards = Files.createDirectories(folder.resolve("mixed/rewards"));
    Files.writeString(rewards.resolve("notes.txt"), "mine");
    commands.refused(
        "train",
        List.of("warehouse=" + folder.resolve("mixed")),
        "mixed/rewards: not a Delta table, but it holds notes.txt; move it away");
    assertEquals("mine", Files.readString(rewards.resolve("notes.txt")));
  }

  @Test
  void tableOfAnotherSchema() throws IOException {
    Path table = folder.resolve("other-schema/rewards");
    try (var spark = LocalSpark.open()) {
      spark.range(3).toDF("run").write().format("delta").save(table.toString());
    }
    commands.refused(
        "train",
        List.of("warehouse=" + folder.resolve("other-schema")),
        "other-schema/rewards: table rewards: column 1 is run bigint where",
        "choose another warehouse");
  }

  @Test
  void secondDriverOnTheRun() throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.mirrorspark.table.RunLeaseTest$OtherDriver",
                folder.resolve("warehouse").toString(),
                "tiny",
                "60000")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertEquals("held", output.readLine());
      commands.refused(
          "train", List.of(), "run tiny is held by another driver (pid " + process.pid(), "stop");
    } finally {
      process.destroyForcibly().waitFor();
    }
    commands.succeeds("train", List.of("train.iterations=1"));
  }

  /** Each time the disk is full at another place; with room the same command goes on. */
  @Test
  void fullDisk() throws Exception {
    Path disk = Files.createDirectories(folder.resolve("disk"));
    assumeTrue(
        process("mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", disk.toString()) == 0,
        "only root can mount a small file system");
    try {
      var few =
          List.of(
              "warehouse=" + disk.resolve("warehouse"),
              "prompts.imports=[]",
              "prompts.generators=[{name: chain, min_level: 4, max_level: 9}]",
              "prompts.train=8",
              "prompts.heldout=0",
              "prompts.warmup=64",
              "sft.epochs=1",
              "init.hidden=256",
              "init.intermediate=512",
              "init.max_positions=512");
      var many = new ArrayList<>(few);
      many.addAll(List.of("prompts.dataset=many", "prompts.train=6000"));
      commands.refused("prompts generate", few, "disk is full");
      room(disk, "64m");
      commands.succeeds("prompts generate", few);
      room(disk, used(disk) + 100 + "k");
      commands.refused(
          "prompts generate", many, "disk is full", "nothing was added to table prompts");
      room(disk, "64m");
      commands.succeeds("prompts generate", many);
      room(disk, used(disk) + 500 + "k");
      commands.refused("sft", few, "disk/warehouse/", "No space left on device", "room");
      room(disk, "64m");
      commands.succeeds("sft", few);
    } finally {
      assertEquals(0, process("umount", "-l", disk.toString()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "replay --iteration 7 | run tiny has no finished iteration 7: it has 1, numbered from 0",
        "replay 7 | run tiny has no finished iteration 7: it has 1, numbered from 0",
        "replay --iteration -1 | run tiny has no finished iteration -1",
        "replay --iteration 0 --set run=nobody | run nobody has no finished iteration 0",
        "eval --policy 9 | run tiny has no policy version 9: it has 3 versions",
        "eval --set run=nobody | run nobody has no policy",
        "report summary --set run=nobody | run nobody has no evaluations",
        "report compare | --other-warehouse or --other-run",
        "report compare --other-warehouse /nowhere | --other-warehouse /nowhere: holds no tables",
      })
  void whatIsNotThereYet(String command, String message) {
    commands.refused(command, List.of(), message);
  }

  private static void room(Path disk, String size) throws InterruptedException {
    assertEquals(0, process("mount", "-o", "remount,size=" + size, disk.toString()));
  }

  /** Kilobytes in use. */
  private static long used(Path disk) {
    var file = disk.toFile();
    return (file.getTotalSpace() - file.getUsableSpace()) / 1024;
  }

  private static int process(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      return -1; // no such program
    }
  }
}
