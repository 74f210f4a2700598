package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.eval.ProgramVoting;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.reward.VotingProgram;
import dev.mirrorspark.testgen.CodingProblem;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import dev.mirrorspark.testgen.PolicyGenerators;
import dev.mirrorspark.testgen.ProgramVotes;
import dev.mirrorspark.testgen.ProgramVotes.Ballot;
import dev.mirrorspark.testgen.ProgramVotes.Counted;
import dev.mirrorspark.testgen.ProgramVotes.Voter;
import dev.mirrorspark.testgen.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * maj@k of code: the programs of a problem vote by what they print on inputs that the problem's
 * generator makes, or one that the policy writes ({@code testcases.generator}).
 */
record ProgramBallots(Session session, PolicyVersion policy, Progress.Stage stage)
    implements ProgramVoting {

  /** A problem and where each of its responses stands among its voters; −1: it does not vote. */
  private record Polled(Reference problem, List<Voter> voters, List<Integer> places) {
    static Polled of(RunConfig config, List<Attempt> attempts) {
      List<Voter> voters = new ArrayList<>();
      List<Integer> places = new ArrayList<>();
      for (Attempt attempt : attempts) {
        Optional<Voter> voter = voter(config, attempt);
        if (voter.isPresent() && !voters.contains(voter.get())) {
          voters.add(voter.get());
        }
        places.add(voter.map(voters::indexOf).orElse(-1));
      }
      return new Polled(attempts.get(0).reference(), voters, places);
    }

    private static Optional<Voter> voter(RunConfig config, Attempt attempt) {
      try {
        return VotingProgram.of(config.sandbox(), attempt.reference(), attempt.response())
            .map(
                program ->
                    new Voter(
                        new Source(program.language(), program.source()),
                        program.limits().cpuSeconds(),
                        program.limits().wallSeconds(),
                        program.limits().memoryMb()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("stopped while programs are read", e);
      }
    }

    String id() {
      return problem.promptId();
    }

    CodingProblem asked() {
      return new CodingProblem(
          id(),
          VotingProgram.question(problem),
          List.of(),
          VotingProgram.generator(problem)
              .map(own -> new Draft(0, new Source(own.language(), own.source())))
              .map(List::of)
              .orElse(List.of()),
          false,
          problem.domain(),
          0,
          "problem " + id());
    }
  }

  @Override
  public Set<String> answerTypes() {
    return VotingProgram.answerTypes();
  }

  @Override
  public int inputs() {
    return session.config().eval().voteInputs();
  }

  @Override
  public List<Optional<String>> votes(List<Attempt> attempts) {
    Map<String, List<Integer>> ofProblem = new LinkedHashMap<>();
    for (int i = 0; i < attempts.size(); i++) {
      ofProblem
          .computeIfAbsent(attempts.get(i).reference().promptId(), id -> new ArrayList<>())
          .add(i);
    }
    List<Polled> polled =
        ofProblem.values().stream()
            .map(some -> Polled.of(session.config(), some.stream().map(attempts::get).toList()))
            .toList();
    List<Counted> counted = counted(polled);
    List<Optional<String>> votes = new ArrayList<>();
    attempts.forEach(attempt -> votes.add(Optional.empty()));
    for (int p = 0; p < polled.size(); p++) {
      List<Integer> places = polled.get(p).places();
      List<Integer> indices = ofProblem.get(polled.get(p).id());
      for (int i = 0; i < places.size(); i++) {
        int place = places.get(i);
        String vote = place < 0 ? "" : counted.get(p).votes().get(place);
        votes.set(indices.get(i), Optional.of(vote).filter(text -> !text.isEmpty()));
      }
    }
    return votes;
  }

  private List<Counted> counted(List<Polled> polled) {
    Map<String, List<Draft>> generators = generators(polled);
    List<Ballot> ballots =
        polled.stream()
            .map(one -> new Ballot(one.id(), generators.get(one.id()), one.voters()))
            .toList();
    List<Counted> counted =
        new ProgramVotes(session.spark(), session.config(), inputs())
            .of(ballots, runs -> stage.update(0, "%,d runs of programs".formatted(runs)));
    long without = counted.stream().filter(one -> one.inputs() == 0).count();
    session
        .progress()
        .line(
            "programs voted on %,d inputs a problem at most; %,d of %,d problems had none, where they cannot be told apart"
                .formatted(inputs(), without, polled.size()));
    return counted;
  }

  private Map<String, List<Draft>> generators(List<Polled> polled) {
    Map<String, List<Draft>> generators = new LinkedHashMap<>();
    List<CodingProblem> without = new ArrayList<>();
    for (Polled one : polled) {
      CodingProblem problem = one.asked();
      generators.put(one.id(), problem.generators());
      if (problem.generators().isEmpty()) {
        without.add(problem);
      }
    }
    if (session.config().testcases().byPolicy() && !without.isEmpty()) {
      new PolicyGenerators(
              session.spark(),
              session.config(),
              policy,
              (done, total, tokens) ->
                  stage.update(0, "%,d of %,d generators".formatted(done, total)))
          .write(without)
          .forEach(problem -> generators.put(problem.id(), problem.generators()));
    }
    return generators;
  }
}
