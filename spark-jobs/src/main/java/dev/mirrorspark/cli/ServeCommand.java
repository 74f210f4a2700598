package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.http.HttpServer;
import dev.mirrorspark.loop.LocalPolicy;
import dev.mirrorspark.serve.PolicyServer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: a policy as a service with OpenAI's interface. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Serves a policy over HTTP until it is ended, with OpenAI's interface:",
      "POST /v1/completions and /v1/chat/completions, GET /v1/models and /health.",
      "Beyond this machine it takes a token, in variable " + ServeCommand.TOKEN + "."
    },
    footer = {"  " + Mirrorspark.NAME + " serve --config my-run.yaml --policy-version 12"})
final class ServeCommand implements Callable<Integer> {
  static final String TOKEN = "MIRRORSPARK_SERVE_TOKEN";

  private final Terminal terminal;
  @Mixin private RunOptions options;

  @Option(
      names = "--policy-version",
      paramLabel = "N",
      description = "The version of the run that is served.")
  private Optional<Integer> version = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "FOLDER",
      description = "The model folder that is served; without both the one in model.path.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Under which it is served; RUN-N or the folder's name where not given.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "The address to serve, ${DEFAULT-VALUE} where not given.")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port to serve, ${DEFAULT-VALUE} where not given; 0: any that is free.")
  private int port = 8000;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Responses decoded side by side, ${DEFAULT-VALUE} where not given.")
  private int slots = 16;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Longest prompt and response in tokens; the policy's own where not given.")
  private int context = Integer.MAX_VALUE;

  @Option(
      names = "--queue",
      paramLabel = "N",
      description =
          "Responses that wait while all slots are taken, ${DEFAULT-VALUE} where not given; more"
              + " are refused with 429.")
  private int queue = 1024;

  @Option(
      names = "--keep",
      paramLabel = "FILE",
      description = "JSONL file to which every response is added.")
  private Optional<Path> keep = Optional.empty();

  @Option(
      names = "--drain-seconds",
      paramLabel = "S",
      description =
          "How long responses that run or wait have to end once the service is ended,"
              + " ${DEFAULT-VALUE} where not given.")
  private int drainSeconds = 20;

  @Option(
      names = "--max-request-kb",
      paramLabel = "KB",
      description = "The largest request in KiB, ${DEFAULT-VALUE} where not given.")
  private int maxRequestKb = 16 * 1024;

  ServeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    var config = options.config();
    boolean fits = port >= 0 && port <= 65535 && slots >= 1 && queue >= 0 && context >= 2;
    if (!fits || drainSeconds < 0 || maxRequestKb < 1 || maxRequestKb > 1 << 20) {
      throw new UserError(
          "--port, --slots, --context, --queue, --drain-seconds, --max-request-kb: accepted are"
              + " ports from 0 to 65535, slots from 1, a context from 2, a queue and seconds from 0"
              + " up, requests from 1 to 1048576 KiB");
    }
    if (version.isPresent() && model.isPresent()) {
      throw new UserError("--policy-version, --model: one policy is served; leave one of them out");
    }
    String which = version.map(String::valueOf).or(() -> model).orElse(config.model().path());
    if (which.isEmpty()) {
      throw new UserError("--policy-version: name a version of the run, or a folder with --model");
    }
    String served =
        name.orElseGet(
            () ->
                version
                    .map(number -> config.run() + "-" + number)
                    .orElseGet(() -> Storage.name(which)));
    if (options.dryRun()) {
      terminal.out().print(RunFile.toYaml(config));
      terminal.out().println("would serve %s at http://%s:%d".formatted(served, host, port));
      return 0;
    }
    var token = Optional.ofNullable(terminal.environment().get(TOKEN)).filter(t -> !t.isBlank());
    String option = version.isPresent() ? "--policy-version" : "--model";
    var policy = LocalPolicy.named(Storage.local(), config, option, which);
    var http = new HttpServer.Settings(host, port, token, TOKEN, maxRequestKb);
    var settings =
        new PolicyServer.Settings(
            served, config.model(), context, slots, queue, config.seed(), http);
    var server = PolicyServer.start(policy, settings, keep);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> server.drain(drainSeconds)));
    terminal
        .out()
        .println(
            "serving %s at http://%s:%d/v1 with %d slots%s; Ctrl-C ends it"
                .formatted(
                    served,
                    host,
                    server.port(),
                    slots,
                    token.isPresent() ? ", to those with the token" : ""));
    new CountDownLatch(1).await();
    return 0;
  }
}
