package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JavaSourceTest {
  private static final String MAIN = "public static void main(String[] a) {}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "public class Main { MAIN }|Main.java|Main",
        "class Main { MAIN }|Main.java|Main",
        "public class Solution { MAIN }|Solution.java|Solution",
        "class Solution { MAIN }|Main.java|Solution",
        "package a.b; public class S { MAIN }|S.java|a.b.S",
        "package a . b ; class S { MAIN }|Main.java|a.b.S",
        "import java.util.*; class P { int x; } public class Q { MAIN }|Q.java|Q",
        "class P { class Main { MAIN } } class R { MAIN }|Main.java|R",
        "class P { MAIN } public class Q { void main() {} }|Q.java|P",
        "public final class F { static final int[] x = {1}; MAIN }|F.java|F",
        "// public class X {~/* public class Y { */ public class Z { String s = \"class W {\"; MAIN }|Z.java|Z",
        "public record R(int x) { MAIN }|R.java|R",
        "public enum E { A; MAIN }|E.java|E",
        "public interface I { static void main(String[] a) {} }|I.java|I",
        "@Deprecated(since = \"1\") public class A { char c = '{'; MAIN }|A.java|A",
        "class T { String s = \"\"\"~class U { \\\"\"\" \"\"\"; MAIN }|Main.java|T",
        "public sealed class S permits T { MAIN } final class T extends S {}|S.java|S",
        "public class G<T extends Comparable<T>> { MAIN }|G.java|G",
        "print(1)|Main.java|Main",
        "''|Main.java|Main",
        "public class ../../x { MAIN }|Main.java|Main",
        "package ; package ..; public class A {|A.java|A",
      })
  void theFileIsNamedAfterThePublicClassAndTheOneWithMainIsStarted(
      String source, String file, String mainClass) {
    var read = JavaSource.of(source.replace("MAIN", MAIN).replace('~', '\n'));
    assertEquals(new JavaSource(file, mainClass), read);
  }

  @ParameterizedTest
  @CsvSource({"100,Main.java", "99,A.java"})
  void aNameThatIsTooLongForAFileIsNone(int length, String ignored) {
    String name = "A".repeat(length + 1);
    String file = length == 100 ? "Main.java" : name + ".java";
    assertEquals(file, JavaSource.of("public class " + name + " {" + MAIN + "}").file());
  }

  /** Reading what is no program at all ends soon, without a fault. */
  @ParameterizedTest
  @CsvSource({"/*", "\"", "'", "\"\"\"", "{", "}", "class A ", "package a.", "(", "main ", "// "})
  void anySourceIsReadSoon(String part) {
    for (String source : List.of(part.repeat(200_000), part + "\\".repeat(400_000))) {
      assertTimeoutPreemptively(Duration.ofSeconds(5), () -> JavaSource.of(source));
    }
  }
}
