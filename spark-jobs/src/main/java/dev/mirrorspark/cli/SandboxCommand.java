package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.FencedBlock;
import dev.mirrorspark.report.PlainText;
import dev.mirrorspark.sandbox.Feature;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.sandbox.SandboxServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbox}: runs programs that nobody has looked at. */
@Command(
    name = "sandbox",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(serve | selftest | run)",
    description = {
      "Runs programs that nobody has looked at.",
      "Limits, languages and what the machine may lack stand in section sandbox of the run file."
    },
    footer = {"  " + Mirrorspark.NAME + " sandbox selftest"})
final class SandboxCommand {
  private static final String TOKEN = "MIRRORSPARK_SANDBOX_TOKEN";

  private SandboxCommand() {}

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new SandboxCommand())
        .addSubcommand(new Serve(terminal))
        .addSubcommand(new SelfTest(terminal))
        .addSubcommand(new RunFileOnce(terminal));
  }

  /** The program in a completion: its last block of that language, or all of it without one. */
  private static String program(String completion, String language) {
    return FencedBlock.program(completion, name -> name.equals(language))
        .map(FencedBlock::source)
        .orElse(completion);
  }

  /** {@code sandbox serve}: the sandbox as an HTTP service. */
  @Command(
      name = "serve",
      mixinStandardHelpOptions = true,
      description = {
        "Serves the sandbox over HTTP until it is ended: POST /run, GET /health; POST /run_code and",
        "/submit as SandboxFusion does.",
        "Beyond this machine it takes a token, in variable " + TOKEN + "."
      },
      footer = {"  " + Mirrorspark.NAME + " sandbox serve --port 8090"})
  static final class Serve implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    @Option(
        names = "--host",
        paramLabel = "ADDRESS",
        description = "The address to serve, ${DEFAULT-VALUE} where not given.")
    private String host = "127.0.0.1";

    @Option(
        names = "--port",
        paramLabel = "PORT",
        description = "The port to serve, ${DEFAULT-VALUE} where not given; 0: any that is free.")
    private int port = 8090;

    @Option(
        names = "--queue",
        paramLabel = "N",
        description =
            "Requests that wait while all slots are taken, ${DEFAULT-VALUE} where not given; more"
                + " are refused with 429.")
    private int queue = 512;

    @Option(
        names = "--max-request-kb",
        paramLabel = "KB",
        description = "The largest request in KiB, ${DEFAULT-VALUE} where not given.")
    private int maxRequestKb = 16 * 1024;

    @Option(
        names = "--drain-seconds",
        paramLabel = "S",
        description =
            "How long programs that run or wait have to end once the service is ended,"
                + " ${DEFAULT-VALUE} where not given.")
    private int drainSeconds = 20;

    Serve(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
      var config = options.config();
      boolean fits = port >= 0 && port <= 65535 && queue >= 0 && drainSeconds >= 0;
      if (!fits || maxRequestKb < 1 || maxRequestKb > 1 << 20) {
        throw new UserError(
            "--port, --queue, --drain-seconds, --max-request-kb: accepted are ports from 0 to 65535,"
                + " a queue and seconds from 0 up, requests from 1 to 1048576 KiB");
      }
      if (options.dryRun()) {
        terminal.out().print(RunFile.toYaml(config));
        terminal.out().println("would serve http://%s:%d".formatted(host, port));
        return 0;
      }
      var token = Optional.ofNullable(terminal.environment().get(TOKEN)).filter(t -> !t.isBlank());
      var sandbox = Sandbox.start(config.sandbox());
      try {
        var settings = new SandboxServer.Settings(host, port, queue, token, maxRequestKb);
        var server =
            SandboxServer.start(sandbox, sandbox.limits(), settings, SandboxCommand::program);
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      server.drain(drainSeconds);
                      sandbox.close();
                    }));
        terminal
            .out()
            .println(
                "serving http://%s:%d with %d slots, languages %s%s; Ctrl-C ends it"
                    .formatted(
                        host,
                        server.port(),
                        sandbox.slots(),
                        String.join(", ", sandbox.languages()),
                        token.isPresent() ? ", to those with the token" : ""));
      } catch (UserError e) {
        sandbox.close();
        throw e;
      }
      new CountDownLatch(1).await();
      return 0;
    }
  }

  /** {@code sandbox selftest}: what this machine gives a box. */
  @Command(
      name = "selftest",
      mixinStandardHelpOptions = true,
      description = {
        "Says what this machine gives a box, by starting one.",
        "Fails, and names it, where it lacks something that sandbox.allow_missing does not name."
      },
      footer = {"  " + Mirrorspark.NAME + " sandbox selftest"})
  static final class SelfTest implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    SelfTest(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
      var config = options.config();
      if (options.dryRun()) {
        terminal.out().print(RunFile.toYaml(config));
        terminal.out().println("would start one box");
        return 0;
      }
      try (var sandbox = Sandbox.start(config.sandbox())) {
        for (Feature feature : Feature.values()) {
          boolean there = !sandbox.missing().containsKey(feature);
          terminal
              .out()
              .println(
                  "%-16s %-8s %s"
                      .formatted(
                          feature.label(),
                          there ? "yes" : "MISSING",
                          there
                              ? feature.gives()
                              : "without it: " + feature.without() + "; " + feature.mend()));
        }
        terminal.out().println("languages        " + String.join(", ", sandbox.languages()));
        terminal
            .out()
            .println(
                String.format(
                    Locale.ROOT, "tested in        %.0f ms", sandbox.testSeconds() * 1000));
      }
      return 0;
    }
  }

  /** {@code sandbox run}: one program. */
  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = {
        "Runs one program in the sandbox and prints its output and the verdict.",
        "Exit code 0: passed; 1: any other verdict."
      },
      footer = {"  " + Mirrorspark.NAME + " sandbox run program.py --language python"})
  static final class RunFileOnce implements Callable<Integer> {
    /** Languages by the endings of their files' names. */
    private static final Map<String, String> LANGUAGES =
        Map.of(
            "py",
            "python",
            "java",
            "java",
            "c",
            "c",
            "cpp",
            "cpp",
            "cc",
            "cpp",
            "js",
            "javascript",
            "go",
            "go",
            "rs",
            "rust",
            "sh",
            "shell");

    private final Terminal terminal;
    @Mixin private RunOptions options;

    @Parameters(paramLabel = "FILE", description = "The program.")
    private Path file;

    @Option(
        names = {"-l", "--language"},
        paramLabel = "NAME",
        description = "Its language, built in or of the run file; default: by the ending of FILE.")
    private Optional<String> language = Optional.empty();

    @Option(
        names = "--input",
        paramLabel = "FILE",
        description =
            "What it reads from standard input; where not given, what is piped into this command.")
    private Optional<Path> input = Optional.empty();

    @Option(
        names = "--test-code",
        paramLabel = "FILE",
        description = "Python code that is run with it and tests it.")
    private Optional<Path> testCode = Optional.empty();

    RunFileOnce(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
      var config = options.config();
      Optional<String> given = input.map(path -> read(path));
      Optional<String> tests = testCode.map(path -> read(path));
      String source = read(file);
      String name = language.orElseGet(this::byEnding);
      if (options.dryRun()) {
        terminal.out().print(RunFile.toYaml(config));
        terminal.out().println("would run " + file + " as " + name);
        return 0;
      }
      Run.Check check =
          tests.isPresent()
              ? new Run.TestCode(tests.get())
              : new Run.Once(given.orElseGet(this::piped));
      try (var sandbox = Sandbox.start(config.sandbox())) {
        Outcome outcome = sandbox.judge(new Run(name, source, check, sandbox.limits()));
        printWhole(terminal.out(), outcome.stdout());
        printWhole(terminal.err(), outcome.stderr());
        terminal
            .out()
            .println(
                String.format(
                    Locale.ROOT,
                    "%s: %s (%.3f s, %.1f MiB)",
                    outcome.verdict().label(),
                    PlainText.of(outcome.detail()),
                    outcome.seconds(),
                    outcome.memoryMb()));
        return outcome.verdict() == ProgramVerdict.PASSED ? 0 : Failure.OTHER;
      }
    }

    /** What a program has written, its last line ended, so that no verdict of its own passes. */
    private static void printWhole(PrintStream to, String written) {
      String shown = PlainText.of(written);
      to.print(shown.isEmpty() || shown.endsWith("\n") ? shown : shown + "\n");
    }

    private String piped() {
      if (terminal.input().isEmpty()) {
        return "";
      }
      try {
        byte[] bytes = terminal.input().get().readAllBytes();
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (IOException e) {
        throw new UserError("standard input: is no UTF-8 text (" + e + "); mend what is piped", e);
      }
    }

    private String byEnding() {
      String path = file.toString();
      String ending = path.substring(path.lastIndexOf('.') + 1);
      if (LANGUAGES.containsKey(ending)) {
        return LANGUAGES.get(ending);
      }
      throw new UserError("--language: is needed, the ending of " + file + " says nothing");
    }

    private static String read(Path path) {
      try {
        return Files.readString(path);
      } catch (IOException e) {
        throw new UserError(path + ": cannot be read as UTF-8 text (" + e + "); check the path", e);
      }
    }
  }
}
