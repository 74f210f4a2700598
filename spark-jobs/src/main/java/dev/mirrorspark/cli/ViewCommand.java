package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.view.ViewServer;
import dev.mirrorspark.view.Viewer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code view}: a warehouse in a browser. */
@Command(
    name = "view",
    mixinStandardHelpOptions = true,
    description = {
      "Serves pages on the warehouse until it is ended: runs, iterations, groups, single responses",
      "with their tokens in colours, one problem over the iterations, runs compared, search.",
      "Reads the tables without Spark, also while a run trains. Beyond this machine it takes a",
      "token, in variable " + ViewCommand.TOKEN + "."
    },
    footer = {"  " + Mirrorspark.NAME + " view --set warehouse=runs/quickstart --port 8091"})
final class ViewCommand implements Callable<Integer> {
  static final String TOKEN = "MIRRORSPARK_VIEW_TOKEN";

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
  private int port = 8091;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "A name of this host besides its addresses under which browsers may ask; may be repeated.")
  private List<String> names = new ArrayList<>();

  ViewCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    var config = options.config();
    if (port < 0 || port > 65535) {
      throw new UserError("--port %d: accepted are ports from 0 to 65535".formatted(port));
    }
    if (options.dryRun()) {
      terminal.out().print(RunFile.toYaml(config));
      terminal.out().println("would serve http://%s:%d".formatted(host, port));
      return 0;
    }
    var token = Optional.ofNullable(terminal.environment().get(TOKEN)).filter(t -> !t.isBlank());
    try (var viewer = Viewer.open(config.warehouse());
        var server = ViewServer.start(viewer, new ViewServer.Settings(host, port, names, token))) {
      terminal
          .out()
          .println(
              "warehouse %s: http://%s:%d/%s"
                  .formatted(
                      config.warehouse(),
                      host.contains(":") ? "[" + host + "]" : host,
                      server.port(),
                      token.isPresent() ? "?token=… (of " + TOKEN + ")" : ""));
      new CountDownLatch(1).await();
    }
    return 0;
  }
}
