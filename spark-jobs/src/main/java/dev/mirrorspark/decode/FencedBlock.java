package dev.mirrorspark.decode;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A fenced block of a response, as CommonMark 0.31 (4.5) reads it: three or more backticks or
 * tildes open it, a line of as many or more of the same, and nothing else, closes it, and one that
 * is not closed goes to the response's end.
 *
 * @param language what the fence names, in lower case; may be empty
 * @param source the text between the fences, without the indentation of the fence
 */
public record FencedBlock(String language, String source) {
  /** {@code 17} of {@code c++17}, {@code 3.11} of {@code python3.11}. */
  private static final Pattern VERSION = Pattern.compile("-?\\d[\\d.]{0,8}[a-z]?$");

  private static final Set<String> MARKDOWN = Set.of("markdown", "md");

  /** All blocks of a response, in order; of a block that is Markdown itself, its blocks. */
  public static List<FencedBlock> all(String response) {
    return new FenceReader(response)
        .blocks().stream()
            .flatMap(
                block ->
                    MARKDOWN.contains(block.language)
                        ? new FenceReader(block.source).blocks().stream()
                        : Stream.of(block))
            .toList();
  }

  /**
   * The block of a response that is its program: the last whose language is taken; where no block
   * names such a language, the last that names none. Empty blocks, such as a lone fence at the end
   * opens, count where there are no others.
   *
   * @param takes whether a language of that name is taken; false of the empty name
   */
  public static Optional<FencedBlock> program(String response, Predicate<String> takes) {
    List<FencedBlock> blocks = all(response);
    List<FencedBlock> filled = blocks.stream().filter(one -> !one.source.isBlank()).toList();
    return program(filled, takes).or(() -> program(blocks, takes));
  }

  private static Optional<FencedBlock> program(List<FencedBlock> blocks, Predicate<String> takes) {
    return lastOf(blocks, block -> takes.test(block.languageIn(takes)))
        .or(() -> lastOf(blocks, block -> block.language.isEmpty()));
  }

  /** Whether a block of the response names its language. */
  public static boolean named(String response) {
    return all(response).stream().anyMatch(block -> !block.language.isEmpty());
  }

  private static Optional<FencedBlock> lastOf(List<FencedBlock> blocks, Predicate<FencedBlock> is) {
    return blocks.stream().filter(is).reduce((first, second) -> second);
  }

  /**
   * The language by the name under which it is known: as the fence names it, or else by its usual
   * name; empty where the fence names none.
   */
  public String languageIn(Predicate<String> known) {
    return nameIn(language, known);
  }

  /** Whether that is a shell: blocks of it are mostly commands that call the program. */
  public static boolean shell(String language) {
    return usualName(language).equals("shell");
  }

  /** A language by the name under which it is known; where it is not, by its usual name. */
  public static String nameIn(String language, Predicate<String> known) {
    return language.isEmpty() || known.test(language) ? language : usualName(language);
  }

  private static String usualName(String language) {
    String name = VERSION.matcher(language).replaceFirst("");
    return switch (name) {
      case "py" -> "python";
      case "c++", "cc", "cxx", "gnu++" -> "cpp";
      case "js", "node", "nodejs" -> "javascript";
      case "golang" -> "go";
      case "rs" -> "rust";
      case "bash", "sh", "zsh", "console", "shell-session" -> "shell";
      default -> name;
    };
  }

  /**
   * The language that the text behind a fence names: {@code python} of <code>{.python .numberLines}
   * </code>, {@code Python:main.py} and {@code python title="x"}; empty where it names none.
   */
  static String languageOf(String info) {
    String text = info.strip().replaceFirst("^\\{?\\s*\\.?", "");
    int end = 0;
    while (end < text.length() && " \t{}:;,=(".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return text.substring(0, end).toLowerCase(Locale.ROOT);
  }
}
