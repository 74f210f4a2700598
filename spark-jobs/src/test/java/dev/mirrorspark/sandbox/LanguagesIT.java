package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The built-in languages; where the machine lacks one, it has to be refused by name. Compilers that
 * lie outside /usr are named in the variable MIRRORSPARK_TEST_BINDS, their folders with commas.
 */
class LanguagesIT {
  private static final Limits LIMITS = new Limits(10, 30, 256, 64, 256, 32);
  private static final Set<String> COMPILED = Set.of("java", "c", "cpp", "go", "rust");

  /** In each language: reads two numbers and prints their sum. */
  private static final Map<String, String> SUM =
      Map.of(
          "python", "a, b = map(int, input().split())\nprint(a + b)\n",
          "java",
              "public class Main { public static void main(String[] x) {"
                  + " var in = new java.util.Scanner(System.in);"
                  + " System.out.println(in.nextInt() + in.nextInt()); } }",
          "c",
              "#include <stdio.h>\n#include <math.h>\nint main(void) { int a, b;"
                  + " scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", (int) floor(a + b + .1)); return 0; }",
          "cpp",
              "#include <bits/stdc++.h>\nint main() { int a, b; std::cin >> a >> b;"
                  + " std::cout << a + b << std::endl; }",
          "javascript",
              "const [a, b] = require('fs').readFileSync(0, 'utf8').split(/\\s+/).map(Number);\n"
                  + "console.log(a + b);",
          "go",
              "package main\nimport \"fmt\"\nfunc main() { var a, b int; fmt.Scan(&a, &b);"
                  + " fmt.Println(a + b) }",
          "rust",
              "use std::io::*;\nfn main() { let mut s = String::new();"
                  + " stdin().read_to_string(&mut s).unwrap();\n"
                  + " let n: i64 = s.split_whitespace().map(|w| w.parse::<i64>().unwrap()).sum();\n"
                  + " println!(\"{}\", n); }",
          "shell", "read -r a b; echo $((a + b))");

  /** In each language: what is no program of it. */
  private static final String NO_PROGRAM = "this is ( no program of any language";

  private static Sandbox sandbox;

  @BeforeAll
  static void start() throws InterruptedException {
    String binds = System.getenv().getOrDefault("MIRRORSPARK_TEST_BINDS", "");
    sandbox = Sandboxes.start("sandbox.binds=[" + binds + "]");
  }

  @AfterAll
  static void stop() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "java", "c", "cpp", "javascript", "go", "rust", "shell"})
  void aLanguageRunsOrIsRefusedByName(String language) throws InterruptedException {
    var cases = new Run.Cases(List.of(new Run.Case("2 3\n", "5\n"), new Run.Case("40 2", "42")));
    var right = new Run(language, SUM.get(language), cases, LIMITS);
    if (!sandbox.languages().contains(language)) {
      System.out.println("not on this machine, refused by name: " + language);
      var lacking = assertThrows(UserError.class, () -> sandbox.judge(right));
      assertTrue(lacking.getMessage().contains("language " + language + " needs"));
      return;
    }
    Outcome outcome = sandbox.judge(right);
    assertEquals(ProgramVerdict.PASSED, outcome.verdict(), outcome.toString());
    var wrong = new Run.Cases(List.of(new Run.Case("2 3\n", "6\n")));
    outcome = sandbox.judge(new Run(language, SUM.get(language), wrong, LIMITS));
    assertEquals(ProgramVerdict.WRONG_ANSWER, outcome.verdict(), outcome.toString());
    outcome = sandbox.judge(new Run(language, NO_PROGRAM, cases, LIMITS));
    assertEquals(
        COMPILED.contains(language) || language.equals("python")
            ? ProgramVerdict.COMPILE_ERROR
            : ProgramVerdict.RUNTIME_ERROR,
        outcome.verdict(),
        outcome.toString());
    assertEquals(COMPILED.contains(language), sandbox.compiles(language));
  }

  @ParameterizedTest
  @ValueSource(strings = {"java", "c", "cpp", "javascript", "go", "rust", "shell"})
  void testCodeIsRefusedWhereTheProgramCouldEndBeforeIt(String language) {
    var run = new Run(language, "", new Run.TestCode(""), LIMITS);
    var refused = assertThrows(UserError.class, () -> sandbox.judge(run));
    assertTrue(refused.getMessage().startsWith("test_code: "), refused::getMessage);
  }

  @Test
  void theDocumentedEntryOfCWorks() throws InterruptedException {
    try (var own =
        Sandboxes.start(
            "sandbox.languages=[{name: own-c, file: main.c, compile: [gcc, -O2, -o, main,"
                + " '{file}'], run: [./main]}, {name: absent, file: main.x, run: [./main]}]")) {
      if (!own.languages().contains("c")) {
        return;
      }
      var cases = new Run.Cases(List.of(new Run.Case("2 3", "5")));
      Outcome outcome = own.judge(new Run("own-c", SUM.get("c"), cases, LIMITS));
      assertEquals(ProgramVerdict.PASSED, outcome.verdict(), outcome.toString());
      assertFalse(own.languages().contains("absent"), "nothing compiles its program");
    }
  }

  @Test
  void anOwnEntryForPythonKeepsTheHarness() throws InterruptedException {
    try (var own =
        Sandboxes.start(
            "sandbox.languages=[{name: python, file: main.py, run: [python3, -I, '{file}']}]")) {
      var tests = new Run.TestCode("assert f(2) == 4");
      for (String nothing :
          List.of(
              "import sys\nsys.exit(0)",
              "import os\nos._exit(0)",
              "'''\n",
              "def f(x): return 0",
              "import atexit, os\natexit.register(os._exit, 0)",
              "raise SystemExit",
              "")) {
        Outcome outcome = own.judge(new Run("python", nothing, tests, LIMITS));
        assertTrue(
            outcome.verdict() != ProgramVerdict.PASSED && outcome.verdict() != ProgramVerdict.ERROR,
            () -> nothing + ": " + outcome);
      }
      assertEquals(
          ProgramVerdict.PASSED,
          own.judge(new Run("python", "def f(x): return 2 * x", tests, LIMITS)).verdict());
    }
    for (String entry :
        List.of(
            "{name: python, file: main.py, run: [python3, main.py]}",
            "{name: python, file: main.py, compile: [cp, '{file}', .], run: [python3, '{file}']}")) {
      var refused =
          assertThrows(
              UserError.class,
              () -> Sandbox.start(Sandboxes.config("sandbox.languages=[" + entry + "]")));
      assertTrue(refused.getMessage().contains("entry python"), refused::getMessage);
    }
  }
}
