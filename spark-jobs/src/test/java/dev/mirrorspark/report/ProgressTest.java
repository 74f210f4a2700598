package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final String ERASE = "\r\u001b[K";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void withoutATerminalThereIsPlainTextAndAStatusLineEveryTenSeconds() {
    var progress = progress(false, 80);
    try (var stage = progress.stage("rollout", 1000)) {
      for (int second = 1; second <= 25; second++) {
        nanos.addAndGet(1_000_000_000L);
        stage.update(second * 10, "5,200 tokens/s");
      }
      stage.done("accuracy 41.2%");
    }
    assertEquals(
        List.of(
            "rollout 100/1,000 · 5,200 tokens/s · 1:30 min left",
            "rollout 200/1,000 · 5,200 tokens/s · 1:20 min left",
            "rollout: accuracy 41.2% (25.0 s)"),
        output().lines().toList());
    assertTrue(output().chars().allMatch(c -> c == '\n' || c >= ' '), output());
  }

  @Test
  void onATerminalTheStatusLineIsRewrittenAndFinishedLinesStay() {
    var progress = progress(true, 80);
    try (var stage = progress.stage("rollout", 10)) {
      nanos.addAndGet(200_000_000L);
      stage.update(5, "");
      stage.update(6, ""); // too soon after the last one
      progress.line("a note");
      stage.done("ten responses");
    }
    String screen = "rollout 6/10 · 0.1 s left";
    assertEquals(
        ERASE
            + "rollout 0/10"
            + ERASE
            + "rollout 5/10 · 0.2 s left"
            + ERASE
            + "a note\n"
            + ERASE
            + screen
            + ERASE
            + "rollout: ten responses (0.2 s)\n",
        output());
  }

  @Test
  void theStatusLineNeverWraps() {
    var progress = progress(true, 20);
    progress.stage("a stage with a long name", 0);
    assertEquals(ERASE + "a stage with a long", output());
  }

  @Test
  void openStagesShareTheStatusLineOutermostFirst() {
    var progress = progress(true, 80);
    try (var outer = progress.stage("iteration", 20)) {
      outer.update(3, "accuracy 41.2%");
      nanos.addAndGet(200_000_000L);
      var inner = progress.stage("rollout", 8);
      assertTrue(
          output().endsWith("iteration 3/20 · accuracy 41.2% · 1.1 s left │ rollout 0/8"),
          output());
      inner.close();
      assertTrue(
          output().endsWith(ERASE + "iteration 3/20 · accuracy 41.2% · 1.1 s left"), output());
    }
    assertTrue(output().endsWith(ERASE), output());
  }

  @Test
  void nothingFollowsTheLastLine() {
    var progress = progress(true, 80);
    var stage = progress.stage("rollout", 8);
    progress.stop(List.of("stopped"));
    nanos.addAndGet(1_000_000_000L);
    stage.update(5, "");
    stage.done("x");
    progress.line("late");
    assertEquals(ERASE + "rollout 0/8" + ERASE + "stopped\n", output());
  }

  @Test
  void linesOfManyThreadsDoNotMix() throws InterruptedException {
    var progress = progress(false, 80);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      var thread =
          new Thread(
              () -> {
                for (int n = 0; n < 200; n++) {
                  try (var stage = progress.stage("work", 1)) {
                    stage.update(1, "");
                    stage.done("done");
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (var thread : threads) {
      thread.join();
    }
    assertEquals(800, output().lines().filter("work: done (0.0 s)"::equals).count());
    assertEquals(800, output().lines().count());
  }

  @Test
  void tablesAreAligned() {
    progress(false, 80)
        .table(
            List.of("policy", "pass@1"),
            List.of(List.of("1 (after the warm-up)", "9.5%"), List.of("21", "100.0%")));
    assertEquals(
        List.of(
            "policy                 pass@1",
            "─────────────────────  ──────",
            "1 (after the warm-up)    9.5%",
            "21                     100.0%"),
        output().lines().toList());
  }

  @Test
  void durationsAreShort() {
    assertEquals("8.3 s", Progress.duration(8.31));
    assertEquals("1:00 min", Progress.duration(59.97));
    assertEquals("2:05 min", Progress.duration(125));
    assertEquals("1:02:05 h", Progress.duration(3725));
  }

  private Progress progress(boolean tty, int columns) {
    return new Progress(
        new PrintStream(bytes, true, StandardCharsets.UTF_8), tty, columns, nanos::get);
  }

  private String output() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
