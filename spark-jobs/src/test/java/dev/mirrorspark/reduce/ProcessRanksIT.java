package dev.mirrorspark.reduce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ranks of an update in processes of their own. */
@Timeout(180)
class ProcessRanksIT {
  private static final int SIZE = 300_007;
  private static final int NOBODY = -1;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"2, 3", "3, 4"})
  void processesGiveTheBitsOfOneLoop(int processes, int ranks) throws Exception {
    assertEquals(List.of(0, 0, 0).subList(0, processes), run(processes, ranks, NOBODY));
    float[] expected = Steps.expected(SIZE, ranks);
    for (int process = 0; process < processes; process++) {
      float[] weights = new float[SIZE];
      ByteBuffer.wrap(Files.readAllBytes(folder.resolve("weights-" + process)))
          .asFloatBuffer()
          .get(weights);
      assertArrayEquals(expected, weights);
    }
  }

  @Test
  void aKilledProcessIsAnExceptionInTheOthers() throws Exception {
    assertEquals(List.of(RankProcess.FAILED, 9), run(2, 3, 2));
    String said = output(0);
    assertTrue(said.contains("rank 0 lost rank 2") || said.contains("rank 1 lost rank 2"), said);
  }

  private List<Integer> run(int processes, int ranks, int dies)
      throws IOException, InterruptedException {
    List<Process> children = new ArrayList<>();
    try {
      for (int process = 0; process < processes; process++) {
        children.add(start(process, processes, ranks, dies));
      }
      List<Integer> ended = new ArrayList<>();
      for (Process child : children) {
        assertTrue(child.waitFor(120, TimeUnit.SECONDS), "a process hangs: " + output(0));
        ended.add(child.exitValue());
      }
      return ended;
    } finally {
      children.forEach(Process::destroyForcibly);
    }
  }

  private Process start(int process, int processes, int ranks, int dies) throws IOException {
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                RankProcess.class.getName(),
                folder.toString(),
                Integer.toString(process),
                Integer.toString(processes),
                Integer.toString(SIZE),
                Integer.toString(ranks),
                Integer.toString(dies))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output-" + process).toFile());
    builder.environment().put("OMP_NUM_THREADS", "1");
    return builder.start();
  }

  private String output(int process) throws IOException {
    return Files.readString(folder.resolve("output-" + process));
  }
}
