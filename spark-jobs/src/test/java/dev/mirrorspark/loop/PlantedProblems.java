package dev.mirrorspark.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Programming problems with planted bad generators and bad submissions, on both sides of every
 * threshold of the rule, and for each what has to become of it, worked out by hand.
 *
 * <p>All problems are about a list of numbers. Case k has k + 2 of them, so that a program can fail
 * on a chosen case.
 */
public final class PlantedProblems {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String READ = "n = int(input())\na = list(map(int, input().split()))\n";

  private static final String SEEDED =
      "import random\nrandom.seed(int(input()))\nk = int(input())\nn = k + 2\n";
  private static final String PRINT =
      "print(n)\nprint(*[random.randint(0, 1000) for _ in range(n)])\n";
  private static final String GOOD = SEEDED + PRINT;

  /** Right for every list. */
  private static final List<String> SUM =
      List.of("print(sum(a))\n", "t = 0\nfor x in a:\n    t += x\nprint(t)\n");

  /** The same for what the statement allows, different where a number is negative. */
  private static final List<String> SUM_OF_WHAT_IS_ALLOWED =
      List.of(
          "print(sum(a))\n", "print(sum(map(abs, a)))\n", "print(sum(x for x in a if x > 0))\n");

  private static final List<String> MEAN =
      List.of("print(sum(a) / n)\n", "print('%.9f' % (sum(a) / n))\n");

  private static final List<String> SORTED =
      List.of("print(*sorted(a))\n", "a.sort()\nfor x in a:\n    print(x, end='  ')\n");

  private static final String WRONG = "print(sum(a) + 1)\n";
  private static final String CRASH = "print(a[n])\n";
  private static final String RANDOM = "import os\nprint(int.from_bytes(os.urandom(7), 'big'))\n";
  private static final String SILENT = "pass\n";

  private final List<ObjectNode> problems = new ArrayList<>();
  private final int cases;
  private final int minValid;

  /** What has to become of a problem: counts as in table {@code test_problems}. */
  public record Expected(String outcome, int inputs, int valid, int passing) {}

  private PlantedProblems(int cases, int minValid) {
    this.cases = cases;
    this.minValid = minValid;
  }

  /**
   * Writes the file, with what is expected under {@code expected}, which the command ignores.
   *
   * @param cases and at least how many valid ones: at least 4 of them are not needed
   * @param ids the problems that are wanted; empty: all
   */
  public static Map<String, Expected> write(Path file, int cases, int minValid, List<String> ids) {
    var planted = new PlantedProblems(cases, minValid);
    planted.kept();
    planted.disputed();
    planted.badGenerators();
    planted.badSubmissions();
    Map<String, Expected> expected = new TreeMap<>();
    var lines = new StringBuilder();
    for (ObjectNode problem : planted.problems) {
      String id = problem.get("id").asText();
      if (ids.isEmpty() || ids.contains(id)) {
        expected.put(id, JSON.convertValue(problem.get("expected"), Expected.class));
        lines.append(problem).append('\n');
      }
    }
    try {
      Files.writeString(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return expected;
  }

  private void kept() {
    add("all-right", GOOD, tens(SUM, 10), kept(10));
    add("one-wrong", GOOD, with(tens(SUM, 9), WRONG), kept(9));
    add("one-crashes", GOOD, with(tens(SUM, 9), CRASH), kept(9));
    add("one-silent", GOOD, with(tens(SUM, 9), SILENT), kept(9));
    add("one-random", GOOD, with(tens(SUM, 9), RANDOM), kept(9));
    add("one-slow-on-one-case", GOOD, with(tens(SUM, 9), slowOn(2)), kept(9));
    add("one-wrong-on-one-case", GOOD, with(tens(SUM, 9), wrongOn(cases, "1")), kept(9));
    add("decimals-in-two-spellings", GOOD, tens(MEAN, 10), kept(10));
    add("white-space-differs", GOOD, tens(SORTED, 10), kept(10));
    add("five-submissions", GOOD, tens(SUM, 5), kept(5));
    add(
        "fifteen-submissions-ten-run",
        GOOD,
        with(tens(SUM, 10), tens(List.of(WRONG), 5)),
        kept(10));
    // Just as many cases as are needed, the others without input, or twice the same.
    add(
        "generator-crashes-late",
        crashAfter(minValid),
        tens(SUM, 10),
        kept(minValid, minValid, 10));
    add(
        "generator-repeats-late",
        repeatAfter(minValid),
        tens(SUM, 10),
        kept(minValid, minValid, 10));
    // Inputs that the statement rules out: the submissions disagree on them, 4 : 3 : 3.
    add(
        "generator-leaves-range-late",
        negativeAfter(minValid),
        tens(SUM_OF_WHAT_IS_ALLOWED, 10),
        kept(cases, minValid, 10));
    // A generator that tries to get out of its box, and prints an input all the same.
    add("generator-looks-around", GOOD + LOOK_AROUND, tens(SUM, 10), kept(10));
    add("generator-leaves-processes", GOOD + DAEMON, tens(SUM, 10), kept(10));
  }

  private void disputed() {
    // 7 of 10 agree on case 1: it is valid, and the three others do not pass it.
    var three = List.of(wrongOn(1, "1"), wrongOn(1, "2"), wrongOn(1, "3"));
    add(
        "seven-of-ten-on-case-1",
        GOOD,
        with(tens(SUM, 7), three),
        new Expected("submissions", cases, cases, 7));
    // 6 of 10 agree on case 1: it is not valid, and nobody need pass it.
    add(
        "six-of-ten-on-case-1",
        GOOD,
        with(with(tens(SUM, 6), three), wrongOn(1, "4")),
        kept(cases, cases - 1, 10));
    // The two wrong ones are wrong on a case that is not valid: of no account.
    add(
        "wrong-where-it-does-not-matter",
        GOOD,
        with(with(tens(SUM, 6), three), crashOn(1)),
        kept(cases, cases - 1, 10));
    add(
        "six-of-ten-always",
        GOOD,
        with(tens(SUM, 6), tens(List.of(WRONG), 4)),
        dropped("cases", 0));
    add(
        "seven-of-ten-always",
        GOOD,
        with(tens(SUM, 7), tens(List.of(WRONG), 3)),
        new Expected("submissions", cases, cases, 7));
    // The majority is wrong: the rule cannot know.
    add("nine-wrong-alike", GOOD, with(tens(List.of(WRONG), 9), SUM.get(0)), kept(9));
    add("three-of-five", GOOD, with(tens(SUM, 3), tens(List.of(WRONG), 2)), dropped("cases", 0));
    add(
        "four-of-five",
        GOOD,
        with(tens(SUM, 4), WRONG),
        new Expected("submissions", cases, cases, 4));
  }

  private void badGenerators() {
    var right = tens(SUM, 10);
    var none = new Expected("generator", 0, 0, 0);
    problem("special-judge", GOOD, right, new Expected("special_judge", 0, 0, 0))
        .put("special_judge", true);
    problem("special-judge-and-no-generator", "", right, new Expected("special_judge", 0, 0, 0))
        .put("special_judge", true);
    add("one-submission", GOOD, tens(SUM, 1), new Expected("few_submissions", 0, 0, 0));
    add("no-generator", "", right, none);
    add("generator-crashes", SEEDED + "print(1 // 0)\n", right, none);
    add("generator-is-no-program", "print(1\n", right, none);
    add("generator-never-ends", SEEDED + "while True: pass\n", right, none);
    add("generator-prints-nothing", SEEDED, right, none);
    add("generator-prints-white-space", SEEDED + "print(' ')\n", right, none);
    add("generator-floods", SEEDED + "while True: print('1' * 1000)\n", right, none);
    add("generator-makes-huge-inputs", SEEDED + "print(10**5)\nprint('1 ' * 10**5)\n", right, none);
    add("generator-fills-memory", SEEDED + "x = [0] * 10**9\n" + PRINT, right, none);
    add(
        "generator-prints-bytes",
        SEEDED + "import os\nos.write(1, bytes([255, 254, 0, 1]))\n",
        right,
        none);
    add("generator-wants-a-third-line", "input()\ninput()\ninput()\n", right, none);
    add(
        "generator-always-the-same",
        "print(3)\nprint(1, 2, 3)\n",
        right,
        new Expected("generator", 1, 0, 0));
    add(
        "generator-crashes-one-too-early",
        crashAfter(minValid - 1),
        right,
        new Expected("generator", minValid - 1, 0, 0));
    add(
        "generator-repeats-one-too-early",
        repeatAfter(minValid - 1),
        right,
        new Expected("generator", minValid - 1, 0, 0));
    add(
        "generator-leaves-range-one-too-early",
        negativeAfter(minValid - 1),
        tens(SUM_OF_WHAT_IS_ALLOWED, 10),
        dropped("cases", minValid - 1));
    add(
        "generator-leaves-range",
        negativeAfter(0),
        tens(SUM_OF_WHAT_IS_ALLOWED, 10),
        dropped("cases", 0));
    // An input that no submission reads.
    add("generator-prints-words", SEEDED + "print('case', k)\n", right, dropped("cases", 0));
  }

  private void badSubmissions() {
    var eight = new Expected("submissions", cases, cases, 8);
    add("two-wrong", GOOD, with(with(tens(SUM, 8), WRONG), "print(sum(a) + 2)\n"), eight);
    add("two-crash", GOOD, with(with(tens(SUM, 8), CRASH), CRASH), eight);
    add("two-slow-on-one-case", GOOD, with(with(tens(SUM, 8), slowOn(2)), slowOn(3)), eight);
    add(
        "two-wrong-on-a-case-each",
        GOOD,
        with(with(tens(SUM, 8), wrongOn(1, "1")), wrongOn(cases, "1")),
        eight);
    add("four-random", GOOD, with(tens(SUM, 6), tens(List.of(RANDOM), 4)), dropped("cases", 0));
    add("all-random", GOOD, tens(List.of(RANDOM), 10), dropped("cases", 0));
    add("all-crash", GOOD, tens(List.of(CRASH), 10), dropped("cases", 0));
    add("all-silent", GOOD, tens(List.of(SILENT), 10), dropped("cases", 0));
  }

  private static final String LOOK_AROUND =
      """
      import os, socket, subprocess
      for path in ('/etc/shadow', '/root', '/home', '/proc/1/environ'):
          try:
              os.listdir(path) if os.path.isdir(path) else open(path).read()
          except OSError:
              pass
      try:
          socket.create_connection(('192.0.2.1', 80), timeout=0.1)
      except OSError:
          pass
      """;

  private static final String DAEMON =
      """
      import os, sys, time
      sys.stdout.flush()
      if os.fork() == 0:
          os.setsid()
          os.close(1)
          os.close(2)
          time.sleep(60)
      """;

  private static String crashAfter(int good) {
    return SEEDED + "assert k <= " + good + "\n" + PRINT;
  }

  /** The input of the case of that number again and again. */
  private static String repeatAfter(int good) {
    return SEEDED
        + "k = min(k, %d)\nn = k + 2\nif k == %d: random.seed(5)\n".formatted(good, good)
        + PRINT;
  }

  private static String negativeAfter(int good) {
    return SEEDED
        + "print(n)\nprint(-5, *[random.randint(1, 1000) for _ in range(n - 1)])"
            .replace("-5", "-5 if k > " + good + " else 5")
        + "\n";
  }

  private static String wrongOn(int number, String by) {
    return "print(sum(a) + (" + by + " if n == " + (number + 2) + " else 0))\n";
  }

  private static String crashOn(int number) {
    return "assert n != " + (number + 2) + "\nprint(sum(a))\n";
  }

  private static String slowOn(int number) {
    return "while n == " + (number + 2) + ": pass\nprint(sum(a))\n";
  }

  private Expected kept(int passing) {
    return kept(cases, cases, passing);
  }

  private static Expected kept(int inputs, int valid, int passing) {
    return new Expected("kept", inputs, valid, passing);
  }

  private Expected dropped(String outcome, int valid) {
    return new Expected(outcome, cases, valid, 0);
  }

  /** So many programs, of these in turn. */
  private static List<String> tens(List<String> bodies, int count) {
    List<String> programs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      programs.add(bodies.get(i % bodies.size()));
    }
    return programs;
  }

  private static List<String> with(List<String> bodies, List<String> others) {
    List<String> all = new ArrayList<>(bodies);
    all.addAll(others);
    return all;
  }

  private static List<String> with(List<String> bodies, String other) {
    return with(bodies, List.of(other));
  }

  private void add(String id, String generator, List<String> bodies, Expected expected) {
    problem(id, generator, bodies, expected);
  }

  private ObjectNode problem(String id, String generator, List<String> bodies, Expected expected) {
    ObjectNode problem =
        JSON.createObjectNode()
            .put("id", id)
            .put(
                "question",
                "Numbers, %s. Two lines: how many, and the numbers, from 0 to 1000.".formatted(id));
    if (!generator.isEmpty()) {
      problem.put("generator", generator);
    }
    var submissions = problem.putArray("submissions");
    bodies.forEach(body -> submissions.add(READ + body));
    problem.set("expected", JSON.valueToTree(expected));
    problems.add(problem);
    return problem;
  }
}
