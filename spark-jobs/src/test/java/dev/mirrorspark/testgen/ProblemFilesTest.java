package dev.mirrorspark.testgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemFilesTest {
  @TempDir private Path folder;

  private List<CodingProblem> read(String text, String... sets) throws IOException {
    Path file = Files.writeString(folder.resolve("problems.jsonl"), text);
    List<String> all = new ArrayList<>(List.of(sets));
    all.add("testcases.files.0=" + file);
    return ProblemFiles.read(RunFile.load(Optional.empty(), all), new Configuration());
  }

  @Test
  void everythingThatALineMayHold() throws IOException {
    List<CodingProblem> problems =
        read(
            """
            {"id": 7, "question": "Add.", "submissions": ["a", {"source": "b", "language": "java"}]}

            {"id": "x", "question": "Sub.", "language": "java", "submissions": ["c", "d", "e"],
             "generator": {"source": "g", "language": "python"}, "special_judge": true,
             "domain": "games", "level": 3, "expected": {"anything": 1}}
            """
                .replace(",\n ", ", "),
            "testcases.submissions=2");
    assertEquals(
        List.of(
            new CodingProblem(
                "7",
                "Add.",
                List.of(new Source("python", "a"), new Source("java", "b")),
                List.of(),
                false,
                "code",
                0,
                folder.resolve("problems.jsonl") + " line 1"),
            new CodingProblem(
                "x",
                "Sub.",
                List.of(new Source("java", "c"), new Source("java", "d")),
                List.of(new Draft(0, new Source("python", "g"))),
                true,
                "games",
                3,
                folder.resolve("problems.jsonl") + " line 3")),
        problems);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '$',
      value = {
        "{ | line 2: not JSON",
        "[1] | line 2: is no JSON object",
        "{\"question\": \"q\", \"submissions\": []} | line 2: id is missing",
        "{\"id\": 1.5, \"question\": \"q\", \"submissions\": []} | line 2: id is",
        "{\"id\": \"b\", \"submissions\": []} | line 2: question is missing",
        "{\"id\": \"b\", \"question\": \" \", \"submissions\": []} | line 2: question is",
        "{\"id\": \"b\", \"question\": \"q\"} | line 2: submissions is missing",
        "{\"id\": \"b\", \"question\": \"q\", \"submissions\": [\"x\", 3]} | line 2: submissions.1"
            + " is",
        "{\"id\": \"b\", \"question\": \"q\", \"submissions\": [{\"source\": \"x\", \"language\":"
            + " \"cobol\"}]} | line 2: submissions.0.language is missing or not accepted; accepted:"
            + " one of c, cpp, go, java, javascript, python, rust, shell",
        "{\"id\": \"b\", \"question\": \"q\", \"language\": \"cobol\", \"submissions\": []} | line 2:"
            + " language is",
        "{\"id\": \"b\", \"question\": \"q\", \"submissions\": [], \"generator\": 1} | line 2:"
            + " generator is",
        "{\"id\": \"b\", \"question\": \"q\", \"submissions\": [], \"special_judge\": 1}"
            + " | line 2: special_judge is missing or not accepted; accepted: true or false",
        "{\"id\": \"b\", \"question\": \"q\", \"submissions\": [], \"level\": -1} | line 2: level"
            + " is",
        "{\"id\": \"a\", \"question\": \"q\", \"submissions\": []} | line 2: id a stands in",
        "{\"id\": \"b\", \"question\": \"first \", \"submissions\": []} | line 2: question stands"
            + " in",
      })
  void aBadLineIsNamedWithItsKey(String line, String expected) {
    String good = "{\"id\": \"a\", \"question\": \"first\", \"submissions\": []}\n";
    String message = assertThrows(UserError.class, () -> read(good + line + "\n")).getMessage();
    assertTrue(message.contains(expected), message);
    assertTrue(message.contains("problems.jsonl"), message);
  }

  @Test
  void programsAreBoundedInSize() throws IOException {
    String line = "{\"id\": \"a\", \"question\": \"q\", \"submissions\": [\"%s\"]}";
    assertEquals(1, read(line.formatted("é".repeat(512)), "testcases.source_kb=1").size());
    String message =
        assertThrows(
                UserError.class,
                () -> read(line.formatted("é".repeat(513)), "testcases.source_kb=1"))
            .getMessage();
    assertTrue(message.contains("submissions.0 is missing or not accepted"), message);
    assertTrue(message.contains("testcases.source_kb = 1 KiB"), message);
  }

  @Test
  void filesThatAreNotThereOrEmptyAreNamedByTheirKey() {
    String message = assertThrows(UserError.class, () -> read("\n")).getMessage();
    assertTrue(message.startsWith("testcases.files.0: "), message);
    var config = RunFile.load(Optional.empty(), List.of("testcases.files.0=/nowhere.jsonl"));
    message =
        assertThrows(UserError.class, () -> ProblemFiles.read(config, new Configuration()))
            .getMessage();
    assertTrue(message.startsWith("testcases.files.0: no file /nowhere.jsonl"), message);
  }

  /** The last fenced block is the generator, in a language that the sandbox has. */
  @Test
  void aResponseIsAGeneratorWhereItHoldsAProgram() {
    var config = RunFile.load(Optional.empty(), List.of("testcases.source_kb=1"));
    assertEquals(
        Optional.of(new Draft(3, new Source("python", "b\n"))),
        PolicyGenerators.draft(config, 3, "Say\n```\na\n```\nor\n```py\nb\n```\nDone."));
    assertEquals(
        Optional.of(new Draft(0, new Source("java", "c"))),
        PolicyGenerators.draft(config, 0, "```java\nc"));
    for (String none :
        List.of("print(1)", "```\n \n```", "```cobol\nx\n```", "```\n" + "x".repeat(1025))) {
      assertEquals(Optional.empty(), PolicyGenerators.draft(config, 0, none), none);
    }
  }
}
