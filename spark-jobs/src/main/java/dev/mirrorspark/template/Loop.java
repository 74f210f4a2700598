package dev.mirrorspark.template;

import java.util.List;
import java.util.Optional;

/** The variable {@code loop} in a loop's turn. */
final class Loop {
  private final List<Object> items;
  private Optional<Object> last = Optional.empty();
  private int at = -1;

  Loop(List<Object> items) {
    this.items = items;
  }

  void next() {
    at++;
  }

  /** Its attribute, or null. */
  Object attribute(String name) {
    return switch (name) {
      case "index" -> at + 1L;
      case "index0" -> (long) at;
      case "revindex" -> (long) items.size() - at;
      case "revindex0" -> items.size() - at - 1L;
      case "first" -> at == 0;
      case "last" -> at == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> 1L;
      case "depth0" -> 0L;
      case "previtem" -> at > 0 ? items.get(at - 1) : new Missing("there is no previous item");
      case "nextitem" ->
          at + 1 < items.size() ? items.get(at + 1) : new Missing("there is no next item");
      case "cycle" ->
          (Callable)
              arguments -> {
                if (arguments.positional().isEmpty()) {
                  throw new TemplateError("loop.cycle: takes at least one value");
                }
                return arguments.positional().get(at % arguments.positional().size());
              };
      case "changed" -> (Callable) this::changed;
      default -> null;
    };
  }

  private Object changed(Arguments arguments) {
    Object now = new Tuple(arguments.positional());
    boolean changed = last.isEmpty() || !Values.equal(last.get(), now);
    last = Optional.of(now);
    return changed;
  }
}
