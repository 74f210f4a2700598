package dev.mirrorspark.sandbox;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Files that a program finds in its working folder, and those that are given back after it has
 * ended. Both are written and read by a shell in the box, with the program's rights and in its file
 * system: no path leads out of it, and a link in it to nowhere else.
 *
 * @param given contents in base64, by path
 * @param wanted paths of those to give back; one that is not there, is a link, or passes the limit
 *     of the output with what was printed and came before, is left out
 */
public record WorkFiles(Map<String, String> given, List<String> wanted) {
  static final WorkFiles NONE = new WorkFiles(Map.of(), List.of());

  /** How many there may be of either. */
  static final int MOST = 64;

  private static final int LONGEST_PATH = 200;
  private static final String GIVEN = "given-";

  /** Ends what the program has started: it could still change what is read. */
  private static final String SCRIPT =
      "mark=$1 given=$2 wanted=$3; shift 3; n=0\n"
          + "while [ $n -lt $given ]; do\n"
          + "  case $1 in */*) mkdir -p \"./${1%%/*}\" || exit 125;; esac\n"
          + "  base64 -d %s/%s$n > \"./$1\" || exit 125\n"
          + "  n=$((n + 1)); shift\n"
          + "done\n"
          + "paths=; n=0\n"
          + "while [ $n -lt $wanted ]; do paths=\"$paths$1\n\"; n=$((n + 1)); shift; done\n"
          + "\"$@\"; code=$?\n"
          + "if [ $wanted -gt 0 ]; then\n"
          + "  kill -9 -1 2>/dev/null\n"
          + "  printf '\\n%%s\\n' \"$mark\"; n=0\n"
          + "  printf %%s \"$paths\" | while read -r path; do\n"
          + "    if [ -f \"./$path\" ] && [ ! -h \"./$path\" ]; then\n"
          + "      echo \"$n $(base64 < \"./$path\" | tr -d '\\n') .\"\n"
          + "    fi\n"
          + "    n=$((n + 1))\n"
          + "  done\n"
          + "fi\n"
          + "exit $code";

  /** What a program has printed, and the files that it has left, in base64 by path. */
  record Left(byte[] printed, Map<String, String> files) {}

  public WorkFiles {
    given = Map.copyOf(given);
    wanted = List.copyOf(wanted);
  }

  /** Whether it is a path below the folder, of names that a shell passes on as they are. */
  static boolean isPath(String path) {
    return path.length() <= LONGEST_PATH
        && path.chars().noneMatch(Character::isISOControl)
        && path.equals(path.strip())
        && Stream.of(path.split("/", -1)).noneMatch(List.of("", ".", "..")::contains);
  }

  private boolean none() {
    return given.isEmpty() && wanted.isEmpty();
  }

  /** The files of the box that it takes. */
  Map<String, byte[]> boxed() {
    Map<String, byte[]> files = new HashMap<>();
    for (String content : given.values()) {
      files.put(GIVEN + files.size(), content.getBytes(StandardCharsets.US_ASCII));
    }
    return files;
  }

  /**
   * The command of a program, with what is to be done before and after it.
   *
   * @param mark stands between what the program has printed and the files
   */
  List<String> around(List<String> command, String mark) {
    if (none()) {
      return command;
    }
    List<String> words =
        new ArrayList<>(List.of("/bin/sh", "-c", SCRIPT.formatted(PreparedRoot.BOX, GIVEN), "sh"));
    words.addAll(List.of(mark, Integer.toString(given.size()), Integer.toString(wanted.size())));
    words.addAll(given.keySet());
    words.addAll(wanted);
    words.addAll(command);
    return words;
  }

  static String mark() {
    return UUID.randomUUID().toString();
  }

  /** What stands before the last mark, and the files behind it. */
  Left left(byte[] output, String mark) {
    byte[] line = ("\n" + mark + "\n").getBytes(StandardCharsets.US_ASCII);
    for (int at = wanted.isEmpty() ? -1 : output.length - line.length; at >= 0; at--) {
      if (Arrays.equals(output, at, at + line.length, line, 0, line.length)) {
        var files =
            new String(
                output, at + line.length, output.length - at - line.length, StandardCharsets.UTF_8);
        return new Left(Arrays.copyOf(output, at), contents(files));
      }
    }
    return new Left(output, Map.of());
  }

  private Map<String, String> contents(String lines) {
    Map<String, String> files = new LinkedHashMap<>();
    for (String line : lines.split("\n")) {
      String[] cells = line.split(" ", -1);
      boolean whole = cells.length == 3 && cells[2].equals("."); // else cut at the output's limit
      if (whole && cells[0].matches("\\d{1,4}") && isBase64(cells[1])) {
        int index = Integer.parseInt(cells[0]);
        if (index < wanted.size()) {
          files.put(wanted.get(index), cells[1]);
        }
      }
    }
    return files;
  }

  static boolean isBase64(String text) {
    try {
      Base64.getDecoder().decode(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
