package dev.mirrorspark.testgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import dev.mirrorspark.testgen.ProgramVotes.Ballot;
import dev.mirrorspark.testgen.ProgramVotes.Counted;
import dev.mirrorspark.testgen.ProgramVotes.Voter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Who votes with whom, with programs whose names say what they print for the n-th input. */
class ProgramVotesTest {
  private static final RunConfig CONFIG =
      RunFile.parse("testcases: {cases: 9, min_valid: 1}", List.of());
  private static final int INPUTS = 5;

  /** By name, from the number of the input to the output; one starting with ! is that verdict. */
  private static final class Programs implements Runner {
    final Map<String, IntFunction<String>> byName = new TreeMap<>();
    final List<Run> runs = new ArrayList<>();

    Programs() {
      byName.put("square", n -> n * n + "\n");
      byName.put("square.0", n -> n * n + ".0000000001");
      byName.put("twice", n -> 2 * n + "");
      byName.put("square to 4", n -> n == 5 ? "24" : n * n + "");
      byName.put("square, crashes on 3", n -> n == 3 ? "!RUNTIME_ERROR" : n * n + "");
      byName.put("square, silent on 3", n -> n == 3 ? " " : n * n + "");
      byName.put("crash", n -> "!RUNTIME_ERROR");
      byName.put("no program", n -> "!COMPILE_ERROR");
      byName.put("slow", n -> "!TIME_LIMIT");
      byName.put("slow but on 1", n -> n == 1 ? "1" : "!TIME_LIMIT");
      byName.put("fails us on 2", n -> n == 2 ? "!ERROR" : n * n + "");
      byName.put("fails us", n -> "!ERROR");
      byName.put("numbers", n -> n + "");
      byName.put("odd numbers", n -> n % 2 == 0 ? "!RUNTIME_ERROR" : n + "");
      byName.put("one", n -> "1");
    }

    @Override
    public Outcome judge(Run run) {
      runs.add(run);
      String[] lines = ((Run.Once) run.check()).input().strip().split("\n");
      int number = Integer.parseInt(lines[lines.length - 1]);
      String output = byName.get(run.source()).apply(number);
      return output.startsWith("!")
          ? new Outcome(ProgramVerdict.valueOf(output.substring(1)), "", 1, "x", "", 0.5, 0)
          : new Outcome(ProgramVerdict.PASSED, "", 0, output, "", 0.5, 0);
    }

    @Override
    public Set<String> languages() {
      return Set.of("python");
    }

    @Override
    public int slots() {
      return 1;
    }
  }

  private final Programs programs = new Programs();

  private Counted counted(List<String> generators, String... voters) throws Exception {
    List<Draft> drafts = new ArrayList<>();
    generators.forEach(name -> drafts.add(new Draft(drafts.size(), new Source("python", name))));
    List<Voter> all = new ArrayList<>();
    for (String name : voters) {
      all.add(new Voter(new Source("python", name), 1.5, 2.5, 77));
    }
    return ProgramVotes.counted(programs, CONFIG, INPUTS, new Ballot("p", drafts, all), () -> {});
  }

  private List<String> votes(String... voters) throws Exception {
    return counted(List.of("numbers"), voters).votes();
  }

  @Test
  void programsThatPrintTheSameOnAllInputsVoteForTheSame() throws Exception {
    List<String> votes = votes("square", "twice", "square.0", "square to 4", "square");
    assertEquals(votes.get(0), votes.get(2), "equal as numbers");
    assertEquals(votes.get(0), votes.get(4));
    assertEquals(3, Set.copyOf(votes).size(), votes.toString());
    assertTrue(votes.stream().allMatch(vote -> vote.matches("outputs [0-9a-f]{12}")));
    assertEquals(votes.get(1), votes("twice").get(0), "whoever else votes");
  }

  @Test
  void failingOnAnInputIsAWayToAgreeAndFailingOnAllIsNoVote() throws Exception {
    List<String> votes =
        votes("square, crashes on 3", "square, silent on 3", "square", "crash", "no program");
    assertEquals(votes.get(0), votes.get(1));
    assertEquals(2, Set.copyOf(votes.subList(0, 3)).size());
    assertEquals(List.of("", ""), votes.subList(3, 5));
  }

  @Test
  void aProgramThatIsSlowFromTheFirstIsGivenUp() throws Exception {
    assertEquals(List.of(""), votes("slow"));
    assertEquals(INPUTS + ProgramVotes.MOST_SLOW, programs.runs.size());
    programs.runs.clear();
    assertTrue(votes("slow but on 1").get(0).startsWith("outputs "));
    assertEquals(2 * INPUTS, programs.runs.size(), "not from the first on");
    var limits = programs.runs.get(INPUTS).limits();
    assertEquals(List.of(1.5, 2.5), List.of(limits.cpuSeconds(), limits.wallSeconds()));
    assertEquals(77, limits.memoryMb());
  }

  @Test
  void anInputThatTheSandboxFailedOnCountsForNone() throws Exception {
    List<String> votes = votes("square", "fails us on 2");
    assertEquals(votes.get(0), votes.get(1));
    assertThrows(UserError.class, () -> votes("square", "fails us"));
  }

  @Test
  void theGeneratorWithTheMostInputsIsTaken() throws Exception {
    assertEquals(5, counted(List.of("one", "numbers", "odd numbers"), "square").inputs());
    assertEquals(3, counted(List.of("one", "odd numbers"), "square").inputs());
    assertEquals(1, counted(List.of("crash", "one"), "square").inputs());
  }

  @Test
  void withoutInputsAllProgramsVoteForTheSame() throws Exception {
    var none = counted(List.of("crash"), "square", "twice", "crash");
    assertEquals(0, none.inputs());
    assertEquals(List.of("no inputs", "no inputs", "no inputs"), none.votes());
    assertEquals(none, counted(List.of(), "square", "twice", "crash"));
  }

  @Test
  void groupsAreOfWholeRows() {
    var a = new ProgramAnswer.Printed("a b");
    var b = new ProgramAnswer.Printed("b");
    var failed = new ProgramAnswer.Failed("");
    var groups =
        ProgramGroups.of(
            List.of(
                List.of(a, b),
                List.of(a, failed),
                List.of(new ProgramAnswer.Printed("a  b\n"), b)));
    assertEquals(groups.get(0), groups.get(2), "white space");
    assertEquals(2, Set.copyOf(groups).size());
    assertEquals(List.of(), ProgramGroups.of(List.of()));
    assertEquals(List.of(Optional.empty()), ProgramGroups.of(List.of(List.of(failed, failed))));
  }
}
