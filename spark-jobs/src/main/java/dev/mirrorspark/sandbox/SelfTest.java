package dev.mirrorspark.sandbox;

import static java.util.stream.Collectors.toSet;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds out what this machine gives a box, by starting one: about as long as a program takes.
 *
 * @param command how boxes are started here
 * @param privileged whether slots have users of their own
 * @param missing what the machine lacks, and how that shows
 * @param seconds what the test took
 */
record SelfTest(
    BoxCommand command, boolean privileged, Map<Feature, String> missing, double seconds) {
  private static final Limits LIMITS = new Limits(5, 20, 64, 8, 64, 8);

  /** The users from {@code sandbox.first_uid} on that slots choose from. */
  static final int USERS = 500;

  /** A kind of box that may start. */
  private record Attempt(BoxCommand command, boolean privileged) {}

  /**
   * Tests the machine.
   *
   * @param folder for its files; is made
   * @throws UserError if no box starts, or the machine lacks what the configuration does not allow
   *     it to lack
   */
  static SelfTest run(RunConfig.Sandbox config, BoxRunner runner, PreparedRoot root, Path folder)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path bubblewrap =
        found(config.bubblewrap())
            .orElseThrow(
                () ->
                    new UserError(
                        "sandbox.bubblewrap: no program %s on this machine; install bubblewrap"
                                .formatted(config.bubblewrap())
                            + " (Debian, Ubuntu: apt-get install bubblewrap), 0.7 or newer"));
    Optional<Path> filter = filter(folder);
    Optional<Path> chroot = found("chroot");
    boolean privileged =
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0) && chroot.isPresent();
    List<Attempt> attempts = new ArrayList<>();
    for (boolean limits : new boolean[] {true, false}) {
      var whole = new BoxCommand(bubblewrap, filter, chroot, limits, root);
      var unfiltered = new BoxCommand(bubblewrap, Optional.empty(), chroot, limits, root);
      if (privileged) {
        attempts.add(new Attempt(whole, true));
        attempts.add(new Attempt(unfiltered, true));
      }
      attempts.add(new Attempt(whole, false));
      attempts.add(new Attempt(unfiltered, false));
    }
    String fault = "";
    int number = 0;
    for (Attempt attempt : attempts) {
      Path place = folder.resolve("self-test-" + number++);
      try (Slot slot = slot(attempt.privileged, config, place)) {
        var job =
            new BoxRunner.Job(
                List.of("cat", "/proc/self/status", "/proc/self/uid_map", "/proc/self/limits"),
                Map.of(),
                Map.of(),
                new byte[0],
                LIMITS,
                true,
                true,
                Optional.empty());
        Ended ended = runner.run(attempt.command, slot, job);
        if (ended.started() && ended.exitCode() == 0) {
          Map<Feature, String> missing = missing(slot, ended);
          refuse(missing, config.allowMissing());
          double seconds = (System.nanoTime() - start) / 1e9;
          return new SelfTest(attempt.command, attempt.privileged, missing, seconds);
        }
        fault = fault.isEmpty() ? ended.lastErrorLine() : fault;
      }
    }
    throw new UserError(
        "sandbox: this machine starts no box (%s); %s"
            .formatted(fault, Feature.USER_NAMESPACES.mend()));
  }

  /** A slot, of the kind that starts here. */
  static Slot slot(boolean privileged, RunConfig.Sandbox config, Path folder) throws IOException {
    return privileged
        ? Slot.privileged(folder, config.firstUid(), USERS)
        : Slot.unprivileged(folder);
  }

  private static Map<Feature, String> missing(Slot slot, Ended ended) {
    Set<List<String>> lines = ended.outText().lines().map(SelfTest::words).collect(toSet());
    Map<Feature, String> missing = new EnumMap<>(Feature.class);
    if (!lines.contains(List.of("Seccomp:", "2"))) {
      missing.put(Feature.SECCOMP, "no filter is at work in the box");
    }
    String user = Integer.toString(BoxCommand.USER);
    if (slot.uid().isEmpty()
        || !lines.contains(List.of(user, Integer.toString(slot.uid().get()), "1"))) {
      missing.put(Feature.UID_SWITCH, "the box has the user that runs it");
    }
    int cpu = (int) LIMITS.cpuSeconds();
    var limit =
        List.of("Max", "cpu", "time", Integer.toString(cpu), Integer.toString(cpu + 1), "seconds");
    if (!lines.contains(limit)) {
      missing.put(Feature.RLIMITS, "no limit on processor time is set in the box");
    }
    if (slot.group().isEmpty() || ended.memoryBytes() == 0) {
      missing.put(Feature.MEMORY_CGROUP, "no memory is counted for the box");
    }
    if (slot.group().isEmpty()) {
      missing.put(Feature.PIDS_CGROUP, "no processes are counted for the box");
    }
    return missing;
  }

  private static List<String> words(String line) {
    return Collections.list(new StringTokenizer(line)).stream().map(String.class::cast).toList();
  }

  private static void refuse(Map<Feature, String> missing, List<String> allowed) {
    List<Feature> refused =
        missing.keySet().stream().filter(feature -> !allowed.contains(feature.label())).toList();
    if (!refused.isEmpty()) {
      throw new UserError(
          "sandbox: this machine lacks %s; to run without all the same, set sandbox.allow_missing=[%s]"
              .formatted(
                  refused.stream()
                      .map(
                          feature ->
                              "%s (without it: %s; %s)"
                                  .formatted(feature.label(), feature.without(), feature.mend()))
                      .collect(Collectors.joining(", ")),
                  missing.keySet().stream().map(Feature::label).collect(Collectors.joining(", "))));
    }
  }

  private static Optional<Path> filter(Path folder) throws IOException {
    Optional<SystemCalls> calls = SystemCalls.of(System.getProperty("os.arch"));
    return calls.isEmpty()
        ? Optional.empty()
        : Optional.of(Files.write(folder.resolve("filter.bpf"), SystemCallFilter.of(calls.get())));
  }

  private static Optional<Path> found(String program) {
    if (program.contains("/")) {
      return Optional.of(Path.of(program)).filter(Files::isExecutable);
    }
    String path =
        Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/bin:/bin:/usr/sbin:/sbin";
    return Stream.of(path.split(":"))
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
