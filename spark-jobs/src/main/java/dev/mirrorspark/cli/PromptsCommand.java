package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.ExamplesRun;
import dev.mirrorspark.loop.TestedProblems;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.prompts.PromptSets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code prompts}: fills the prompt set of a run. */
@Command(
    name = "prompts",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(generate | import | sample | sheet | testcases)",
    description = {"Fills the prompt set of a run."},
    footer = {"  " + Mirrorspark.NAME + " prompts generate --config conf/quickstart.yaml"})
final class PromptsCommand {
  /** The answer types that a built-in verifier judges. */
  private static final Set<String> ANSWER_TYPES =
      Set.of(
          "integer",
          "decimal",
          "text",
          "expression",
          "math",
          "operators",
          "python_tests",
          "stdin_stdout");

  private PromptsCommand() {}

  /** The answer types that imported problems may have: a verifier or a route judges them. */
  static Set<String> answerTypes(RunConfig config) {
    Set<String> types = new TreeSet<>(ANSWER_TYPES);
    config.reward().routes().forEach(route -> types.add(route.answerType()));
    types.remove("");
    return types;
  }

  static CommandLine with(Terminal terminal) {
    return new CommandLine(new PromptsCommand())
        .addSubcommand(new Generate(terminal))
        .addSubcommand(new Import(terminal))
        .addSubcommand(new Sample(terminal))
        .addSubcommand(new SheetCommand(terminal))
        .addSubcommand(new TestCasesCommand(terminal));
  }

  /** {@code prompts generate}: problems of the built-in generators. */
  @Command(
      name = "generate",
      mixinStandardHelpOptions = true,
      description = {
        "Generates problems with the built-in generators.",
        "Section prompts of the run file says which; once they are there, nothing is done."
      },
      footer = {"  " + Mirrorspark.NAME + " prompts generate --config conf/quickstart.yaml"})
  static final class Generate implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Generate(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      var config = options.config();
      if (config.prompts().generators().isEmpty()) {
        throw new UserError(
            "prompts.generators: is empty, there is nothing to generate; list generators in the run"
                + " file");
      }
      return new SparkCommand("prompts generate", Access.WRITE)
          .run(
              terminal,
              options,
              config,
              session -> {
                int made = PromptSets.generate(session.warehouse(), config);
                String dataset = config.prompts().dataset();
                session
                    .progress()
                    .line(
                        made == 0
                            ? "prompt set %s: its problems are there already".formatted(dataset)
                            : String.format(
                                Locale.ROOT, "prompt set %s: %,d problems", dataset, made));
                return 0;
              });
    }
  }

  /** {@code prompts import}: problems of a user's own. */
  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Imports problems of your own: JSONL, CSV or Parquet.",
        "Files and column names stand under prompts.imports in the run file. Every bad row is named"
            + " with its line and reason; the others are kept."
      },
      footer = {
        "  "
            + Mirrorspark.NAME
            + " prompts import --config conf/import-gsm8k.yaml --set"
            + " prompts.imports.0.file=train.jsonl"
      })
  static final class Import implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;

    Import(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      var config = options.config();
      if (config.prompts().imports().isEmpty()) {
        throw new UserError(
            "prompts.imports: is empty, there is nothing to import; list files in the run file");
      }
      return new SparkCommand("prompts import", Access.WRITE_MANY)
          .run(
              terminal,
              options,
              config,
              session -> {
                PromptImport.importAll(
                        session.spark(),
                        session.warehouse(),
                        config,
                        answerTypes(config),
                        TestedProblems.check(config))
                    .forEach(report -> report.lines().forEach(session.progress()::line));
                return 0;
              });
    }
  }

  /** {@code prompts sample}: worked examples from a policy. */
  @Command(
      name = "sample",
      mixinStandardHelpOptions = true,
      description = {
        "Samples worked examples for a warm-up from a policy.",
        "It tries the problems of prompts.dataset; of its right responses some go into prompt set"
            + " examples.into. Without a policy version in the run, model.path is sampled from."
      },
      footer = {
        "  "
            + Mirrorspark.NAME
            + " prompts sample --config conf/quickstart.yaml --set examples.into=sampled"
      })
  static final class Sample implements Callable<Integer> {
    private final Terminal terminal;
    @Mixin private RunOptions options;
    @Mixin private PolicyOption policy;

    Sample(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      return new SparkCommand("prompts sample", Access.WRITE_MANY)
          .run(
              terminal,
              options,
              options.config(),
              session -> {
                ExamplesRun.run(session, policy.version());
                return 0;
              });
    }
  }
}
