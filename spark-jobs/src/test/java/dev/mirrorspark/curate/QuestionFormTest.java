package dev.mirrorspark.curate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionFormTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "What is 3 + 4? (A) 5 (B) 6 (C) 7 (D) 8 | C",
        "What is 3 + 4? (A) 5 (B) 6 (C) 7 (D) 8 | 7",
        "Find the curve \\[r = 4\\](A) Line (B) Circle (C) Cone Enter the letter. | \\text{(B)}",
        "What is half of 8? A. 2 B. 4 C. 6 | \\textbf{(B)} 4",
        "What is half of 8? A) 2 B) 4 | B",
        "`What is half of 8?\n(a) 2\n(b) 4` | (b)",
        "Which of the following is closest to 67.4? 67.3, 67.9, 68.4 | 67.3",
        "Let x be 3. Then which of these numbers is x? 1, 2, 3 | 3",
        "The graphs are labelled. Enter the letter of the graph of y = f(x). | \\text{D}",
      })
  void multipleChoice(String text, String answer) {
    is(Exclusion.MULTIPLE_CHOICE, text, answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Is 91 a prime number? | No",
        "Is 91 a prime number? | \\text{No}",
        "All squares are rectangles. | True.",
        "Does the series converge? | Yes, it converges",
        "True or false: every prime is odd. | F",
        "A whale is a fish (true/false). | (F)",
      })
  void trueOrFalse(String text, String answer) {
    is(Exclusion.TRUE_FALSE, text, answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Prove that the square root of 2 is irrational. | Suppose it were p/q in lowest terms.",
        "Let n be odd. Show that n^2 - 1 is divisible by 8. | n = 2k + 1",
        "Let a > b > 0. Then prove the inequality a^2 > b^2. | a^2 - b^2 = (a - b)(a + b)",
        "Is every group of order 4 abelian? | Proof. Let G be one.",
        "Give a rigorous proof of Pick's theorem. | see text",
      })
  void proof(String text, String answer) {
    is(Exclusion.PROOF, text, answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Triangles (A), (B) and (C) have areas 3, 4 and 5. What is their sum? | 12",
        "Point (A) lies 3 cm from (B). How far is it from the middle? | 1.5",
        "Let P(A) = 0.5, P(B) = 0.2 and P(C) = 0.1. Find P(A) + P(B) + P(C). | 0.8",
        "Sam wants to prove that he can run 5 miles in 40 minutes. What is his pace? | 8",
        "To prove it, Ann bakes 12 cakes a day for 7 days. How many cakes is that? | 84",
        "Show that the circles meet, and find the distance of their centres. | 5",
        "A test has 10 true or false questions. In how many ways can it be filled in? | 1024",
        "How many of the following are even? (A) 12 (B) 13 (C) 14 | 2",
        "Vitamin C. Ann takes 3 tablets, Bob 4. How many tablets is that? | 7",
        "Sort the list; which of the two has more, and by how many? 7 and 9. | 2",
        "Solve: (a) is three times (b) and they add up to 12. What is (a)? | 9",
        "Yes Ltd. sells 3 pens for 6 dollars. What does a pen cost? | 2",
        "What is the letter in the 10th position of MATHLETEMATHLETE? | A",
        "In triangle ABC, A. is the apex. What is the sum of its angles in degrees? | 180",
      })
  void temptingProblemsStay(String text, String answer) {
    assertEquals(Optional.empty(), QuestionForm.exclusion(text, answer), text);
  }

  private static void is(Exclusion why, String text, String answer) {
    assertEquals(Optional.of(why), QuestionForm.exclusion(text, answer), text);
  }
}
