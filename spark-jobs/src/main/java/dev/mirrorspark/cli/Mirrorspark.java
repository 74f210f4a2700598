package dev.mirrorspark.cli;

import java.io.PrintWriter;
import java.util.Optional;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The main class: every command of Mirrorspark. */
@Command(
    name = Mirrorspark.NAME,
    mixinStandardHelpOptions = true,
    versionProvider = Mirrorspark.Version.class,
    customSynopsis = Mirrorspark.NAME + " [Spark options] COMMAND [options]",
    description = {
      "Reinforcement learning of reasoning language models after Kimi k1.5, as Spark jobs over"
          + " Delta tables."
    },
    footer = "  " + Mirrorspark.NAME + " --conf spark.ui.enabled=true quickstart")
public final class Mirrorspark implements Runnable {
  static final String NAME = "./submit/mirrorspark";

  /** Exit code of a process that Ctrl-C ended. */
  private static final int INTERRUPTED = 130;

  private final Terminal terminal;

  private Mirrorspark(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Runs the command line and exits: 0 done, 2 input to mend, 75 another driver holds the run, 1
   * any other failure.
   */
  public static void main(String[] args) {
    int exitCode = run(Terminal.ofProcess(), args);
    // Spark's timers of barrier stages would keep the process alive. YARN alone, where it holds the
    // driver, takes an exit for a failure, and ends the process itself.
    boolean ofYarn =
        System.getProperty("spark.master", "").startsWith("yarn")
            && System.getProperty("spark.submit.deployMode", "client").equals("cluster");
    if (exitCode != 0 || !ofYarn) {
      System.exit(exitCode);
    }
  }

  /**
   * Runs the command line.
   *
   * @return the exit code
   */
  static int run(Terminal terminal, String... args) {
    try {
      return commandLine(terminal).execute(args);
    } catch (Error e) { // picocli hands on exceptions alone; a full disk is Hadoop's FSError
      return failed(terminal, e);
    }
  }

  static CommandLine commandLine(Terminal terminal) {
    var line =
        new CommandLine(new Mirrorspark(terminal))
            .addSubcommand(new QuickstartCommand(terminal))
            .addSubcommand(new InitCommand(terminal))
            .addSubcommand(PromptsCommand.with(terminal))
            .addSubcommand(new CurateCommand(terminal))
            .addSubcommand(new SftCommand(terminal))
            .addSubcommand(new TrainCommand(terminal))
            .addSubcommand(new EvalCommand(terminal))
            .addSubcommand(RewardModelCommand.with(terminal))
            .addSubcommand(AdapterCommand.with(terminal))
            .addSubcommand(new MergeCommand(terminal))
            .addSubcommand(ExportCommand.with(terminal))
            .addSubcommand(Long2ShortCommand.with(terminal))
            .addSubcommand(new TryCommand(terminal))
            .addSubcommand(new ServeCommand(terminal))
            .addSubcommand(new ReplayCommand(terminal))
            .addSubcommand(new TokensCommand(terminal))
            .addSubcommand(new ExperimentCommand(terminal))
            .addSubcommand(SandboxCommand.with(terminal))
            .addSubcommand(new BenchCommand(terminal))
            .addSubcommand(new ForkCommand(terminal))
            .addSubcommand(new RunsCommand(terminal))
            .addSubcommand(new StatusCommand(terminal))
            .addSubcommand(new ShowCommand(terminal))
            .addSubcommand(new SqlCommand(terminal))
            .addSubcommand(new ViewCommand(terminal))
            .addSubcommand(ReportCommand.with(terminal))
            .addSubcommand(new MaintainCommand(terminal))
            .addSubcommand(new RapidsCheckCommand(terminal));
    layOut(line);
    return line.setOut(new PrintWriter(terminal.out(), true))
        .setErr(new PrintWriter(terminal.err(), true))
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(120)
        .setParameterExceptionHandler((fault, arguments) -> wrongUsage(terminal, fault))
        .setExecutionExceptionHandler((fault, command, parsed) -> failed(terminal, fault));
  }

  private static void layOut(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .descriptionHeading("%n")
        .optionListHeading("%n")
        .parameterListHeading("%n")
        .commandListHeading("%nCommands:%n")
        .footerHeading("%nExample:%n");
    line.getSubcommands().values().forEach(Mirrorspark::layOut);
  }

  /** Without a command: the help. */
  @Override
  public void run() {
    commandLine(terminal).usage(terminal.out());
  }

  private static int wrongUsage(Terminal terminal, ParameterException fault) {
    Optional<String> nearest =
        fault instanceof UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions().stream().findFirst()
            : Optional.empty();
    terminal
        .err()
        .println(
            "mirrorspark: %s%s; see %s --help"
                .formatted(
                    fault.getMessage().lines().findFirst().orElse("wrong usage"),
                    nearest.map("; did you mean %s?"::formatted).orElse(""),
                    fault.getCommandLine().getCommandSpec().qualifiedName()));
    return Failure.INPUT;
  }

  private static int failed(Terminal terminal, Throwable fault) {
    if (ShutdownHookManager.get().isShutdownInProgress()) {
      return INTERRUPTED; // what stopping Spark under a running command throws
    }
    var failure = Failure.of(fault, terminal.log());
    if (!failure.expected()) {
      LoggerFactory.getLogger(Mirrorspark.class).error("the command failed", fault);
    }
    terminal.err().println("mirrorspark: " + failure.message());
    return failure.exitCode();
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "mirrorspark "
            + Optional.ofNullable(Mirrorspark.class.getPackage().getImplementationVersion())
                .orElse("(unpacked classes)")
      };
    }
  }
}
