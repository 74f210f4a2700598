package dev.mirrorspark.track;

import dev.mirrorspark.table.Iterations.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * A TensorBoard event file: records of TFRecord (length, masked CRC-32C of it, data, masked CRC-32C
 * of them), each an {@code Event} of TensorFlow's {@code event.proto}. A process that goes on with
 * a run adds a file of its own, which TensorBoard reads as one with those before.
 */
final class TensorBoardLog implements Tracker {
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int TENSOR = 8;
  private static final int METADATA = 9;
  private static final int DT_STRING = 7;
  private static final int MASK = 0xa282ead8;
  private static final String FILES = "events.out.tfevents.*";

  private final Path folder;
  private Path file;

  /**
   * @param folder of all runs
   */
  TensorBoardLog(Path folder, String run) {
    this.folder = folder.resolve(run);
  }

  @Override
  public String name() {
    return "TensorBoard in " + folder;
  }

  @Override
  public boolean start(Map<String, String> settings) throws IOException {
    Files.createDirectories(folder);
    boolean first;
    try (var files = Files.newDirectoryStream(folder, FILES)) {
      first = !files.iterator().hasNext();
    }
    file =
        folder.resolve(
            "events.out.tfevents.%010d.%s.%d.0"
                .formatted(Instant.now().getEpochSecond(), host(), ProcessHandle.current().pid()));
    append(event(0).text(FILE_VERSION, "brain.Event:2"));
    if (first) {
      append(event(0).message(SUMMARY, new ProtoBytes().message(VALUE, text(settings))));
    }
    return first;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9-]", "-");
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** The settings as TensorBoard's text plug-in shows them, in Markdown. */
  private static ProtoBytes text(Map<String, String> settings) {
    String table =
        settings.entrySet().stream()
            .map(entry -> "| %s | `%s` |".formatted(entry.getKey(), cell(entry.getValue())))
            .collect(Collectors.joining("\n", "| key | value |\n|---|---|\n", "\n"));
    var shape = new ProtoBytes().message(2, new ProtoBytes().number(1, 1));
    var tensor = new ProtoBytes().number(1, DT_STRING).message(2, shape).text(8, table);
    var plugin = new ProtoBytes().text(1, "text");
    return new ProtoBytes()
        .text(TAG, "settings")
        .message(TENSOR, tensor)
        .message(METADATA, new ProtoBytes().message(1, plugin).number(4, 2));
  }

  private static String cell(String value) {
    return value.replace("|", "\\|").replace("`", "'").replace("\n", " ");
  }

  @Override
  public void iteration(Metrics metrics, String checkpoint) throws IOException {
    var summary = new ProtoBytes();
    TrackedFigures.of(metrics)
        .forEach(
            (name, value) ->
                summary.message(
                    VALUE,
                    new ProtoBytes().text(TAG, name).real(SIMPLE_VALUE, value.floatValue())));
    append(event(metrics.iteration()).message(SUMMARY, summary));
  }

  @Override
  public void report(String html) {
    // TensorBoard shows no pages
  }

  @Override
  public void end(boolean finished) {
    // each event is in the file already
  }

  private static ProtoBytes event(long step) {
    double now = System.currentTimeMillis() / 1000.0;
    return new ProtoBytes().real(WALL_TIME, now).number(STEP, step);
  }

  /** One write a record: a reader sees whole ones, and at worst the last one in part. */
  private void append(ProtoBytes event) throws IOException {
    byte[] data = event.array();
    ByteBuffer length = ProtoBytes.littleEndian(8).putLong(data.length);
    ByteBuffer record = ProtoBytes.littleEndian(8 + 4 + data.length + 4);
    record.put(length.array()).putInt(masked(length.array())).put(data).putInt(masked(data));
    Files.write(file, record.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static int masked(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }
}
