package dev.mirrorspark.math;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * An angle or a triangle by its points.
 *
 * @param name one for an angle, whichever way round its points are
 * @param end position behind it
 */
record Corner(String name, int end) {
  static final Set<String> COMMANDS = Set.of("angle", "measuredangle", "triangle");

  private static final Pattern POINTS = Pattern.compile("\\s*\\{?\\s*([A-Za-z]{1,4}|\\d)\\s*\\}?");

  /**
   * What stands behind the command.
   *
   * @throws Unreadable if no points do
   */
  static Corner behind(String command, String text, int at) {
    var points = POINTS.matcher(text).region(at, text.length());
    if (!points.lookingAt()) {
      throw new Unreadable("\\" + command + " without its points");
    }
    String name = points.group(1);
    boolean triangle = command.equals("triangle");
    boolean turned = !triangle && name.length() == 3 && name.charAt(0) > name.charAt(2);
    return new Corner(
        (triangle ? "△" : "∠") + (turned ? new StringBuilder(name).reverse().toString() : name),
        points.end());
  }
}
