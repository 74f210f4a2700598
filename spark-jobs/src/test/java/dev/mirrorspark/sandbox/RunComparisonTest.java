package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** How outputs compare, as a request of the HTTP service says it. */
class RunComparisonTest {
  private static final Limits MOST = new Limits(10, 20, 512, 64, 1024, 64);

  private static Run.OutputRule rule(String keys) throws Exception {
    String body =
        """
        {"language": "python", "source": "x", "tests": [{"input": "", "output": "1"}]%s}\
        """
            .formatted(keys);
    var run = RunJson.run(body.getBytes(StandardCharsets.UTF_8), MOST);
    return ((Run.Cases) run.check()).rule();
  }

  @Test
  void aRequestSaysHowOutputsCompare() throws Exception {
    assertEquals(OutputComparison.USUAL, rule(""));
    assertEquals(OutputComparison.named("exact").orElseThrow(), rule(", \"compare\": \"exact\""));
    assertEquals(
        OutputComparison.named("numbers(0.5)").orElseThrow().ignoringCase(true),
        rule(", \"compare\": \"numbers(0.5)\", \"ignore_case\": true"));
    for (String bad : new String[] {"\"compare\": \"closely\"", "\"compare\": 1"}) {
      var refused = assertThrows(RunJson.BadRequest.class, () -> rule(", " + bad));
      assertTrue(refused.getMessage().startsWith("compare: "), refused::getMessage);
    }
    var refused = assertThrows(RunJson.BadRequest.class, () -> rule(", \"ignore_case\": \"yes\""));
    assertTrue(refused.getMessage().startsWith("ignore_case: "), refused::getMessage);
  }
}
