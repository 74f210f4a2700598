package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses are written with 'N' for a line end and '^' for a backtick where that reads better. */
class FencedBlockTest {
  private static List<FencedBlock> all(String text) {
    return FencedBlock.all(text.replace('^', '`').replace("N", "\n"));
  }

  private static FencedBlock block(String language, String source) {
    return new FencedBlock(language, source.replace('^', '`').replace("N", "\n"));
  }

  /** The examples of CommonMark 0.31, section 4.5, that are about fences. */
  @Test
  void fencesAreThoseOfCommonMark() {
    assertEquals(List.of(block("", "<N >N")), all("^^^N<N >N^^^"));
    assertEquals(List.of(block("", "<N >N")), all("~~~N<N >N~~~"));
    assertEquals(List.of(), all("^^NfooN^^"));
    assertEquals(List.of(block("", "aaaN~~~N")), all("^^^NaaaN~~~N^^^"));
    assertEquals(List.of(block("", "aaaN^^^N")), all("~~~NaaaN^^^N~~~"));
    assertEquals(List.of(block("", "aaaN^^^N")), all("^^^^NaaaN^^^N^^^^^^"));
    assertEquals(List.of(block("", "aaaN~~~N")), all("~~~~NaaaN~~~N~~~~"));
    assertEquals(List.of(block("", "")), all("^^^"));
    assertEquals(List.of(block("", "N^^^Naaa")), all("^^^^^NN^^^Naaa"));
    assertEquals(List.of(block("", "aaaN")), all("> ^^^N> aaaNNbbb"));
    assertEquals(List.of(block("", "N  N")), all("^^^NN  N^^^"));
    assertEquals(List.of(block("", "")), all("^^^N^^^"));
    assertEquals(List.of(block("", "aaaNaaaN")), all(" ^^^N aaaNaaaN^^^"));
    assertEquals(List.of(block("", "aaaNaaaNaaaN")), all("  ^^^NaaaN  aaaNaaaN  ^^^"));
    assertEquals(List.of(block("", "aaaN aaaNaaaN")), all("   ^^^N   aaaN    aaaN  aaaN   ^^^"));
    assertEquals(List.of(block("", "aaaN")), all("^^^NaaaN  ^^^"));
    assertEquals(List.of(block("", "aaaN")), all("   ^^^NaaaN  ^^^"));
    assertEquals(List.of(block("", "aaaN    ^^^N")), all("^^^NaaaN    ^^^N"));
    assertEquals(List.of(), all("^^^ ^^^Naaa"));
    assertEquals(List.of(block("", "aaaN~~~ ~~")), all("~~~~~~NaaaN~~~ ~~"));
    assertEquals(List.of(block("", "barN")), all("fooN^^^NbarN^^^Nbaz"));
    assertEquals(List.of(block("ruby", "def fooN")), all("^^^rubyNdef fooN^^^"));
    assertEquals(
        List.of(block("ruby", "def fooN")), all("~~~~    ruby startline=3 $%@#$Ndef fooN~~~~~~~"));
    assertEquals(List.of(block("", "")), all("^^^^;N^^^^"));
    assertEquals(List.of(), all("^^^ aa ^^^Nfoo"));
    assertEquals(List.of(block("aa", "fooN")), all("~~~ aa ^^^ ~~~NfooN~~~"));
    assertEquals(List.of(block("", "^^^ aaaN")), all("^^^N^^^ aaaN^^^"));
  }

  @Test
  void fencesInListsAndQuotationsAreFound() {
    assertEquals(List.of(block("py", "if x:N  yN")), all("1. So:N   ^^^pyN   if x:N     yN   ^^^"));
    assertEquals(List.of(block("py", "xNyN")), all("- ^^^pyN  xN  yN  ^^^Nend"));
    assertEquals(List.of(block("py", "xN")), all("10. ^^^pyNxN^^^Nend"));
    assertEquals(
        List.of(block("py", "xN")), all("* a N    * b NN        ^^^pyN        xN        ^^^"));
    assertEquals(List.of(block("py", "xN  yN")), all("\t^^^pyN\txN\t  yN\t^^^"));
    assertEquals(List.of(block("py", "xN> yN")), all("> ^^^pyN> xN> > yN> ^^^N> z"));
    assertEquals(List.of(block("py", "x")), all("^^^pyNx"));
  }

  @Test
  void byteOrderMarksAndOtherLineEndsAreNoPartOfAProgram() {
    assertEquals(List.of(block("python", "xN")), all("\uFEFF^^^pythonN\uFEFFxN^^^"));
    assertEquals(List.of(block("python", "xNyN")), all("^^^python\r\nx\r\ny\r\n^^^\r\nz"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "python",
        "Python",
        " python ",
        "{.python}",
        "{ .python .numberLines }",
        "{python}",
        "python:main.py",
        "python title=\"a b\"",
        "python{1,3}",
        "python,linenos",
        "pyTHon\t3"
      })
  void aFenceNamesItsLanguageInManyWays(String info) {
    assertEquals(List.of(block("python", "xN")), all("^^^" + info + "NxN^^^"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", ":", "{}", "{:", "{.", ".", "=", ";", ",", "(", "{ }", "\t{", "::"})
  void aFenceMayNameNothing(String info) {
    assertEquals(List.of(block("", "xN")), all("^^^" + info + "NxN^^^"));
    assertEquals(List.of(block("", "")), all("I do not know.N^^^" + info));
  }

  @Test
  void aFenceInADocstringDoesNotCloseTheProgram() {
    String indented = "def f():N    \"\"\"N    ^^^N    >>> f()N    ^^^N    \"\"\"N    return 1N";
    String flush = "'''N^^^N>>> f()N^^^N'''Ndef f():N  return 1N";
    String inner =
        "def f():N  \"\"\"N  ^^^pyN  f()N  ^^^N  \"\"\"N  return 'N'N".replace("'N'", "1");
    for (String source : List.of(indented, flush, inner)) {
      assertEquals(
          List.of(block("python", source), block("text", "1N")),
          all("^^^pythonN" + source + "^^^N^^^textN1N^^^"));
      assertEquals(List.of(block("", source)), all("^^^N" + source + "^^^"));
    }
    assertEquals(
        List.of(block("python", "x = '''N"), block("", "y")),
        all("^^^pythonNx = '''N^^^Nz N^^^Ny"));
    assertEquals(
        List.of(block("python", "x = 1 # '''N"), block("", "yN")),
        all("^^^pythonNx = 1 # '''N^^^Nz '''N^^^NyN^^^"));
  }

  @Test
  void theProgramIsTheLastBlockInALanguageThatIsTaken() {
    Set<String> taken = Set.of("python", "cpp");
    String program = "^^^pythonNf()N^^^N";
    for (String behind :
        List.of(
            "^^^N4N^^^",
            "^^^textN4N^^^",
            "^^^bashNpython main.pyN^^^",
            "^^^outputN4N^^^",
            "^^^jsonN{}N^^^",
            "^^^",
            "~~~N4",
            "^^^{N")) {
      assertEquals(
          Optional.of(block("python", "f()N")),
          FencedBlock.program(
              (program + behind).replace('^', '`').replace("N", "\n"), taken::contains));
    }
    assertEquals(
        Optional.of(block("c++17", "g()N")),
        FencedBlock.program(
            (program + "^^^C++17Ng()N^^^N^^^N4N^^^").replace('^', '`').replace("N", "\n"),
            taken::contains));
    assertEquals(
        Optional.of(block("", "4N")),
        FencedBlock.program("```\n3\n```\n```\n4\n```\n```java\n```", taken::contains));
    assertEquals(Optional.empty(), FencedBlock.program("```text\n3\n```", taken::contains));
    for (String stray : List.of("```", "```\n\n", "```python", "```python\n \n```")) {
      assertEquals(
          Optional.of(block("", "4N")),
          FencedBlock.program("```\n4\n```\n" + stray, taken::contains));
    }
    assertEquals(Optional.of(block("", "")), FencedBlock.program("```", taken::contains));
    assertEquals(List.of(block("python", "xN")), all("^^^^markdownN^^^pythonNxN^^^N^^^^"));
  }

  /** Whatever a policy writes is read in time linear in its length. */
  @Test
  void readingEndsSoonAndWithoutAFault() {
    String open = "x = '''\n";
    for (String text :
        List.of(
            "```\n".repeat(200_000),
            ("```python\n" + open + "```\n").repeat(40_000),
            "> ".repeat(200_000) + "```\n",
            "- ".repeat(200_000) + "```\n",
            (">".repeat(500_000) + "```\n").repeat(2),
            ("> ".repeat(90) + "```\n").repeat(2_000),
            "`".repeat(500_000),
            " ".repeat(500_000) + "```",
            ("````md\n" + "```md\n".repeat(5)).repeat(20_000))) {
      assertTimeoutPreemptively(Duration.ofSeconds(5), () -> FencedBlock.all(text));
    }
  }

  @Test
  void languagesHaveManyNames() {
    Set<String> known = Set.of("python", "cpp", "shell", "javascript", "java", "js2", "lean");
    for (String[] names :
        List.of(
            new String[] {"python", "py", "python3", "py3", "python3.11", "python-3.11"},
            new String[] {"cpp", "c++", "c++17", "cpp20", "c++2a", "cxx"},
            new String[] {"javascript", "js", "node"},
            new String[] {"shell", "bash", "sh"},
            new String[] {"java", "java17"},
            new String[] {"lean", "lean4"},
            new String[] {"js2"})) {
      for (String name : names) {
        assertEquals(names[0], FencedBlock.nameIn(name, known::contains), name);
      }
    }
    assertEquals("bash", FencedBlock.nameIn("bash", Set.of("bash")::contains));
    assertEquals("text", FencedBlock.nameIn("text", known::contains));
    assertEquals("", FencedBlock.nameIn("", known::contains));
  }
}
