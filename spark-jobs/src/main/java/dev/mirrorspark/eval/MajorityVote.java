package dev.mirrorspark.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * maj@k: the probability that the commonest final answer among k of a problem's n responses, drawn
 * without replacement, is right.
 *
 * <p>Responses vote for the answer they state; one that states none takes its place among the k and
 * votes for nothing. Answers that tie for the most votes share the win evenly, and k responses
 * without an answer are wrong. Up to {@value #EXACT} responses the probability is exact, over all
 * k-subsets; beyond, it is the mean over {@value #DRAWS} subsets drawn with a fixed seed.
 */
final class MajorityVote {
  private static final int EXACT = 128;
  private static final int DRAWS = 1000;
  private static final long SEED = 2501_12599L;

  /**
   * A judged response.
   *
   * @param answer the final answer, empty text if it states none
   */
  record Vote(String answer, boolean correct) {}

  /** Responses that state the same answer, and the share of them that is right: mostly 0 or 1. */
  private record Candidate(int votes, double correct) {}

  private final List<Integer> ballots = new ArrayList<>();
  private final List<Candidate> candidates = new ArrayList<>();
  private final int abstaining;

  private MajorityVote(List<Vote> votes) {
    Map<String, List<Vote>> byAnswer = new LinkedHashMap<>();
    for (Vote vote : votes) {
      byAnswer.computeIfAbsent(vote.answer(), answer -> new ArrayList<>()).add(vote);
    }
    abstaining = byAnswer.getOrDefault("", List.of()).size();
    byAnswer.remove("");
    for (List<Vote> same : byAnswer.values()) {
      double correct = same.stream().filter(Vote::correct).count() / (double) same.size();
      same.forEach(vote -> ballots.add(candidates.size()));
      candidates.add(new Candidate(same.size(), correct));
    }
    for (int i = 0; i < abstaining; i++) {
      ballots.add(-1);
    }
  }

  /**
   * maj@k of one problem.
   *
   * @param votes the judged responses to it
   * @param tries the values of k, rising, none above the number of responses; may be none
   * @return one probability for each k
   */
  static double[] of(List<Vote> votes, int[] tries) {
    var vote = new MajorityVote(votes);
    return votes.size() <= EXACT ? vote.exact(tries) : vote.drawn(tries);
  }

  /**
   * Counts subsets: a candidate wins with t votes where no other has more, and shares the win with
   * those that have t.
   */
  private double[] exact(int[] tries) {
    double[] expected = new double[tries.length];
    int most = Arrays.stream(tries).max().orElse(0);
    for (int winner = 0; winner < candidates.size(); winner++) {
      var candidate = candidates.get(winner);
      if (candidate.correct() == 0) {
        continue;
      }
      for (int t = 1; t <= Math.min(candidate.votes(), most); t++) {
        double[][] others = others(winner, t, most - t);
        for (int i = 0; i < tries.length; i++) {
          for (int ties = 0; tries[i] >= t && ties < others.length; ties++) {
            expected[i] +=
                candidate.correct()
                    * choose(candidate.votes(), t)
                    * others[ties][tries[i] - t]
                    / (ties + 1)
                    / choose(ballots.size(), tries[i]);
          }
        }
      }
    }
    return expected;
  }

  /**
   * Ways to draw u responses that do not state the winner's answer, so that no answer has more than
   * t votes: by the number of answers with exactly t, and by u up to {@code most}.
   */
  private double[][] others(int winner, int t, int most) {
    double[][] ways = new double[most / t + 1][most + 1];
    for (int u = 0; u <= Math.min(abstaining, most); u++) {
      ways[0][u] = choose(abstaining, u);
    }
    for (int other = 0; other < candidates.size(); other++) {
      if (other == winner) {
        continue;
      }
      int votes = candidates.get(other).votes();
      double[][] next = new double[ways.length][most + 1];
      for (int drawn = 0; drawn <= Math.min(Math.min(votes, t), most); drawn++) {
        double chosen = choose(votes, drawn);
        int tie = drawn == t ? 1 : 0;
        for (int ties = 0; ties + tie < ways.length; ties++) {
          for (int u = 0; u + drawn <= most; u++) {
            next[ties + tie][u + drawn] += chosen * ways[ties][u];
          }
        }
      }
      ways = next;
    }
    return ways;
  }

  /** The first k of a random order are a random subset. */
  private double[] drawn(int[] tries) {
    var random = new SplittableRandom(SEED);
    int[] order = ballots.stream().mapToInt(Integer::intValue).toArray();
    double[] expected = new double[tries.length];
    for (int draw = 0; draw < DRAWS; draw++) {
      int[] votes = new int[candidates.size()];
      int at = 0;
      for (int i = 0; i < tries.length; i++) {
        for (; at < tries[i]; at++) {
          int other = at + random.nextInt(order.length - at);
          int ballot = order[other];
          order[other] = order[at];
          order[at] = ballot;
          if (ballot >= 0) {
            votes[ballot]++;
          }
        }
        expected[i] += outcome(votes) / DRAWS;
      }
    }
    return expected;
  }

  private double outcome(int[] votes) {
    int most = 1;
    int tied = 0;
    double correct = 0;
    for (int candidate = 0; candidate < votes.length; candidate++) {
      if (votes[candidate] > most) {
        most = votes[candidate];
        tied = 0;
        correct = 0;
      }
      if (votes[candidate] == most) {
        tied++;
        correct += candidates.get(candidate).correct();
      }
    }
    return tied == 0 ? 0 : correct / tied;
  }

  private static double choose(int n, int k) {
    double ways = 1;
    for (int i = 1; i <= k; i++) {
      ways = ways * (n - k + i) / i;
    }
    return ways;
  }
}
