package dev.mirrorspark.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Iterations.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrackersTest {
  @TempDir private Path folder;
  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

  static Metrics metrics(int iteration) {
    return new Metrics(
        "run",
        iteration,
        iteration,
        8,
        64,
        0.25 * iteration,
        1,
        20.5,
        30,
        Map.of("stop", 60, "length", 4),
        0.75,
        Map.of("no_signal", 16),
        0.125,
        2,
        Double.NaN,
        0.3,
        1e-6,
        1e-5,
        1 << 20,
        2000,
        0.1,
        5000,
        12.5,
        Map.of("rollout", 8.0),
        Map.of(),
        Instant.ofEpochSecond(1_700_000_000L + iteration),
        Map.of(),
        0,
        Double.NaN,
        1.5,
        Double.NaN,
        Double.NaN);
  }

  private RunConfig config(String... sets) {
    List<String> all = new ArrayList<>(List.of("run=mine", "warehouse=w"));
    all.addAll(List.of(sets));
    return RunFile.load(Optional.empty(), all);
  }

  private Trackers start(RunConfig config, int finished) {
    return Trackers.start(
        config,
        Map.of("SECRET", "s3cret"),
        RunFile.values(RunFile.toYaml(config)),
        finished,
        warnings::add);
  }

  private void run(RunConfig config, int finished, int iterations) {
    try (var trackers = start(config, finished)) {
      for (int i = 0; i < iterations; i++) {
        trackers.iteration(metrics(i), "/models/policy-" + (i + 1));
      }
      trackers.report(() -> "<!DOCTYPE html><p>page</p>");
      trackers.finished();
    }
  }

  @Test
  void eventFilesHoldWhatTheTableHolds() throws IOException {
    var config = config("track.tensorboard=" + folder);
    run(config, 0, 3);
    assertEquals(List.of(), warnings);
    var events = events();
    assertEquals("brain.Event:2", events.get(0).text(3));
    assertTrue(events.get(1).message(5).message(1).message(8).text(8).contains("| train.tau | `"));
    assertEquals("text", events.get(1).message(5).message(1).message(9).message(1).text(1));
    assertEquals(5, events.size());
    for (int i = 0; i < 3; i++) {
      var event = events.get(2 + i);
      assertEquals(i, event.number(2));
      assertTrue(Math.abs(event.real(1) - System.currentTimeMillis() / 1e3) < 100);
      Map<String, Float> values = new HashMap<>();
      event.message(5).all(1).forEach(value -> values.put(value.text(1), value.single(2)));
      assertEquals(0.25f * i, values.get("accuracy"));
      assertEquals(20.5f, values.get("mean_tokens"));
      assertEquals(1 << 20, values.get("rollout_tokens"));
      assertEquals(60, values.get("stop_reasons/stop"));
      assertEquals(8, values.get("seconds_by_stage/rollout"));
      assertFalse(values.containsKey("kl_estimate")); // it has none
    }
    // a process that goes on: the iterations before are there already
    run(config, 3, 5);
    var steps = events().stream().filter(e -> e.has(5)).map(e -> e.number(2)).sorted().toList();
    assertEquals(List.of(0L, 0L, 1L, 2L, 3L, 4L), steps); // settings, and one of each
  }

  /** Every record of the run's files, in the order of the files. */
  private List<Message> events() throws IOException {
    List<Message> events = new ArrayList<>();
    try (var files = Files.newDirectoryStream(folder.resolve("mine"))) {
      for (Path file : files) {
        assertTrue(file.getFileName().toString().matches("events\\.out\\.tfevents\\.\\d{10}\\..*"));
        var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
          byte[] length = new byte[8];
          bytes.get(length);
          assertEquals(masked(length), bytes.getInt());
          byte[] data =
              new byte
                  [Math.toIntExact(
                      ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong())];
          bytes.get(data);
          assertEquals(masked(data), bytes.getInt());
          events.add(new Message(data));
        }
      }
    }
    return events;
  }

  /** CRC-32C bit by bit, by its polynomial, masked as TFRecord says. */
  private static int masked(byte[] bytes) {
    int crc = ~0;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int i = 0; i < 8; i++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
      }
    }
    crc = ~crc;
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  @Test
  void theChecksumIsThatOfTheStandard() {
    int crc = masked("123456789".getBytes(StandardCharsets.US_ASCII)) - 0xa282ead8;
    assertEquals(0xe3069283, crc >>> 17 | crc << 15); // RFC 3720, B.4
  }

  /** A message in the wire format, by field. */
  private static final class Message {
    private final Map<Integer, List<Object>> fields = new TreeMap<>();

    Message(byte[] data) {
      var bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        long key = varint(bytes);
        Object value =
            switch ((int) (key & 7)) {
              case 0 -> varint(bytes);
              case 1 -> bytes.getDouble();
              case 5 -> bytes.getFloat();
              default -> {
                byte[] block = new byte[(int) varint(bytes)];
                bytes.get(block);
                yield block;
              }
            };
        fields.computeIfAbsent((int) (key >>> 3), field -> new ArrayList<>()).add(value);
      }
    }

    private static long varint(ByteBuffer bytes) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte b = bytes.get();
        value |= (long) (b & 0x7f) << shift;
        if (b >= 0) {
          return value;
        }
      }
    }

    boolean has(int field) {
      return fields.containsKey(field);
    }

    long number(int field) {
      return (Long) fields.get(field).get(0);
    }

    double real(int field) {
      return (Double) fields.get(field).get(0);
    }

    float single(int field) {
      return (Float) fields.get(field).get(0);
    }

    String text(int field) {
      return new String((byte[]) fields.get(field).get(0), StandardCharsets.UTF_8);
    }

    Message message(int field) {
      return new Message((byte[]) fields.get(field).get(0));
    }

    List<Message> all(int field) {
      return fields.get(field).stream().map(block -> new Message((byte[]) block)).toList();
    }
  }

  @Test
  void mlflowHoldsWhatTheTableHolds() throws IOException {
    try (var server = new MlflowFake(Optional.of("s3cret"))) {
      var config =
          config(
              "track.mlflow=" + server.address() + "/",
              "track.mlflow_experiment=my runs",
              "track.mlflow_token_env=SECRET");
      run(config, 0, 3);
      assertEquals(List.of(), warnings);
      assertEquals(Map.of("my runs", "1"), server.experiments);
      assertEquals(1, server.runs.size());
      var info = server.runs.values().iterator().next().path("info");
      assertEquals("FINISHED", info.path("status").asText());
      assertEquals("mine", info.path("run_name").asText());
      assertEquals(Map.of(0L, 0.0, 1L, 0.25, 2L, 0.5), server.metrics.get("accuracy"));
      assertEquals(1 << 20, server.metrics.get("rollout_tokens").get(2L));
      assertFalse(server.metrics.containsKey("kl_estimate"));
      assertEquals("mine", server.params.get("run"));
      assertEquals("w", server.params.get("warehouse"));
      assertTrue(server.params.size() > 100);
      assertEquals("/models/policy-3", server.tags.get("mirrorspark.checkpoint"));
      assertEquals(
          Map.of(
              "1/" + info.path("run_id").asText() + "/artifacts/report.html",
              "<!DOCTYPE html><p>page</p>"),
          server.artifacts);
      // a process that goes on with the same run
      run(config, 3, 4);
      assertEquals(List.of(), warnings);
      assertEquals(1, server.runs.size());
      assertEquals(4, server.metrics.get("accuracy").size());
    }
  }

  @Test
  void aTrackerThatKnowsNothingOfARunIsToldAllOfIt() throws IOException {
    try (var server = new MlflowFake(Optional.empty())) {
      run(config("track.mlflow=" + server.address()), 3, 4);
      assertEquals(4, server.metrics.get("accuracy").size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 500, 503})
  void aServerThatRefusesIsSaidOnce(int status) throws IOException {
    try (var server = new MlflowFake(Optional.empty())) {
      server.broken = status;
      run(config("track.mlflow=" + server.address()), 0, 3);
      assertEquals(1, warnings.size(), warnings.toString());
      assertTrue(warnings.get(0).contains("status " + status), warnings.get(0));
    }
  }

  @Test
  void aRunThatFailsIsMarkedSo() throws IOException {
    try (var server = new MlflowFake(Optional.empty())) {
      try (var trackers = start(config("track.mlflow=" + server.address()), 0)) {
        trackers.report(
            () -> {
              throw new IllegalStateException("no page");
            });
      }
      assertEquals(
          "FAILED", server.runs.values().iterator().next().path("info").path("status").asText());
      assertEquals(List.of("note: no report for the trackers (no page)"), warnings);
    }
  }

  @Test
  void aServerThatIsNotThereOrDoesNotAnswerStopsNothing() throws IOException {
    run(config("track.mlflow=http://127.0.0.1:1"), 0, 2);
    assertEquals(1, warnings.size(), warnings.toString());
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      long start = System.nanoTime();
      var trackers = start(config("track.mlflow=http://127.0.0.1:" + silent.getLocalPort()), 0);
      for (int i = 0; i < 1000; i++) {
        trackers.iteration(metrics(i), "");
      }
      trackers.close(Duration.ofMillis(200));
      assertTrue(System.nanoTime() - start < 5e9);
    }
  }

  @Test
  void aFolderThatCannotBeIsSaidOnce() throws IOException {
    Files.writeString(folder.resolve("file"), "x");
    run(config("track.tensorboard=" + folder.resolve("file")), 0, 3);
    assertEquals(1, warnings.size(), warnings.toString());
  }

  @Test
  void withoutTrackersThereAreNone() {
    assertTrue(start(config(), 0).none());
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:5000", "ftp://host", "http://me:secret@host", "http://h/?q=1"})
  void addressesThatAreNoneAreRefused(String address) {
    var fault = assertThrows(UserError.class, () -> config("track.mlflow=" + address));
    assertTrue(fault.getMessage().contains("track.mlflow"), fault.getMessage());
  }
}
