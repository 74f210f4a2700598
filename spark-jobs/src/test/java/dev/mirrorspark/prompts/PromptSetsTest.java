package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PromptSetsTest {
  private static final List<RunConfig.Generator> BOTH =
      List.of(
          new RunConfig.Generator("chain", 3, 6, 3), new RunConfig.Generator("search", 3, 4, 1));

  @Test
  void splitsShareNoProblem() {
    var taken = new HashSet<String>();
    var problems = PromptSets.problems(prompts(BOTH, 400, 100, 500), 7, taken);
    assertEquals(1000, problems.size());
    assertEquals(1000, taken.size());
    var texts =
        problems.stream()
            .map(g -> PromptIdentity.normalised(g.problem().prompt()))
            .collect(Collectors.toSet());
    assertEquals(1000, texts.size());
    var ids =
        problems.stream()
            .map(g -> PromptIdentity.promptId(g.problem().prompt(), g.problem().answer()))
            .collect(Collectors.toSet());
    assertEquals(1000, ids.size());
  }

  @Test
  void countsFollowSplitWeightAndLevel() {
    var problems = PromptSets.problems(prompts(BOTH, 400, 100, 500), 7, new HashSet<>());
    assertEquals(400, count(problems, "train", "chain") + count(problems, "train", "search"));
    assertEquals(300, count(problems, "train", "chain"));
    assertEquals(75, count(problems, "heldout", "chain"));
    assertEquals(375, count(problems, "warmup", "chain"));
    for (int level = 3; level <= 6; level++) {
      int wanted = level;
      assertEquals(
          75,
          problems.stream()
              .filter(g -> g.split().equals("train") && g.problem().domain().equals("chain"))
              .filter(g -> g.problem().level() == wanted)
              .count());
    }
  }

  @Test
  void onlyWarmupHasSolutionsAndTheyAreRight() {
    for (var generated : PromptSets.problems(prompts(BOTH, 40, 10, 200), 3, new HashSet<>())) {
      assertEquals(generated.split().equals("warmup"), generated.solution().isPresent());
      generated
          .solution()
          .ifPresent(
              solution -> {
                var answer = ProblemGenerator.finalAnswer(solution);
                var expected = generated.problem().answer();
                assertTrue(
                    generated.problem().domain().equals("chain")
                        ? answer.equals(expected)
                        : SearchGenerator.holds(expected, answer));
              });
    }
  }

  @Test
  void theSeedDecides() {
    var prompts = prompts(BOTH, 100, 50, 100);
    var first = PromptSets.problems(prompts, 7, new HashSet<>());
    assertEquals(first, PromptSets.problems(prompts, 7, new HashSet<>()));
    assertNotEquals(first, PromptSets.problems(prompts, 8, new HashSet<>()));
  }

  @Test
  void heldoutStaysWhenOtherCountsChange() {
    var few = PromptSets.problems(prompts(BOTH, 10, 50, 0), 7, new HashSet<>());
    var many = PromptSets.problems(prompts(BOTH, 100, 50, 300), 7, new HashSet<>());
    assertEquals(few.subList(0, 50), many.subList(0, 50));
  }

  @Test
  void takenProblemsDoNotComeAgain() {
    var prompts = prompts(BOTH, 0, 50, 0);
    var first = PromptSets.problems(prompts, 7, new HashSet<>());
    var taken =
        first.stream()
            .map(g -> PromptIdentity.normalised(g.problem().prompt()))
            .collect(Collectors.toCollection(HashSet::new));
    var others = PromptSets.problems(prompts, 7, taken);
    assertEquals(50, others.size());
    Set<String> firstTexts =
        first.stream().map(g -> g.problem().prompt()).collect(Collectors.toSet());
    others.forEach(g -> assertFalse(firstTexts.contains(g.problem().prompt())));
  }

  @Test
  void aLevelThatIsUsedUpIsAnErrorAndNoEndlessLoop() {
    var narrow = List.of(new RunConfig.Generator("search", 2, 2, 1));
    var error =
        assertThrows(
            UserError.class,
            () -> PromptSets.problems(prompts(narrow, 10_000, 0, 0), 7, new HashSet<>()));
    assertTrue(
        error.getMessage().startsWith("generator search has too few different problems of level 2"),
        error.getMessage());
  }

  /** A held-out problem is shown in its picture and asked as text, and nowhere else in any way. */
  @Test
  void twinsAreHeldOutInBothWays() {
    var sums =
        List.of(
            new RunConfig.Generator("sum-picture", 2, 3, 1),
            new RunConfig.Generator("sum-text", 2, 3, 1));
    var prompts = new RunConfig.Prompts("test", sums, 300, 20, 100, 15, List.of());
    var problems = PromptSets.problems(prompts, 7, new HashSet<>());
    assertEquals(20 + 2 * 15 + 300 + 100, problems.size());
    var reader = PromptSets.generators().get("sum-picture");
    Map<String, Set<String>> sumsOf = new HashMap<>();
    for (var generated : problems) {
      var problem = generated.problem();
      var text = reader.name().equals(problem.domain()) ? reader.twin(problem).get() : problem;
      sumsOf.computeIfAbsent(generated.split(), any -> new HashSet<>()).add(text.prompt());
    }
    for (int i = 20; i < 50; i += 2) {
      assertEquals("heldout", problems.get(i).split());
      assertEquals(reader.twin(problems.get(i).problem()).get(), problems.get(i + 1).problem());
      assertEquals(2 + (i - 20) / 2 % 2, problems.get(i).problem().level());
    }
    assertEquals(35, sumsOf.get("heldout").size());
    for (String sum : sumsOf.get("heldout")) {
      assertFalse(sumsOf.get("train").contains(sum), sum);
      assertFalse(sumsOf.get("warmup").contains(sum), sum);
    }
    var none = new RunConfig.Prompts("test", BOTH, 10, 5, 5, 3, List.of());
    var error = assertThrows(UserError.class, () -> PromptSets.problems(none, 7, new HashSet<>()));
    assertTrue(error.getMessage().startsWith("prompts.twins = 3: none of "), error.getMessage());
  }

  @Test
  void anUnknownGeneratorIsNamedWithTheKnownOnes() {
    var unknown = List.of(BOTH.get(0), new RunConfig.Generator("sudoku", 1, 2, 1));
    var error =
        assertThrows(
            UserError.class,
            () -> PromptSets.problems(prompts(unknown, 10, 0, 0), 7, new HashSet<>()));
    assertEquals(
        "prompts.generators.1.name: no generator 'sudoku'; known: attribute, automaton, bars, chain,"
            + " count, function, long-chain, lookup, needle, relation, search, short-chain, sum-picture,"
            + " sum-text",
        error.getMessage());
  }

  @Test
  void thePromptIdDependsOnPromptAndAnswer() {
    assertEquals(16, PromptIdentity.promptId("a", "b").length());
    assertNotEquals(PromptIdentity.promptId("a", "b"), PromptIdentity.promptId("a", "c"));
    assertNotEquals(PromptIdentity.promptId("ab", "c"), PromptIdentity.promptId("a", "bc"));
    assertEquals("how many? 3", PromptIdentity.normalised("  How\n many?\t3 "));
  }

  private static long count(List<PromptSets.Generated> problems, String split, String domain) {
    return problems.stream()
        .filter(g -> g.split().equals(split) && g.problem().domain().equals(domain))
        .count();
  }

  private static RunConfig.Prompts prompts(
      List<RunConfig.Generator> generators, int train, int heldout, int warmup) {
    return new RunConfig.Prompts("test", generators, train, heldout, warmup, 0, List.of());
  }
}
