package dev.mirrorspark.files;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Hadoop's mini cluster in a process of its own, so that its jar, which brings copies of half the
 * world, stays off the tests' class path.
 */
public final class HdfsProcess implements AutoCloseable {
  private static final Path JAR = Path.of("target/minicluster").toAbsolutePath();

  private final Process process;
  private final String address;

  private HdfsProcess(Process process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it; its files lie in the folder. */
  public static HdfsProcess start(Path folder) throws IOException {
    assertTrue(
        Files.isDirectory(JAR),
        JAR + " is missing: the build copies hadoop-client-minicluster there");
    String tests =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    var process =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElse("java"),
                    "-Xmx512m",
                    "-Djava.awt.headless=true",
                    "-cp",
                    JAR + "/*" + File.pathSeparator + tests,
                    "src/test/hdfs/MiniHdfs.java",
                    folder.toString()))
            .redirectError(folder.resolve("hdfs.log").toFile())
            .start();
    var lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("hdfs ")) {
        return new HdfsProcess(process, line.substring("hdfs ".length()));
      }
    }
    throw new IOException(Files.readString(folder.resolve("hdfs.log")));
  }

  /** Its address, {@code hdfs://localhost:PORT}. */
  public String address() {
    return address;
  }

  /** Ends it, and waits until it writes no more: its folder is about to be deleted. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
