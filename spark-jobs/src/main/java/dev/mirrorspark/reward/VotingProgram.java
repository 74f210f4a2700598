package dev.mirrorspark.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Run;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The program of a response as it is run on an input that nobody gave, to vote by what it prints
 * (maj@k of code).
 *
 * <p>One that reads standard input runs as it is. A function of Python is called with the arguments
 * that stand on standard input as literals with commas between them, and what it returns is
 * printed, in the same text for equal values. What the program itself prints is no vote, and its
 * main guard does not run: neither does under its tests.
 *
 * @param limits those that the problem sets, else the sandbox's
 */
public record VotingProgram(String language, String source, Limits limits) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern CALL = Pattern.compile("\\b([A-Za-z_]\\w*)\\s*\\(");

  private static final String CALLED =
      """
      def _told(value):
          if isinstance(value, float):
              return '%.9g' % value
          if isinstance(value, (set, frozenset)):
              return 'set(' + ', '.join(sorted(map(_told, value))) + ')'
          if isinstance(value, dict):
              return '{' + ', '.join(sorted(_told(k) + ': ' + _told(value[k]) for k in value)) + '}'
          if isinstance(value, (list, tuple)):
              ends = '[]' if isinstance(value, list) else '()'
              return ends[0] + ', '.join(map(_told, value)) + ends[1]
          return repr(value)

      import ast as _ast, io as _io, sys as _sys
      _arguments = _ast.literal_eval('(' + _sys.stdin.read().strip().rstrip(',') + ',)')
      _out, _sys.stdout, _sys.stdin = _sys.stdout, _io.StringIO(), _io.StringIO()
      _space = {'__name__': 'program'}
      exec(compile(SOURCE, 'main.py', 'exec'), _space)
      _out.write(_told(eval('NAME', _space)(*_arguments)))
      """;

  /** Answer types whose responses vote by what their programs print. */
  public static Set<String> answerTypes() {
    return CodeVerifier.TYPES;
  }

  /** What votes in a response; empty where it holds no program that can be run so. */
  public static Optional<VotingProgram> of(
      RunConfig.Sandbox sandbox, Reference reference, String response) throws InterruptedException {
    return CodeVerifier.program(sandbox, reference.answer(), reference.answerType(), response)
        .flatMap(VotingProgram::of);
  }

  private static Optional<VotingProgram> of(Run run) {
    if (!(run.check() instanceof Run.TestCode tests)) {
      return Optional.of(new VotingProgram(run.language(), run.source(), run.limits()));
    }
    return called(tests, run.source())
        .map(name -> new VotingProgram(run.language(), calling(name, run.source()), run.limits()));
  }

  /** A JSON text is a literal of Python, too. */
  private static String calling(String name, String source) {
    return CALLED.replace("NAME", name).replace("SOURCE", TextNode.valueOf(source).toString());
  }

  /** The function that is called: the entry point, or the first of the program's in its tests. */
  private static Optional<String> called(Run.TestCode tests, String source) {
    if (!tests.entry().isEmpty()) {
      return Optional.of(tests.entry());
    }
    return CALL.matcher(tests.code())
        .results()
        .map(call -> call.group(1))
        .filter(name -> defines(source, name))
        .findFirst();
  }

  private static boolean defines(String source, String name) {
    return Pattern.compile("(?m)^(?:def|class)\\s+" + name + "\\b|^" + name + "\\s*=[^=]")
        .matcher(source)
        .find();
  }

  /** The program that makes inputs, of key {@code generator}: its language and its text. */
  public record Generator(String language, String source) {}

  /** The problem's own generator; empty where its answer brings none. */
  public static Optional<Generator> generator(Reference reference) {
    JsonNode generator = json(reference).path("generator");
    if (generator.isTextual()) {
      return Optional.of(new Generator(CodeVerifier.PYTHON, generator.asText()));
    }
    return generator.path("source").isTextual()
        ? Optional.of(
            new Generator(
                generator.path("language").asText(CodeVerifier.PYTHON),
                generator.get("source").asText()))
        : Optional.empty();
  }

  /** What a policy reads that is to write a generator: the problem, and what an input is. */
  public static String question(Reference reference) {
    if (reference.answerType().equals(CodeVerifier.STDIN_STDOUT)) {
      return reference.problem();
    }
    String name = json(reference).path("entry_point").asText("");
    return reference.problem()
        + "\n\nAn input is one line: the arguments of the function%s, as Python literals with commas between them."
            .formatted(name.isEmpty() ? "" : " " + name);
  }

  private static JsonNode json(Reference reference) {
    try {
      return JSON.readTree(reference.answer());
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }
}
