package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.OptionalInt;

/** The keys {@code bos_token_id} and {@code eos_token_id} of checkpoint files. */
final class TokenIds {
  private TokenIds() {}

  /** Puts both keys: one end token as a number, several as a list, none as no key. */
  static void put(ObjectNode root, OptionalInt bos, int[] eos) {
    bos.ifPresent(id -> root.put("bos_token_id", id));
    if (eos.length == 1) {
      root.put("eos_token_id", eos[0]);
    } else if (eos.length > 1) {
      var list = root.putArray("eos_token_id");
      Arrays.stream(eos).forEach(list::add);
    }
  }
}
