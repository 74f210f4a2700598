package dev.mirrorspark.curate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DomainTagsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "A circle has radius 3. What is its circumference? | geometry",
        "What is the probability that two dice show a sum of 7? | probability",
        "In how many ways can 5 people be seated on a bench? | counting",
        "What is the remainder when 7 to the 100 is divided by 13? | number_theory",
        "Solve the equation x + 3 = 7. | algebra",
        "What is the derivative of sin x? | calculus",
        "Ann buys 3 pens for 2 dollars each. What does she pay? | word_problem",
        "Say it. | other",
      })
  void wordsSpeakForADomain(String text, String domain) {
    assertEquals(domain, DomainTags.domain(text));
  }
}
