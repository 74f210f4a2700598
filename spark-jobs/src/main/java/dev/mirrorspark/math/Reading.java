package dev.mirrorspark.math;

/**
 * How to read what is ambiguous.
 *
 * @param thousands whether {@code 1,234} is one number and not two
 * @param words whether a run of letters that is no name may be a word and not a product
 * @param letters whether a letter behind a blank at the end may be a unit, as in {@code 15 m}
 */
record Reading(boolean thousands, boolean words, boolean letters) {
  static final Reading USUAL = new Reading(true, true, false);
  static final Reading LISTS = new Reading(false, true, false);
  static final Reading PRODUCTS = new Reading(true, false, false);
  static final Reading LETTERS = new Reading(true, true, true);
}
