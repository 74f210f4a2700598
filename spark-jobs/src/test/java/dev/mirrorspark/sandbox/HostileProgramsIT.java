package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each hostile program is contained, leaves the host as it was, and the next program never knows.
 */
class HostileProgramsIT {
  /** Sees whether it finds what a program before it may have left. */
  private static final String NEXT =
      """
      import os, socket, ctypes
      assert os.listdir("/tmp") == [] and os.listdir("/work") == [], os.listdir("/tmp")
      assert sorted(os.listdir("/box")) == ["main.py"], os.listdir("/box")
      assert len([p for p in os.listdir("/proc") if p.isdigit()]) == 2
      assert open("/box/main.py").read().startswith("import os, socket, ctypes")
      assert ctypes.CDLL(None).shmget(0x1234, 0, 0) == -1
      client = socket.socket(socket.AF_UNIX)
      try:
          client.connect("\\0hostile")
          raise SystemExit("a socket is left")
      except OSError:
          pass
      print("unaffected")
      """;

  private static final Limits LIMITS = new Limits(1, 2.5, 128, 16, 256, 16);

  private static final List<String> TRACES =
      List.of("/tmp/hole", "/tmp/device", "/tmp/link", "/tmp/link2", "/usr/x", "/usr/bin/x");

  private static List<String> rootBefore;
  @TempDir static Path hostFolder;
  private static Sandbox sandbox;
  private static ServerSocket server;
  private static String prelude;

  /** A hostile program. */
  record Hostile(String name, List<String> verdicts, String source) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    sandbox = Sandboxes.start("sandbox.slots=1");
    rootBefore = names(Path.of("/"));
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Path secret = Files.writeString(hostFolder.resolve("secret"), "secret");
    Map<String, Integer> calls =
        SystemCalls.of(System.getProperty("os.arch")).orElseThrow().numbers();
    prelude =
        """
        import contextlib, ctypes, errno, mmap, os, platform, resource, signal, socket, stat, struct, sys
        import threading, time
        libc = ctypes.CDLL(None, use_errno=True)
        HOST_PORT = %d
        HOST_FILE = "%s"
        HOST_FOLDER = "%s"
        HOST_HOME = "%s"
        HOST_SECRET = "%s"
        NUMBERS = {%s}
        def refused(name, *args, error=errno.EPERM):
            ctypes.set_errno(0)
            result = libc.syscall(NUMBERS[name], *args)
            assert result == -1 and ctypes.get_errno() == error, (name, result, ctypes.get_errno())
        """
            .formatted(
                server.getLocalPort(),
                secret,
                Path.of("").toAbsolutePath(),
                System.getProperty("user.home"),
                System.getenv().getOrDefault("PATH", "?"),
                calls.entrySet().stream()
                    .map(call -> "\"%s\": %d".formatted(call.getKey(), call.getValue()))
                    .collect(Collectors.joining(", ")));
  }

  @AfterAll
  static void stop() throws IOException {
    if (sandbox != null) {
      sandbox.close();
      server.close();
    }
  }

  static List<Hostile> programs() throws IOException {
    String text;
    try (var stream = HostileProgramsIT.class.getResourceAsStream("hostile.txt")) {
      text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Hostile> programs = new ArrayList<>();
    for (String part : text.split("(?m)^=== ")) {
      if (part.startsWith("#")) {
        continue;
      }
      String[] head = part.substring(0, part.indexOf('\n')).split("\\|");
      List<String> verdicts = Arrays.stream(head[1].split(",")).map(String::strip).toList();
      programs.add(new Hostile(head[0].strip(), verdicts, part.substring(part.indexOf('\n') + 1)));
    }
    return programs;
  }

  @Test
  void thereAreAtLeastFortyOfThem() throws IOException {
    assertTrue(programs().size() >= 40);
    assertEquals(programs().size(), programs().stream().map(Hostile::name).distinct().count());
  }

  @ParameterizedTest
  @MethodSource("programs")
  void isContained(Hostile program) throws Exception {
    // one that waits for its limit is not to wait long; the others are not to meet it on a busy
    // machine
    Limits limits = program.verdicts().contains("time limit") ? LIMITS : LIMITS.within(10, 30);
    Outcome outcome = sandbox.judge(Sandboxes.python(limits, prelude + program.source()));
    assertTrue(
        program.verdicts().contains(outcome.verdict().label())
            || memoryIsNotCounted(program, outcome),
        () -> outcome.verdict() + " " + outcome.detail() + "\n" + outcome.stderr());
    assertFalse(outcome.stdout().contains("the call went through"), outcome::stdout);
    assertTrue(outcome.stdout().length() + outcome.stderr().length() <= LIMITS.outputKb() * 1024);
    assertTrue(outcome.seconds() < 40, outcome::toString);
    nothingIsLeft();
    Outcome next = sandbox.judge(Sandboxes.python(LIMITS.within(10, 30), NEXT));
    assertEquals("unaffected\n", next.stdout(), next::toString);
  }

  /** Where no control group counts memory, address space and files bound it, less well. */
  private static boolean memoryIsNotCounted(Hostile program, Outcome outcome) {
    return sandbox.missing().containsKey(Feature.MEMORY_CGROUP)
        && program.verdicts().contains("memory limit")
        && outcome.verdict() != ProgramVerdict.ERROR;
  }

  private static void nothingIsLeft() throws IOException {
    assertEquals(
        List.of(),
        ProcessHandle.current().descendants().map(ProcessHandle::info).toList(),
        "child processes");
    if (!sandbox.missing().containsKey(Feature.UID_SWITCH)) {
      assertEquals(List.of(), processesOfSlots());
    }
    server.setSoTimeout(1);
    try (var connection = server.accept()) {
      throw new AssertionError("a program has reached the host: " + connection);
    } catch (SocketTimeoutException expected) {
      // nobody has called
    }
    for (String trace : TRACES) {
      assertFalse(Files.exists(Path.of(trace)), trace);
    }
    assertEquals(rootBefore, names(Path.of("/")));
    assertEquals(List.of("secret"), names(hostFolder));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** Processes of any of the users that slots of this test's sandbox have had. */
  private static List<String> processesOfSlots() throws IOException {
    int first = Sandboxes.config().firstUid();
    List<String> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process :
          processes.filter(path -> path.getFileName().toString().matches("\\d+")).toList()) {
        try {
          int uid = (int) Files.getAttribute(process, "unix:uid");
          if (sandbox.users().contains(uid) && uid >= first) {
            found.add(process + " " + Files.readString(process.resolve("comm")));
          }
        } catch (IOException gone) {
          // ended meanwhile
        }
      }
    }
    return found;
  }
}
