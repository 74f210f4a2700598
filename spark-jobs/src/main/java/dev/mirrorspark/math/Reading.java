package dev.mirrorspark.math;

/**
 * How to read what is ambiguous.
 *
 * @param thousands whether {@code 1,234} is one number and not two
 * @param words whether a run of letters that is no name may be a word and not a product
 */
record Reading(boolean thousands, boolean words) {
  static final Reading USUAL = new Reading(true, true);
  static final Reading LISTS = new Reading(false, true);
  static final Reading PRODUCTS = new Reading(true, false);
}
