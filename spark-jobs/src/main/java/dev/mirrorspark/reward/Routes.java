package dev.mirrorspark.reward;

import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.HttpDoor;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.SandboxHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Which verifier judges which problem: the first route of the run file that matches its answer type
 * and domain; without one, the first verifier that handles its answer type, those that users add
 * before the built-in ones.
 */
final class Routes {
  /** A verifier of this process, with one to ask what it handles. */
  private record Known(Verifier first, Desk desk) {
    static Known of(Supplier<? extends Verifier> open) {
      Verifier first = open.get();
      return new Known(first, Desk.of(first.name(), open::get));
    }

    /** One that takes turns. */
    static Known of(Supplier<? extends Verifier> open, Semaphore turns) {
      Verifier first = open.get();
      return new Known(first, new Desk(first.name(), open::get, 1, turns));
    }
  }

  /** Problems that go the same way. */
  private record Kind(String answerType, String domain) {}

  /**
   * Where a problem is judged.
   *
   * @param desk empty where none judges it
   * @param why then, the reason
   */
  record Way(Optional<Desk> desk, String why) {
    static Way to(Desk desk) {
      return new Way(Optional.of(desk), "");
    }

    private static Way none(String why) {
      return new Way(Optional.empty(), why);
    }
  }

  private final RunConfig config;
  private final List<Known> known;
  private final Supplier<HttpDoor> door;
  private final List<Desk> routed = new ArrayList<>(); // by the index of the route
  private final Optional<Desk> audit;
  private final Map<Kind, Way> ways = new HashMap<>();

  private Routes(RunConfig config, List<Known> known, Supplier<HttpDoor> door) {
    this.config = config;
    this.known = known;
    this.door = door;
    List<RewardConfig.Route> routes = config.reward().routes();
    for (int i = 0; i < routes.size(); i++) {
      var route = routes.get(i);
      String key = "reward.routes." + i;
      routed.add(desk(key, route.verifier(), route.url(), route.tokenEnv()));
      requireHandles(key, route);
    }
    var second = config.reward().audit();
    audit =
        second.on()
            ? Optional.of(desk("reward.audit", second.verifier(), second.url(), second.tokenEnv()))
            : Optional.empty();
  }

  /**
   * The routes of a run over the verifiers of this process.
   *
   * @param door asked for where there is an endpoint
   * @throws UserError if a verifier that is declared cannot be loaded, a route names one that there
   *     is not or that does not judge its answer type, or a token is missing
   */
  static Routes of(RunConfig config, Supplier<HttpDoor> door) {
    List<Known> all = new ArrayList<>();
    try {
      ServiceLoader.load(Verifier.class).stream().map(Known::of).forEach(all::add);
    } catch (ServiceConfigurationError e) {
      throw new UserError(
          "META-INF/services/" + Verifier.class.getName() + ": " + e.getMessage(), e);
    }
    builtIn(config).stream().map(Known::of).forEach(all::add);
    var sandbox = config.sandbox();
    all.add(
        Known.of(
            () -> new CodeVerifier(() -> SandboxHost.get(sandbox), Limits.of(sandbox)),
            SandboxHost.turns(sandbox)));
    var judge = config.reward().judge();
    if (!judge.url().isEmpty()) {
      var token = token("reward.judge", judge.tokenEnv());
      Desk desk = LanguageModelJudge.desk(config.reward(), token, door.get());
      all.add(new Known(desk.open().get(), desk));
    }
    return new Routes(config, all, door);
  }

  /** The routes of a run over these verifiers. */
  static Routes of(
      RunConfig config, List<Supplier<? extends Verifier>> verifiers, Supplier<HttpDoor> door) {
    return new Routes(config, verifiers.stream().map(Known::of).toList(), door);
  }

  /** The verifiers of this program, in the order in which they are asked what they handle. */
  private static List<Supplier<? extends Verifier>> builtIn(RunConfig config) {
    var convention = AnswerConvention.of(config.reward().answerPattern());
    return List.of(
        () -> new RuleVerifier(convention),
        () -> new MathVerifier(convention, config.reward().mathSeconds()),
        OperatorsVerifier::new);
  }

  /** Where a problem is judged. */
  Way way(Reference problem) {
    return ways.computeIfAbsent(
        new Kind(problem.answerType(), problem.domain()),
        kind -> {
          try {
            return way(kind);
          } catch (RuntimeException | LinkageError e) {
            return Way.none("a verifier cannot say whether it judges " + kind + ": " + e);
          }
        });
  }

  /** Where a problem of the audit's share is judged. */
  Way auditOf(Reference problem) {
    String verifier = config.reward().audit().verifier();
    String answerType = problem.answerType();
    return verifier.isEmpty() || named(verifier).orElseThrow().first().handles(answerType)
        ? Way.to(audit.orElseThrow())
        : Way.none("verifier %s does not judge answer type %s".formatted(verifier, answerType));
  }

  private Way way(Kind kind) {
    List<RewardConfig.Route> routes = config.reward().routes();
    for (int i = 0; i < routes.size(); i++) {
      var route = routes.get(i);
      if (matches(route.answerType(), kind.answerType())
          && matches(route.domain(), kind.domain())) {
        boolean judges = route.verifier().isEmpty() || handles(named(route.verifier()), kind);
        return judges
            ? Way.to(routed.get(i))
            : Way.none(
                "reward.routes.%d: verifier %s does not judge answer type %s"
                    .formatted(i, route.verifier(), kind.answerType()));
      }
    }
    return known.stream()
        .filter(verifier -> !verifier.first().onlyByRoute())
        .filter(verifier -> verifier.first().handles(kind.answerType()))
        .findFirst()
        .map(verifier -> Way.to(verifier.desk()))
        .orElseGet(() -> Way.none("no verifier for answer type " + kind.answerType()));
  }

  private static boolean matches(String asked, String is) {
    return asked.isEmpty() || asked.equals(is);
  }

  private static boolean handles(Optional<Known> verifier, Kind kind) {
    return verifier.orElseThrow().first().handles(kind.answerType());
  }

  private Optional<Known> named(String name) {
    return known.stream().filter(verifier -> verifier.first().name().equals(name)).findFirst();
  }

  private Desk desk(String key, String verifier, String url, String tokenEnv) {
    if (!url.isEmpty()) {
      return HttpVerifier.desk(url, token(key, tokenEnv), config.reward(), door.get());
    }
    return named(verifier)
        .map(Known::desk)
        .orElseThrow(
            () -> {
              Set<String> names = new LinkedHashSet<>();
              known.forEach(one -> names.add(one.first().name()));
              return new UserError(
                  "%s.verifier = %s: no such verifier; known: %s"
                      .formatted(key, verifier, String.join(", ", names)));
            });
  }

  private void requireHandles(String key, RewardConfig.Route route) {
    if (!route.verifier().isEmpty()
        && !route.answerType().isEmpty()
        && !handles(named(route.verifier()), new Kind(route.answerType(), route.domain()))) {
      throw new UserError(
          "%s.verifier = %s: it does not judge answer type %s; name another, or another answer_type"
              .formatted(key, route.verifier(), route.answerType()));
    }
  }

  private static Optional<String> token(String key, String variable) {
    if (variable.isEmpty()) {
      return Optional.empty();
    }
    String token = System.getenv(variable);
    if (token == null || token.isBlank()) {
      throw new UserError(
          ("%s.token_env = %s: no such environment variable; set it here and on the executors"
                  + " (spark.executorEnv.%s)")
              .formatted(key, variable, variable));
    }
    if (!token.strip().matches("[\\x21-\\x7e]+")) {
      throw new UserError(
          "%s.token_env = %s: the variable holds no token; accepted: letters, digits and signs of"
                  .formatted(key, variable)
              + " ASCII without blanks");
    }
    return Optional.of(token.strip());
  }
}
