package dev.mirrorspark.sandbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How a Java program wants to be compiled and started: its public class names the file, and its
 * first class with a static {@code main}, the public one before others, is started.
 *
 * @param file name of the source file
 * @param mainClass name of the class that holds {@code main}, with its package
 */
record JavaSource(String file, String mainClass) {
  private static final String MAIN = "Main";
  private static final String TEXT_BLOCK = "\"\"\"";
  private static final Set<String> KINDS = Set.of("class", "interface", "enum", "record");

  /** What may be the name of a file and a word of a command. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]{0,99}");

  private static final Pattern PACKAGE =
      Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]*+(\\.[A-Za-z_$][A-Za-z0-9_$]*+){0,20}");

  /** A class, interface, enum or record that stands in no other. */
  private record Type(String name, boolean isPublic, boolean holdsMain) {}

  static JavaSource of(String source) {
    List<String> words = words(source);
    List<Type> types = types(words);
    Optional<Type> open = types.stream().filter(Type::isPublic).findFirst();
    Optional<String> started =
        types.stream()
            .filter(type -> type.isPublic() && type.holdsMain())
            .findFirst()
            .or(() -> types.stream().filter(Type::holdsMain).findFirst())
            .or(() -> open)
            .map(Type::name);
    return new JavaSource(
        open.map(Type::name).orElse(MAIN) + ".java", packageOf(words) + started.orElse(MAIN));
  }

  /** Names and brackets, without comments and literals. */
  private static List<String> words(String source) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < source.length(); ) {
      char c = source.charAt(i);
      int end = i + 1;
      if (source.startsWith("//", i)) {
        end = behind(source, "\n", i);
      } else if (source.startsWith("/*", i)) {
        end = behind(source, "*/", i + 2);
      } else if (source.startsWith(TEXT_BLOCK, i)) {
        end = behindLiteral(source, i + 3, TEXT_BLOCK);
      } else if (c == '"' || c == '\'') {
        end = behindLiteral(source, i + 1, String.valueOf(c));
      } else if (Character.isJavaIdentifierStart(c)) {
        while (end < source.length() && Character.isJavaIdentifierPart(source.charAt(end))) {
          end++;
        }
        words.add(source.substring(i, end));
      } else if ("{}();.".indexOf(c) >= 0) {
        words.add(String.valueOf(c));
      }
      i = end;
    }
    return words;
  }

  private static int behind(String source, String mark, int from) {
    int at = source.indexOf(mark, from);
    return at < 0 ? source.length() : at + mark.length();
  }

  private static int behindLiteral(String source, int from, String quote) {
    int i = from;
    while (i < source.length() && !source.startsWith(quote, i)) {
      i += source.charAt(i) == '\\' ? 2 : 1;
    }
    return Math.min(source.length(), i + quote.length());
  }

  private static String packageOf(List<String> words) {
    int at = words.indexOf("package");
    int end = at < 0 ? -1 : words.subList(at, words.size()).indexOf(";");
    if (end < 0 || words.subList(0, at).stream().anyMatch(KINDS::contains)) {
      return "";
    }
    List<String> parts = words.subList(at + 1, at + end);
    String name = String.join("", parts);
    return PACKAGE.matcher(name).matches() ? name + "." : "";
  }

  private static List<Type> types(List<String> words) {
    List<Type> types = new ArrayList<>();
    int braces = 0;
    int brackets = 0;
    int statement = 0; // where the declaration in hand begins
    for (int i = 0; i < words.size(); i++) {
      switch (words.get(i)) {
        case "(" -> brackets++;
        case ")" -> brackets--;
        case "{" -> {
          braces++;
          statement = i + 1;
        }
        case "}" -> {
          braces--;
          statement = i + 1;
        }
        case ";" -> statement = brackets == 0 ? i + 1 : statement;
        case "main" -> {
          List<String> before = words.subList(Math.min(statement, i), i);
          boolean method = before.contains("static") && before.contains("void");
          if (braces == 1 && brackets == 0 && method && !types.isEmpty()) {
            Type last = types.remove(types.size() - 1);
            types.add(new Type(last.name(), last.isPublic(), true));
          }
        }
        default -> {
          boolean declares =
              braces == 0
                  && brackets == 0
                  && KINDS.contains(words.get(i))
                  && i + 1 < words.size()
                  && name(words.get(i + 1))
                  && !KINDS.contains(words.get(i + 1));
          if (declares) {
            boolean isPublic = words.subList(Math.min(statement, i), i).contains("public");
            types.add(new Type(words.get(i + 1), isPublic, false));
          }
        }
      }
    }
    return types;
  }

  private static boolean name(String word) {
    return NAME.matcher(word).matches();
  }
}
