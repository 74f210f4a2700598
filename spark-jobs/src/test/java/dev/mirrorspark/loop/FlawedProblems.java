package dev.mirrorspark.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.curate.ProblemTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A raw file of 300 problems with flaws of every kind, and which row has which.
 *
 * @param expected the reason to shut a row out by its line, from 1; empty for a sound problem
 */
record FlawedProblems(Path file, Path heldout, Map<Integer, String> expected) {
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Problem(String text, String answer, String reason) {}

  private static final List<String[]> TEMPTING =
      List.of(
          of("Triangles (A), (B) and (C) have areas 30, 41 and 52. What is their sum?", "123"),
          of("Point (A) lies 31 cm from point (B). How far is it from the midpoint?", "15.5"),
          of("Sam wants to prove that he can run 5 miles in 40 minutes. What is his pace?", "8"),
          of("Prove your skill: what is 111 times 9?", "999"),
          of("Show that the two circles meet, and find the distance of their centres, 5.", "5"),
          of("A test has 10 true or false questions. In how many ways can it be filled?", "1024"),
          of("How many of the following numbers are prime: 2, 3, 4, 5, 6, 7, 8, 9, 10?", "4"),
          of("What is the smallest prime factor of 1001, if it has any at all?", "7"),
          of("What is the greatest prime factor of 1001, if it has any at all?", "13"),
          of("A yes vote counts 2 points. What do 17 yes votes count?", "34"),
          of("Write the letter count of the word banana.", "6"),
          of("Kim has 3 red pens and 8 blue pens. She loses 2 red pens. How many are left?", "9"),
          of("Kim has 8 red pens and 3 blue pens. She loses 2 red pens. How many are left?", "9"),
          of("Let P(A) = 0.5, P(B) = 0.2, P(C) = 0.1. Find P(A) + P(B) + P(C).", "0.8"),
          of("Solve for x: x + 13 = 47.", "34"),
          of("Solve for x: x - 13 = 47.", "60"),
          of("Compute the sine of 30 degrees.", "1/2"),
          of("Compute the cosine of 30 degrees.", "\\frac{\\sqrt{3}}{2}"),
          of("Vitamin C. costs 4 dollars a bottle. What do 6 bottles cost?", "24"),
          of("A false coin weighs 9 grams, a true coin 10. What do 3 of each weigh?", "57"));

  /** Writes both files into a folder; the same ones every time. */
  static FlawedProblems write(Path folder) throws IOException {
    var random = new Random(11);
    List<Problem> sound = new ArrayList<>();
    List<Problem> reworded = new ArrayList<>();
    List<Problem> heldout = new ArrayList<>();
    List<Problem> rewordedHeldout = new ArrayList<>();
    for (int t = 0; t < ProblemTemplate.ALL.size(); t++) {
      var template = ProblemTemplate.ALL.get(t);
      for (int i = 0; i < 19; i++) {
        int[] n = {100 + 20 * i + t, 7 + 2 * i, 2 + i % 8};
        boolean kept = i < 15;
        (kept ? sound : heldout).add(new Problem(template.text(n), template.answer(n), ""));
        if (i < 2) {
          reworded.add(new Problem(template.reworded(n), template.answer(n), "near_duplicate"));
        } else if (i == 15 || i == 16) {
          rewordedHeldout.add(
              new Problem(template.reworded(n), template.answer(n), "heldout_near_duplicate"));
        }
      }
    }
    List<Problem> rows = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      rows.add(
          new Problem(relaid(sound.get(7 * i + 3), i), sound.get(7 * i + 3).answer(), "duplicate"));
      var copied = heldout.get(2 * i);
      rows.add(new Problem(relaid(copied, i), copied.answer(), "heldout_duplicate"));
      rows.add(choice(i, random));
    }
    for (int i = 0; i < 15; i++) {
      rows.add(trueOrFalse(i));
      rows.add(proof(i));
    }
    rows.addAll(reworded);
    rows.addAll(rewordedHeldout);
    TEMPTING.forEach(tempting -> rows.add(new Problem(tempting[0], tempting[1], "")));
    Collections.shuffle(rows, random);
    // The first of two copies stays: what is copied comes first.
    rows.addAll(0, sound);
    var expected = new LinkedHashMap<Integer, String>();
    for (int i = 0; i < rows.size(); i++) {
      expected.put(i + 1, rows.get(i).reason());
    }
    return new FlawedProblems(
        write(folder.resolve("raw.jsonl"), rows),
        write(folder.resolve("heldout.jsonl"), heldout),
        expected);
  }

  private static String[] of(String text, String answer) {
    return new String[] {text, answer};
  }

  /** The same words in another layout; to the letter in every fourth. */
  private static String relaid(Problem problem, int i) {
    return switch (i % 4) {
      case 0 -> problem.text();
      case 1 -> problem.text().toUpperCase(Locale.ROOT).replace("\\CDOT", "\\cdot");
      case 2 -> "  " + problem.text().replace(" ", "  ") + "\n";
      default -> problem.text().replaceFirst("[.?]$", " ?");
    };
  }

  private static Problem choice(int i, Random random) {
    int a = 11 + i;
    int b = 3 + random.nextInt(6);
    String question = "What is the product of %d and %d?".formatted(a, b);
    String options =
        switch (i % 4) {
          case 0 -> " (A) %d (B) %d (C) %d (D) %d";
          case 1 -> "\nA. %d\nB. %d\nC. %d\nD. %d";
          case 2 ->
              " $\\textbf{(A)}\\ %d \\qquad \\textbf{(B)}\\ %d \\qquad \\textbf{(C)}\\ %d"
                  + " \\qquad \\textbf{(D)}\\ %d$";
          default -> "\nA) %d B) %d C) %d D) %d";
        };
    String text = question + options.formatted(a * b - 1, a * b, a * b + 2, a + b);
    String answer = i % 3 == 0 ? Integer.toString(a * b) : i % 3 == 1 ? "B" : "\\text{(B)}";
    return new Problem(text, answer, "multiple_choice");
  }

  private static Problem trueOrFalse(int i) {
    return switch (i % 3) {
      case 0 ->
          new Problem(
              "Is %d divisible by 7?".formatted(700 + i), i == 0 ? "Yes" : "No", "true_false");
      case 1 ->
          new Problem(
              "True or false: %d is a square number.".formatted(900 + i), "F", "true_false");
      default ->
          new Problem("The number %d is larger than 500.".formatted(510 + i), "True", "true_false");
    };
  }

  private static Problem proof(int i) {
    return switch (i % 3) {
      case 0 ->
          new Problem(
              "Prove that $n^%d - n$ is even for every n.".formatted(i + 2), "By parity.", "proof");
      case 1 ->
          new Problem(
              "Let a be at least %d. Show that a + 1/a exceeds 2.".formatted(i + 2),
              "AM-GM",
              "proof");
      default ->
          new Problem(
              "Is the sum of %d odd numbers always odd or always even?".formatted(i + 2),
              "Proof. Pair them up.",
              "proof");
    };
  }

  private static Path write(Path file, List<Problem> problems) throws IOException {
    List<String> lines = new ArrayList<>();
    for (var problem : problems) {
      lines.add(
          JSON.writeValueAsString(Map.of("question", problem.text(), "answer", problem.answer())));
    }
    return Files.write(file, lines);
  }
}
