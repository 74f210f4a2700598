package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Runs programs that nobody has looked at (Kimi k1.5, 2.6.4): each in a box of its own, with no
 * network, none of the host's files but its programs and libraries, an empty file system in memory,
 * and limits on all that it may use. What remains of one program is nothing; roots, users and
 * control groups are made once and used again.
 */
public final class Sandbox implements Runner, AutoCloseable {
  private static final long RETRY_PAUSE_MS = 100;

  private final RunConfig.Sandbox config;
  private final Map<String, Language> languages;
  private final Workplace workplace;
  private final BoxRunner runner;
  private final SelfTest test;
  private final PythonHarness harness = new PythonHarness();
  private final BlockingQueue<Slot> free = new LinkedBlockingQueue<>();
  private final AtomicInteger slotsMade = new AtomicInteger();

  private Sandbox(RunConfig.Sandbox config, Workplace workplace, BoxRunner runner, SelfTest test) {
    this.config = config;
    this.languages = Language.all(config.languages());
    this.workplace = workplace;
    this.runner = runner;
    this.test = test;
  }

  /**
   * Prepares the sandbox and tests the machine.
   *
   * @throws UserError if the machine lacks what a box needs; its message says what, and the mend
   */
  public static Sandbox start(RunConfig.Sandbox config) throws InterruptedException {
    var runner = new BoxRunner();
    try {
      var workplace = Workplace.make();
      Path folder = workplace.folder();
      try {
        var root = PreparedRoot.in(Files.createDirectory(folder.resolve("root")), config.binds());
        Files.setPosixFilePermissions(root.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
        var sandbox =
            new Sandbox(config, workplace, runner, SelfTest.run(config, runner, root, folder));
        try {
          for (int i = 0; i < sandbox.slots(); i++) {
            sandbox.free.add(sandbox.newSlot());
          }
          return sandbox;
        } catch (IOException | RuntimeException e) {
          sandbox.close();
          throw e;
        }
      } catch (IOException | InterruptedException | RuntimeException e) {
        workplace.close();
        runner.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UserError("sandbox: cannot be prepared (%s)".formatted(e), e);
    }
  }

  private Slot newSlot() throws IOException {
    Path place = workplace.folder().resolve("slot-" + slotsMade.getAndIncrement());
    Slot slot = SelfTest.slot(test.privileged(), config, place);
    if (slot.group().isEmpty() && !test.missing().containsKey(Feature.MEMORY_CGROUP)) {
      slot.close();
      throw new IOException("the control group of a slot cannot be made");
    }
    return slot;
  }

  @Override
  public int slots() {
    return slots(config);
  }

  /** How many programs run side by side. */
  static int slots(RunConfig.Sandbox config) {
    return config.slots() > 0 ? config.slots() : Runtime.getRuntime().availableProcessors();
  }

  /** What this machine lacks, and how that shows. */
  public Map<Feature, String> missing() {
    return test.missing();
  }

  /** The host users of the slots that are free. */
  Set<Integer> users() {
    return free.stream().flatMap(slot -> slot.uid().stream()).collect(Collectors.toSet());
  }

  /** How long the test of the machine took. */
  public double testSeconds() {
    return test.seconds();
  }

  /** The languages that a run file sets up, whether this machine has their programs or not. */
  public static Set<String> languages(RunConfig.Sandbox config) {
    return new TreeSet<>(Language.all(config.languages()).keySet());
  }

  /** The limits of the run file. */
  public Limits limits() {
    return Limits.of(config);
  }

  @Override
  public Outcome judge(Run run) throws InterruptedException {
    var language = Language.named(languages, run.language());
    if (run.check() instanceof Run.TestCode && !language.harness()) {
      throw new UserError(
          "test_code: is taken for python alone, not for %s, where the program could end before its"
                  .formatted(language.name())
              + " tests do; give tests with inputs and outputs");
    }
    requirePrograms(language);
    var checker = run.checker().map(program -> Language.named(languages, program.language()));
    checker.ifPresent(this::requirePrograms);
    long start = System.nanoTime();
    String fault = "";
    for (int attempt = 0; attempt <= config.retries(); attempt++) {
      if (attempt > 0) {
        Thread.sleep(RETRY_PAUSE_MS * attempt);
      }
      Slot slot = free.take();
      try {
        return new Judge(runner, test.command(), slot, language, harness, run, checker).judge();
      } catch (IOException | UncheckedIOException e) {
        fault = e.getMessage();
        slot = replaced(slot);
      } catch (InterruptedException e) {
        slot = replaced(slot);
        throw e;
      } finally {
        free.add(slot);
      }
    }
    return Outcome.error(
        "the sandbox failed %d times: %s".formatted(config.retries() + 1, fault),
        (System.nanoTime() - start) / 1e9);
  }

  /** A new slot for one in which the sandbox failed; the same one where none can be made. */
  private Slot replaced(Slot slot) {
    try {
      Slot fresh = newSlot();
      slot.close();
      return fresh;
    } catch (IOException | UserError e) {
      return slot;
    }
  }

  @Override
  public Set<String> languages() {
    return languages.values().stream()
        .filter(language -> lacking(language).isEmpty())
        .map(Language::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Override
  public boolean compiles(String language) {
    return languages.containsKey(language) && !languages.get(language).compile().isEmpty();
  }

  /** The program that a language needs and this machine has not. */
  private Optional<String> lacking(Language language) {
    return language.programs().filter(program -> !test.command().root().holds(program)).findFirst();
  }

  private void requirePrograms(Language language) {
    lacking(language)
        .ifPresent(
            program -> {
              throw new UserError(
                  "sandbox.languages: language %s needs %s, which no box finds in %s; install it,"
                          .formatted(
                              language.name(),
                              program,
                              String.join(":", test.command().root().path()))
                      + " or name the folder that holds it under sandbox.binds");
            });
  }

  @Override
  public void close() {
    for (Slot slot = free.poll(); slot != null; slot = free.poll()) {
      slot.close();
    }
    runner.close();
    workplace.close();
  }
}
