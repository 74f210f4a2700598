package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.math.MathComparer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Labelled pairs of the kinds that public reports and own search brought up. */
class PublicKindsTest {

  @ParameterizedTest
  @ValueSource(strings = {"public-kinds.tsv", "other-kinds.tsv"})
  void everyPairGetsItsVerdict(String file) throws IOException {
    String text;
    try (var in = MathComparer.class.getResourceAsStream(file)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    LabelledPairs pairs = LabelledPairs.read(text, file);
    assertTrue(pairs.pairs().size() > 50, pairs.pairs().size() + " pairs");
    LabelledPairs.Findings findings = pairs.judged();
    System.out.println(findings.table());
    assertEquals(List.of(), findings.wrong());
  }
}
