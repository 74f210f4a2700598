package dev.mirrorspark.template;

/**
 * The value of a name, key or index that there is not: empty as text and as a list, false, and an
 * error where anything is asked of it.
 *
 * @param why what is missing
 */
record Missing(String why) {
  TemplateError error() {
    return new TemplateError(why);
  }
}
