package dev.mirrorspark.rewardmodel;

import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a reward model reads: the question, the right answer, and a whole response. */
public record Triple(ResponseKey key, String question, String reference, String response)
    implements Serializable {
  private static final Pattern PLACE = Pattern.compile("\\{(question|reference|response)}");

  /** The template with the three texts in their places; what the texts hold is left as it is. */
  String in(String template) {
    return PLACE
        .matcher(template)
        .replaceAll(
            place ->
                Matcher.quoteReplacement(
                    switch (place.group(1)) {
                      case "question" -> question;
                      case "reference" -> reference;
                      default -> response;
                    }));
  }
}
