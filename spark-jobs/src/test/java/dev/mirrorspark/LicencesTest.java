package dev.mirrorspark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** The list of libraries and their licences names every dependency, each with a licence. */
class LicencesTest {
  private static final Pattern LINE =
      Pattern.compile("\\s+(\\(.+\\)) .* \\(([^:() ]+):([^: ]+):([^ ]+) - .*\\)");

  /** Licences that ask for the source of what is linked; who may choose another one does. */
  private static final Pattern COPYLEFT = Pattern.compile("(?i)\\bA?GPL|General Public");

  private static final Pattern CHOICE =
      Pattern.compile("(?i)classpath|CPE|LGPL|Lesser|Apache|EPL|EDL|CDDL|BSD|MIT");

  private static List<String> lines() throws IOException {
    return Files.readAllLines(Path.of("../docs/licences.txt")).stream()
        .filter(line -> line.startsWith("  "))
        .toList();
  }

  @Test
  void eachLibraryHasALicenceThatLetsTheProgramBeUnderApache2() throws IOException {
    assertTrue(lines().size() > 200);
    for (String line : lines()) {
      var parts = LINE.matcher(line);
      assertTrue(parts.matches(), line);
      assertFalse(parts.group(1).contains("Unknown"), line);
      boolean open =
          !COPYLEFT.matcher(parts.group(1)).find() || CHOICE.matcher(parts.group(1)).find();
      assertTrue(open, line);
    }
  }

  @Test
  void noDependencyIsLeftOut() throws Exception {
    String all = String.join("\n", lines());
    var pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile());
    var dependencies = pom.getElementsByTagName("dependency");
    int named = 0;
    for (int i = 0; i < dependencies.getLength(); i++) {
      var dependency = (Element) dependencies.item(i);
      var profile = profile(dependency);
      if (!text(dependency, "scope").equals("test")
          && (profile.isEmpty() || profile.equals("spark3"))) {
        String name =
            text(dependency, "groupId")
                + ":"
                + text(dependency, "artifactId").replace("${scala.binary}", "2.12")
                + ":";
        assertTrue(
            all.contains("(" + name), name + " is not listed: see docs/clusters.md, Security");
        named++;
      }
    }
    assertEquals(named, Math.max(named, 20));
  }

  private static String profile(Element dependency) {
    for (Node node = dependency; node != null; node = node.getParentNode()) {
      if (node.getNodeName().equals("profile")) {
        return text((Element) node, "id");
      }
    }
    return "";
  }

  private static String text(Element in, String child) {
    for (Node node = in.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node.getNodeName().equals(child)) {
        return node.getTextContent().strip();
      }
    }
    return "";
  }
}
