package dev.mirrorspark.curate;

import java.util.Locale;

/** Why a problem is shut out of a prompt set (Kimi k1.5, 2.1); the order is that of the steps. */
public enum Exclusion {
  MULTIPLE_CHOICE("offers its answers to choose from"),
  TRUE_FALSE("can be answered by yes or no, true or false"),
  PROOF("asks for a proof"),
  HELDOUT_DUPLICATE("is a held-out problem"),
  DUPLICATE("is an earlier problem"),
  HELDOUT_NEAR_DUPLICATE("is a held-out problem in other words"),
  NEAR_DUPLICATE("is an earlier problem in other words"),
  GUESSABLE("was answered without reasoning"),
  TRIVIAL("was nearly always answered"),
  IMPOSSIBLE("was hardly ever answered"),
  DOMAIN_FULL("belongs to a domain that has enough");

  private final String meaning;

  Exclusion(String meaning) {
    this.meaning = meaning;
  }

  /** The value of column {@code excluded_because}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What the problem is or does, in words. */
  public String meaning() {
    return meaning;
  }
}
