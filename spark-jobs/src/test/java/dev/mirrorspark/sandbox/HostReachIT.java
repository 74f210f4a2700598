package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that reach beyond the limits of their box, and what the next program has of it. */
class HostReachIT {
  private static final Limits LIMITS = new Limits(10, 20, 64, 16, 256, 512);

  /** Fills the files in memory from a process that is itself tiny. */
  private static final String FILL =
      """
      #include <fcntl.h>
      #include <stdio.h>
      #include <unistd.h>
      static char page[4096];
      int main(void) {
        char name[40];
        for (int i = 0;; i++) {
          sprintf(name, "%s/%d", i % 2 ? "/tmp" : "/work", i);
          int file = open(name, O_CREAT | O_WRONLY, 0600);
          for (int k = 0; k < 256; k++)
            write(file, page, sizeof page);
          close(file);
        }
      }
      """;

  private static final String SUM =
      "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d %d\", &a, &b);"
          + " printf(\"%d\\n\", a + b); return 0; }";

  private static final Run.Check TWO_AND_TWO = new Run.Cases(List.of(new Run.Case("2 2", "4")));

  @TempDir Path folder;

  /** The verdicts on programs that fill the memory, each followed by a right one, in one slot. */
  private static List<String> verdicts(Sandbox sandbox) throws InterruptedException {
    List<String> verdicts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (Run run :
          List.of(
              new Run("c", FILL, new Run.Once(""), LIMITS),
              new Run("c", SUM, TWO_AND_TWO, LIMITS))) {
        verdicts.add(sandbox.judge(run).verdict().label());
      }
    }
    return verdicts;
  }

  private static final List<String> RIGHT =
      Stream.of(1, 2, 3).flatMap(i -> Stream.of("memory limit", "passed")).toList();

  @Test
  void filledMemoryKillsTheProgramAndNotItsBox() throws Exception {
    try (var sandbox = Sandboxes.start("sandbox.slots=1")) {
      assumeGroups(sandbox);
      assertEquals(RIGHT, verdicts(sandbox));
      assertEquals(List.of(), ProcessHandle.current().descendants().toList());
    }
  }

  /** Where nobody reaps what is orphaned: in a container whose process 1 is the JVM. */
  @Test
  void theSameWhereTheJvmIsProcess1() throws Exception {
    try (var sandbox = Sandboxes.start("sandbox.slots=1")) {
      assumeGroups(sandbox);
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Path classPath = folder.resolve("class-path");
    Files.writeString(
        classPath, "-cp \"" + System.getProperty("java.class.path").replace("\\", "\\\\") + "\"");
    Process process =
        new ProcessBuilder(
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Djava.io.tmpdir=" + folder,
                "-XX:TieredStopAtLevel=1",
                "@" + classPath,
                HostReachIT.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    assertEquals(RIGHT + " zombies: []", output.strip().lines().reduce((a, b) -> b).orElse(""));
  }

  /** Entry point of the JVM that is process 1. */
  public static void main(String[] args) throws Exception {
    try (var sandbox = Sandbox.start(Sandboxes.config("sandbox.slots=1"))) {
      List<String> verdicts = verdicts(sandbox);
      System.out.println(verdicts + " zombies: " + zombies());
    }
  }

  private static List<String> zombies() throws IOException {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(path -> path.getFileName().toString().matches("\\d+"))
          .map(path -> path.resolve("stat"))
          .map(HostReachIT::text)
          .filter(stat -> stat.contains(") Z "))
          .collect(Collectors.toList());
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }

  /** What a program has read stays in the kernel's cache; the next one does not answer for it. */
  @Test
  void filesThatAProgramHasReadAreNotTheNextOnesMemory() throws Exception {
    Path read =
        Files.createDirectory(Path.of("/var/tmp").resolve("mirrorspark-" + System.nanoTime()));
    Path large = read.resolve("large");
    try {
      Files.write(large, new byte[96 << 20]);
      try (var sandbox = Sandboxes.start("sandbox.slots=1", "sandbox.binds=[" + read + "]")) {
        assumeGroups(sandbox);
        String source = "print(len(open('%s', 'rb').read(1 << 20)))".formatted(large);
        sandbox.judge(Sandboxes.python(LIMITS, "print(1)")); // warm
        double before = sandbox.judge(Sandboxes.python(LIMITS, "print(1)")).memoryMb();
        for (int i = 0; i < 2; i++) {
          dropFromCache(large);
          Outcome reader =
              sandbox.judge(
                  Sandboxes.python(
                      LIMITS.withMemory(160),
                      """
                      n = 0
                      with open("%s", "rb", buffering=0) as file:
                          while part := file.read(1 << 20):
                              n += len(part)
                      print(n)
                      """
                          .formatted(large)));
          assertEquals(Integer.toString(96 << 20), reader.stdout().strip(), reader::toString);
          Outcome next = sandbox.judge(Sandboxes.python(LIMITS, source.replace("1 << 20", "1")));
          assertEquals(ProgramVerdict.PASSED, next.verdict(), next::toString);
          assertTrue(
              next.memoryMb() < before + 8,
              () -> "%s before, %s after".formatted(before, next.memoryMb()));
        }
      }
    } finally {
      Files.deleteIfExists(large);
      Files.delete(read);
    }
  }

  private static void dropFromCache(Path file) throws Exception {
    Process dropped =
        new ProcessBuilder(
                "python3",
                "-c",
                "import os, sys; f = os.open(sys.argv[1], os.O_RDWR); os.fsync(f);"
                    + " os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED)",
                file.toString())
            .inheritIO()
            .start();
    assertEquals(0, dropped.waitFor());
  }

  private static void assumeGroups(Sandbox sandbox) {
    Assumptions.assumeFalse(
        sandbox.missing().containsKey(Feature.MEMORY_CGROUP), "no control groups of memory");
    Assumptions.assumeTrue(sandbox.languages().contains("c"), "no C compiler");
  }

  /** What is left of a box in which nobody reaps is seen before the next program comes. */
  @Test
  void aGroupWithWhatIsNotReapedIsNotEmpty() throws Exception {
    try (var sandbox = Sandboxes.start("sandbox.slots=1")) {
      assumeGroups(sandbox);
      ControlGroup group = ControlGroup.open("test-" + ProcessHandle.current().pid()).orElseThrow();
      String joins =
          group.doors().stream()
              .map(door -> "echo 0 > " + door)
              .collect(Collectors.joining(" && "));
      // the parent never waits for the child, which has joined and ended
      Process parent =
          new ProcessBuilder(
                  "python3",
                  "-c",
                  "import os, subprocess, sys, time; p = subprocess.Popen(['sh', '-c', sys.argv[1]]);"
                      + " time.sleep(1); print('ended', flush=True); time.sleep(60)",
                  joins)
              .start();
      try {
        assertEquals('e', parent.getInputStream().read());
        assertTrue(!group.empty(), "its child is a zombie");
      } finally {
        parent.destroyForcibly().waitFor();
      }
      for (int i = 0; !group.empty() && i < 200; i++) {
        Thread.sleep(10);
      }
      assertTrue(group.empty() && group.kill(-1));
      group.remove();
    }
  }
}
