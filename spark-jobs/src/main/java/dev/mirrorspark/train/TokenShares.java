package dev.mirrorspark.train;

import dev.mirrorspark.config.SftConfig;
import dev.mirrorspark.config.SftConfig.Stage;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.train.StepPlan.Counted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Kinds of examples, each with its share of an epoch's tokens: an epoch has as many tokens as the
 * examples, those of a kind that has too few come again, of one that has too many some stay out.
 *
 * @param kinds by name, its groups
 * @param shares by name, its share, as weights
 */
record TokenShares(Map<String, List<List<Counted>>> kinds, Map<String, Double> shares) {
  private static final String LONG = "long";
  private static final String SHORT = "short";

  /**
   * The kinds of a stage; none if it takes examples as they come.
   *
   * @param groups the stage's examples; those of a group come together
   * @param reached tokens that the policy reached before the stage: longer examples are long
   * @param domains by key of an example
   * @throws UserError if a kind has no example
   */
  static TokenShares of(
      Stage stage,
      int index,
      List<List<Counted>> groups,
      int reached,
      Map<String, String> domains) {
    var kinds = new TreeMap<String, List<List<Counted>>>();
    var shares = new TreeMap<String, Double>();
    if (stage.longShare() > 0) {
      shares.put(LONG, stage.longShare());
      shares.put(SHORT, 1 - stage.longShare());
      for (List<Counted> group : groups) {
        boolean isLong = group.stream().anyMatch(example -> example.tokens() > reached);
        kinds.computeIfAbsent(isLong ? LONG : SHORT, kind -> new ArrayList<>()).add(group);
      }
      require(
          kinds,
          shares,
          "%slong_share: the stage has no %s examples than %d tokens, which was reached before it",
          index,
          Map.of(LONG, "longer", SHORT, "shorter"),
          reached);
    } else if (!stage.mixture().isEmpty()) {
      shares.putAll(stage.mixture());
      for (List<Counted> group : groups) {
        String domain = domains.getOrDefault(group.get(0).key(), "");
        kinds.computeIfAbsent(domain, kind -> new ArrayList<>()).add(group);
      }
      kinds.keySet().retainAll(shares.keySet());
      require(
          kinds, shares, "%smixture: the stage has no example of domain %s", index, Map.of(), 0);
    }
    return new TokenShares(kinds, shares);
  }

  private static void require(
      Map<String, List<List<Counted>>> kinds,
      Map<String, Double> shares,
      String fault,
      int stage,
      Map<String, String> words,
      int reached) {
    for (String kind : shares.keySet()) {
      if (!kinds.containsKey(kind)) {
        throw new UserError(
            fault.formatted(SftConfig.key(stage), words.getOrDefault(kind, kind), reached)
                + "; import or generate some, or change the key");
      }
    }
  }

  boolean any() {
    return !shares.isEmpty();
  }

  /**
   * The groups of an epoch, in an order of its own.
   *
   * @param round distinguishes the epochs of all stages
   */
  List<List<Counted>> epoch(long seed, int round) {
    double weights = shares.values().stream().mapToDouble(Double::doubleValue).sum();
    long tokens = 0;
    for (List<List<Counted>> groups : kinds.values()) {
      tokens += groups.stream().mapToLong(TokenShares::tokens).sum();
    }
    Map<String, List<Counted>> drawn = new LinkedHashMap<>();
    for (var kind : kinds.entrySet()) {
      draw(drawn, kind.getValue(), tokens * shares.get(kind.getKey()) / weights, seed, round);
    }
    List<String> order = new ArrayList<>(drawn.keySet());
    order.sort(Comparator.comparingLong((String name) -> Seeds.order(seed, round, name)));
    return order.stream().map(drawn::get).toList();
  }

  private static void draw(
      Map<String, List<Counted>> drawn,
      List<List<Counted>> groups,
      double wanted,
      long seed,
      int round) {
    double got = 0;
    for (int lap = 0; got < wanted; lap++) {
      String suffix = "/" + lap;
      List<List<Counted>> order = new ArrayList<>(groups);
      order.sort(
          Comparator.comparingLong(
              (List<Counted> group) -> Seeds.order(seed, round, "draw " + name(group) + suffix)));
      for (List<Counted> group : order) {
        if (got >= wanted) {
          return;
        }
        drawn.put(name(group) + suffix, group);
        got += tokens(group);
      }
    }
  }

  private static String name(List<Counted> group) {
    return group.get(0).group();
  }

  private static long tokens(List<Counted> group) {
    return group.stream().mapToLong(Counted::tokens).sum();
  }
}
