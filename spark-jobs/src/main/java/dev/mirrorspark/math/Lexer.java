package dev.mirrorspark.math;

import dev.mirrorspark.math.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Cuts an answer in LaTeX or plain text into tokens; what is mere typesetting is dropped. */
final class Lexer {
  private static final Pattern TYPESET_THOUSANDS =
      Pattern.compile("(?<=\\d)(?:,\\s*\\\\!\\s*|\\\\!\\s*,\\s*|\\{,\\}|\\\\,)(?=\\d{3}(?!\\d))");
  private static final Pattern WORDS_ONLY = Pattern.compile("[A-Za-z .,;'\\-]+");
  private static final Pattern NUMERAL = Pattern.compile("\\d+(?:\\.\\d+)?");
  private static final Pattern ARGUMENTS =
      Pattern.compile("\\s*(?:\\\\left)?\\s*(?:\\(|\\{|\\\\\\{)");
  private static final Pattern DEGREES = Pattern.compile("deg|degrees?");
  private static final Pattern LONG_WORD = Pattern.compile("[A-Za-z]{4}");
  private static final Pattern LONELY_WORDS = Pattern.compile("(?:and|or)");

  private final String text;
  private final Reading reading;
  private final boolean wordsOnly;
  private final boolean sentence;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int depth;
  private boolean spaced;

  private Lexer(String text, Reading reading) {
    this.text = text;
    this.reading = reading;
    this.wordsOnly = WORDS_ONLY.matcher(text).matches();
    this.sentence = wordsOnly && text.indexOf(' ') > 0 && LONG_WORD.matcher(text).find();
  }

  /**
   * The tokens of a text, with an END behind them.
   *
   * @throws Unreadable at a command or sign that is not known
   */
  static List<Token> tokens(String text, Reading reading) {
    String plain =
        text.indexOf(',') >= 0 || text.indexOf('\\') >= 0
            ? TYPESET_THOUSANDS.matcher(text).replaceAll("")
            : text;
    var lexer = new Lexer(plain, reading);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c) || c == '~' || c == '\u00a0') {
        spaced = true;
        at++;
      } else if (isDigit(at) || (c == '.' && isDigit(at + 1))) {
        number();
      } else if (isLetter(c)) {
        if (!unit()) {
          letters();
        }
      } else if (isForeignLetter(c)) {
        foreign();
      } else if (c == '\\') {
        command();
      } else {
        sign(c);
      }
    }
    add(Kind.END, "");
  }

  /** Letters of a script that mathematics does not use are words. */
  private static boolean isForeignLetter(char c) {
    return c > '\u007f' && !Symbols.CHARACTERS.containsKey(c) && Character.isLetter(c);
  }

  private void foreign() {
    int end = at;
    while (end < text.length()
        && (isForeignLetter(text.charAt(end)) || end > at && isLetter(text.charAt(end)))) {
      end++;
    }
    String words = text.substring(at, end);
    at = end;
    wording(words);
  }

  /** A unit of several parts behind a value, such as km/h. */
  private boolean unit() {
    boolean behind =
        !tokens.isEmpty()
            && (last().kind() == Kind.NUMBER || spaced && last().kind() != Kind.SIGN)
            && reading.words();
    if (!behind) {
      return false;
    }
    Optional<UnitText> unit = UnitText.compound(text, at, spaced);
    if (unit.isEmpty() && reading.letters() && last().kind() == Kind.NUMBER) {
      unit = UnitText.letter(text, at);
    }
    if (unit.isPresent()) {
      at = unit.get().end();
      add(Kind.WORDS, unit.get().unit());
    }
    return unit.isPresent();
  }

  private void add(Kind kind, String token) {
    tokens.add(new Token(kind, token, spaced));
    spaced = false;
  }

  private boolean isDigit(int index) {
    return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private boolean isWordPart(int index) {
    return isDigit(index) || isLetter(text.charAt(index)) || text.charAt(index) == '.';
  }

  private int digits(int from) {
    int end = from;
    while (isDigit(end)) {
      end++;
    }
    return end;
  }

  private void number() {
    int start = at;
    var digits = new StringBuilder();
    int end = digits(at);
    digits.append(text, start, end);
    // 1,234,567 outside of brackets, where a comma may also part the members of a tuple
    boolean grouped =
        reading.thousands()
            && depth == 0
            && end - start <= 3
            && end > start
            && text.charAt(start) != '0';
    while (grouped
        && end < text.length()
        && text.charAt(end) == ','
        && digits(end + 1) == end + 4) {
      digits.append(text, end + 1, end + 4);
      end += 4;
    }
    boolean point = end < text.length() && text.charAt(end) == '.';
    if (point && text.startsWith("\\overline", end + 1)) {
      digits.append('.');
      end++;
    } else if (point && end > start && !(end + 1 < text.length() && isWordPart(end + 1))) {
      end++;
    } else if (point && isDigit(end + 1)) {
      int decimals = digits(end + 1);
      digits.append(text, end, decimals);
      end = decimals;
    }
    if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
      int first = end + 1;
      if (first < text.length() && (text.charAt(first) == '-' || text.charAt(first) == '+')) {
        first++;
      }
      int last = digits(first);
      if (last > first && !(last < text.length() && isLetter(text.charAt(last)))) {
        digits.append(text, end, last);
        end = last;
      }
    }
    at = end;
    add(Kind.NUMBER, digits.toString());
  }

  private void letters() {
    int end = at;
    while (end < text.length() && isLetter(text.charAt(end))) {
      end++;
    }
    String run = text.substring(at, end);
    String lower = run.toLowerCase(Locale.ROOT);
    if (run.length() == 1) {
      at = end;
      name(run + primes());
    } else if (LONELY_WORDS.matcher(lower).matches()) {
      at = end;
      separator(lower);
    } else if (isFunction(run, end) || isFunction(lower, end)) {
      at = end;
      add(Kind.FUNCTION, Symbols.FUNCTIONS.contains(run) ? run : lower);
    } else if (Symbols.PLAIN_NAMES.containsKey(lower)) {
      at = end;
      name(Symbols.PLAIN_NAMES.get(lower));
    } else if (lower.equals("in") && tokens.size() == 1) {
      at = end;
      add(Kind.SIGN, "∈");
    } else if (Phrase.isShortWord(lower) && run.length() == text.length()) {
      at = end;
      wording(run);
    } else if (isWord(run)) {
      words(end);
    } else {
      String function = Symbols.functionBefore(run);
      at += function.isEmpty() ? 1 : function.length();
      if (function.isEmpty()) {
        name(run.substring(0, 1) + primes());
      } else {
        add(Kind.FUNCTION, function);
      }
    }
  }

  /** The marks behind a name, as in f'(x) and A'B'. */
  private String primes() {
    int start = at;
    while (at < text.length() && text.charAt(at) == '\'') {
      at++;
    }
    if (text.startsWith("^\\prime", at) || text.startsWith("^{\\prime}", at)) {
      at += text.startsWith("^{", at) ? "^{\\prime}".length() : "^\\prime".length();
      return "'";
    }
    return "'".repeat(at - start);
  }

  private boolean isWord(String run) {
    if (!reading.words()) {
      return false;
    }
    boolean afterValue = spaced && !tokens.isEmpty() && last().kind() != Kind.SIGN;
    boolean unit = Units.isKnown(run) && !tokens.isEmpty() && last().kind() != Kind.SIGN;
    return unit
        || sentence
        || (run.length() >= 3 && (wordsOnly || afterValue || tokens.isEmpty() && longWord(run)));
  }

  /** Whether a name is that of a function; one of several arguments needs its bracket. */
  private boolean isFunction(String name, int end) {
    return Symbols.FUNCTIONS.contains(name)
        && (!Symbols.OF_SEVERAL.contains(name)
            || ARGUMENTS.matcher(text).region(end, text.length()).lookingAt());
  }

  private static boolean longWord(String run) {
    return run.length() >= 4 && Symbols.functionBefore(run).isEmpty();
  }

  private Token last() {
    return tokens.get(tokens.size() - 1);
  }

  /** A word and those behind it, up to a sign, a number, "and" or "or". */
  private void words(int firstEnd) {
    int start = at;
    int end = firstEnd;
    while (end < text.length()) {
      int next = end;
      while (next < text.length() && (text.charAt(next) == ' ' || text.charAt(next) == '.')) {
        next++;
      }
      int wordEnd = next;
      while (wordEnd < text.length()
          && (isLetter(text.charAt(wordEnd)) || text.charAt(wordEnd) == '\'')) {
        wordEnd++;
      }
      String word = text.substring(next, wordEnd).toLowerCase(Locale.ROOT);
      if (next == end || wordEnd == next || LONELY_WORDS.matcher(word).matches()) {
        break;
      }
      end = wordEnd;
    }
    at = end;
    wording(text.substring(start, end));
  }

  private void name(String name) {
    boolean ohm =
        name.equals("Ω")
            && !tokens.isEmpty()
            && last().kind() == Kind.NUMBER
            && text.substring(at).isBlank();
    add(ohm ? Kind.WORDS : Kind.NAME, name);
  }

  /** A comma, "and" or "or"; "1, and 2" has one separator. */
  private void separator(String sign) {
    if (!tokens.isEmpty() && last().is(",")) {
      if (sign.equals(",")) {
        return;
      }
      tokens.remove(tokens.size() - 1);
    }
    add(Kind.SIGN, sign);
  }

  private void command() {
    int end = at + 1;
    while (end < text.length() && isLetter(text.charAt(end))) {
      end++;
    }
    if (end == at + 1) {
      escaped();
      return;
    }
    String command = text.substring(at + 1, end);
    at = end;
    if (Corner.COMMANDS.contains(command)) {
      Corner corner = Corner.behind(command, text, at);
      at = corner.end();
      name(corner.name());
      return;
    }
    if (Symbols.DROPPED.contains(command)) {
      if ((command.equals("left") || command.equals("right"))
          && at < text.length()
          && text.charAt(at) == '.') {
        at++;
      }
      spaced = true;
    } else if (Symbols.SIGNS.containsKey(command)) {
      bracketed(Symbols.SIGNS.get(command));
    } else if (Symbols.NAMES.containsKey(command)) {
      name(Symbols.NAMES.get(command));
    } else if (Symbols.COMMANDS.containsKey(command)) {
      add(Kind.COMMAND, Symbols.COMMANDS.get(command));
    } else if (Symbols.FUNCTIONS.contains(command)) {
      add(Kind.FUNCTION, command);
    } else if (Symbols.TEXTS.contains(command)) {
      textual(command, argument());
    } else if (Symbols.ACCENTS.contains(command)) {
      accent(command, argument());
    } else if (command.equals("begin") || command.equals("end")) {
      environment(command, argument());
    } else {
      throw new Unreadable("command \\" + command + " is not known");
    }
  }

  private void escaped() {
    char c = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
    at += 2;
    switch (c) {
      case '!', ',', ';', ':', ' ', '(', ')', '[', ']' -> spaced = true;
      case '{', '}', '\\' -> bracketed("\\" + c);
      case '%', '$', '&' -> add(Kind.SIGN, String.valueOf(c));
      case '|' -> add(Kind.SIGN, "|");
      default -> throw new Unreadable("\\" + c + " is not known");
    }
  }

  /** The argument of a command in braces, or the one character behind it. */
  private String argument() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    if (at >= text.length()) {
      throw new Unreadable("a command lacks its argument");
    }
    if (text.charAt(at) != '{') {
      return String.valueOf(text.charAt(at++));
    }
    int close = at;
    for (int open = 0; close < text.length(); close++) {
      char c = text.charAt(close);
      open += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (open == 0) {
        String argument = text.substring(at + 1, close);
        at = close + 1;
        return argument;
      }
    }
    throw new Unreadable("a brace is not closed");
  }

  private void textual(String command, String argument) {
    String words = argument.strip().replaceAll("\\s+", " ");
    String bare = words.replaceAll("^[,;]\\s*|\\s*[,;]$", "").toLowerCase(Locale.ROOT);
    if (LONELY_WORDS.matcher(bare).matches() || words.equals(",") || words.equals(";")) {
      separator(LONELY_WORDS.matcher(bare).matches() ? bare : ",");
    } else if (NUMERAL.matcher(words).matches()) {
      add(Kind.NUMBER, words);
    } else if (words.equals("i") || words.equals("e") || isBoldName(command, words)) {
      name(words);
    } else if (isFunction(words, at)) {
      add(Kind.FUNCTION, words);
    } else if (!words.isEmpty()) {
      wording(words);
    }
  }

  private static boolean isBoldName(String command, String words) {
    return command.equals("mathbf") && words.length() == 1;
  }

  private void wording(String words) {
    String lower = Phrase.bare(words);
    if (Phrase.startsCondition(lower) && !tokens.isEmpty()) {
      if (lower.equals("such that") && depth > 0) {
        add(Kind.SIGN, "|");
      } else {
        separator(",");
      }
      return;
    }
    Optional<String> numbers = Phrase.numbers(lower);
    if (numbers.isPresent() && !tokens.isEmpty() && last().kind() == Kind.NAME) {
      add(Kind.SIGN, "∈");
      add(Kind.NAME, numbers.get());
      return;
    }
    if (DEGREES.matcher(words).matches() && !tokens.isEmpty()) {
      add(Kind.SIGN, "°");
    } else {
      add(Kind.WORDS, words);
    }
  }

  private void accent(String command, String argument) {
    boolean digits = !argument.isEmpty() && argument.chars().allMatch(c -> c >= '0' && c <= '9');
    if (command.equals("overline")
        && digits
        && !tokens.isEmpty()
        && last().kind() == Kind.NUMBER
        && text.charAt(at - argument.length() - "\\overline{}".length() - 1) != ' ') {
      Token before = tokens.remove(tokens.size() - 1);
      String point = before.text().contains(".") ? "" : ".";
      tokens.add(
          new Token(Kind.NUMBER, before.text() + point + "(" + argument + ")", before.spaced()));
    } else {
      String of = argument.replaceAll("\\s+", "");
      name(
          command.equals("mathbb") && Symbols.NUMBERS.containsKey(of)
              ? Symbols.NUMBERS.get(of)
              : "\\" + command + "{" + of + "}");
    }
  }

  private void environment(String command, String name) {
    if (!Symbols.MATRICES.contains(name)) {
      throw new Unreadable("environment " + name + " is not known");
    }
    depth += command.equals("begin") ? 1 : -1;
    if (name.equals("array") && command.equals("begin")) {
      argument();
    }
    add(Kind.COMMAND, command);
  }

  private void sign(char c) {
    at++;
    if (at < text.length()) {
      String pair = Symbols.PAIRS.get(text.substring(at - 1, at + 1));
      if (pair != null) {
        at++;
        add(Kind.SIGN, pair);
        return;
      }
    }
    String single = Symbols.CHARACTERS.get(c);
    if (single == null) {
      throw new Unreadable("the sign '" + c + "' is not known");
    }
    if (Symbols.isName(single)) {
      name(single);
    } else {
      bracketed(single);
    }
  }

  private void bracketed(String sign) {
    switch (sign) {
      case "(", "[", "\\{" -> depth++;
      case ")", "]", "\\}" -> depth--;
      default -> {}
    }
    if (sign.equals(";")) {
      separator(",");
    } else if (sign.equals("and") || sign.equals("or")) {
      separator(sign);
    } else if (Symbols.isName(sign)) {
      name(sign);
    } else {
      add(Kind.SIGN, sign);
    }
  }
}
