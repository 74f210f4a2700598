package dev.mirrorspark.cli;

import dev.mirrorspark.cli.SparkCommand.Access;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.eval.TwinAgreement;
import dev.mirrorspark.eval.WilsonInterval;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.prompts.TwinProblems;
import dev.mirrorspark.report.Figures;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code report twins}: the same problems as text and as pictures. */
@Command(
    name = "twins",
    mixinStandardHelpOptions = true,
    description = {
      "Tells how alike a policy answers problems that are asked as text and as a picture of it.",
      "Prints a row for each evaluation of the run: the share of pairs with the same answer and its"
          + " 95%% interval, and of how many both, one or none is right. prompts.twins makes such"
          + " problems."
    },
    footer = {"  " + Mirrorspark.NAME + " report twins --config conf/vision.yaml"})
final class ReportTwinsCommand implements Callable<Integer> {
  private static final List<String> HEADER =
      List.of(
          "policy",
          "decoding",
          "pairs",
          "alike",
          "95% interval",
          "both right",
          "text alone right",
          "picture alone right",
          "none right");

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--run",
      paramLabel = "NAME",
      description = "The run. Without it that of the run file.")
  private Optional<String> run = Optional.empty();

  ReportTwinsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return new SparkCommand("report twins", Access.READ)
        .run(terminal, options, options.config(), this::print);
  }

  private int print(Session session) {
    var config = session.config();
    String name = run.orElse(config.run());
    String dataset = config.prompts().dataset();
    String split = config.eval().split();
    var twins = TwinProblems.of(session.warehouse(), dataset, split);
    if (twins.isEmpty()) {
      throw new UserError(
          "prompts.dataset '%s' has no problems of split %s that are asked as text and as a picture: make some with prompts.twins and a generator that shows text, such as sum-picture"
              .formatted(dataset, split));
    }
    var found = TwinAgreement.of(session.warehouse(), name, dataset, split, twins);
    if (found.isEmpty()) {
      throw new UserError(
          "run %s has evaluated no twins of data set %s, %s: run eval first, with eval.problems = 0"
              .formatted(name, dataset, split));
    }
    session.progress().table(HEADER, found.stream().map(ReportTwinsCommand::row).toList());
    return 0;
  }

  private static List<String> row(TwinAgreement one) {
    double share = (double) one.alike() / one.pairs();
    var interval = WilsonInterval.of(share, one.pairs());
    var how = one.evaluation();
    return List.of(
        Integer.toString(how.policyVersion()),
        how.temperature() == 0 ? how.mode() : "temperature " + how.temperature(),
        Integer.toString(one.pairs()),
        Figures.percent(share),
        Figures.interval(interval.low(), interval.high()),
        Integer.toString(one.bothRight()),
        Integer.toString(one.textRight()),
        Integer.toString(one.pictureRight()),
        Integer.toString(one.pairs() - one.bothRight() - one.textRight() - one.pictureRight()));
  }
}
