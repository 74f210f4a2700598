package dev.mirrorspark.view;

/** One kind of page. */
interface View {
  /**
   * Makes the page.
   *
   * @throws dev.mirrorspark.config.UserError if the address asks for what is not there, in words
   *     for whoever typed it
   */
  Page page(PageRequest request);
}
