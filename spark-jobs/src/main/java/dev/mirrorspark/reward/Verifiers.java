package dev.mirrorspark.reward;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.HttpDoor;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Cause;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * The one door to all verifiers: each response goes the way of its problem's answer type and domain
 * ({@code reward.routes}), and comes back within {@code reward.seconds}.
 *
 * <p>Sent to a task, it arrives there as the verifiers of that process, in instances of its own.
 */
public final class Verifiers implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String NONE = "none";

  /** Where a process finds its door to endpoints. */
  private interface Doors extends Supplier<HttpDoor>, Serializable {}

  private final RunConfig config;
  private final Doors doors;
  private final transient Routes routes;

  private Verifiers(RunConfig config, Doors doors, Routes routes) {
    this.config = config;
    this.doors = doors;
    this.routes = routes;
  }

  /**
   * The verifiers of a run; all tasks of an executor share its turns at endpoints.
   *
   * @throws UserError if a verifier that is declared cannot be loaded, a route names one that there
   *     is not or that does not judge its answer type, or an endpoint's token is missing
   */
  public static Verifiers load(SparkSession spark, RunConfig config) {
    var reward = config.reward();
    boolean asksOut =
        !reward.audit().url().isEmpty()
            || !reward.judge().url().isEmpty()
            || reward.routes().stream().anyMatch(route -> !route.url().isEmpty());
    if (!asksOut) {
      return load(config);
    }
    Broadcast<HttpDoor> door =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .broadcast(new HttpDoor(reward.http()));
    return load(config, door::value);
  }

  /**
   * The same for this process alone, without Spark.
   *
   * @throws UserError as above
   */
  public static Verifiers load(RunConfig config) {
    return load(config, new OwnDoor(config));
  }

  private static Verifiers load(RunConfig config, Doors doors) {
    return new Verifiers(config, doors, Routes.of(config, doors));
  }

  /** These verifiers, and no others, in this process. */
  static Verifiers of(RunConfig config, List<Supplier<? extends Verifier>> verifiers) {
    var door = new OwnDoor(config);
    return new Verifiers(config, door, Routes.of(config, verifiers, door));
  }

  private Object readResolve() {
    return load(config, doors);
  }

  /** Judges responses, in their order; each gets a verdict, whatever the verifiers do. */
  public List<Judged> judge(List<Attempt> attempts) {
    return judge(attempts, false);
  }

  /** The same, with the final answers that the responses state. */
  public List<Judged> judgeWithAnswers(List<Attempt> attempts) {
    return judge(attempts, true);
  }

  /** Judges responses a second time, by the verifier of the audit; empty where there is none. */
  List<Judged> audit(List<Attempt> attempts) {
    return config.reward().audit().on()
        ? judge(attempts, attempt -> routes.auditOf(attempt.reference()), false)
        : List.of();
  }

  private List<Judged> judge(List<Attempt> attempts, boolean answers) {
    return judge(attempts, attempt -> routes.way(attempt.reference()), answers);
  }

  private List<Judged> judge(
      List<Attempt> attempts, Function<Attempt, Routes.Way> ways, boolean answers) {
    var results = new Judged[attempts.size()];
    Map<Desk, List<Integer>> byDesk = new LinkedHashMap<>();
    for (int i = 0; i < results.length; i++) {
      Attempt attempt = attempts.get(i);
      Routes.Way way = ways.apply(attempt);
      if (way.desk().isEmpty()) {
        results[i] = new Judged(NONE, Verdict.error(Cause.NO_VERIFIER, way.why()));
      } else if (attempt.stopReason() != StopReason.STOP) {
        results[i] = new Judged(way.desk().get().name(), unfinished(attempt.stopReason()));
      } else {
        byDesk.computeIfAbsent(way.desk().get(), desk -> new ArrayList<>()).add(i);
      }
    }
    List<WatchedLane.Share> shares = new ArrayList<>();
    byDesk.forEach(
        (desk, indices) ->
            shares.add(new WatchedLane.Share(desk, indices.stream().map(attempts::get).toList())));
    var limit = Duration.ofNanos((long) (config.reward().seconds() * 1e9));
    var judged = WatchedLane.judge(shares, answers, limit).iterator();
    for (List<Integer> indices : byDesk.values()) {
      var ofDesk = judged.next().iterator();
      indices.forEach(i -> results[i] = ofDesk.next());
    }
    return List.of(results);
  }

  private static Verdict unfinished(StopReason stopReason) {
    String why = stopReason == StopReason.REPEAT ? "ended as repeating" : "cut by length";
    return Verdict.of(false, "no final answer: " + why);
  }

  /** A door of this process alone, made when it is asked for. */
  private static final class OwnDoor implements Doors {
    private static final long serialVersionUID = 1L;

    private final RunConfig config;
    private transient HttpDoor door;

    OwnDoor(RunConfig config) {
      this.config = config;
    }

    @Override
    public synchronized HttpDoor get() {
      if (door == null) {
        door = new HttpDoor(config.reward().http());
      }
      return door;
    }
  }
}
