package dev.mirrorspark.reward;

/** A user's verifier that fails in the way that its answer type names. */
public final class Faulty implements Verifier {
  private final String handled;

  /** As the service loader finds it. */
  public Faulty() {
    this("throws");
  }

  Faulty(String handled) {
    this.handled = handled;
  }

  @Override
  public String name() {
    return "faulty";
  }

  @Override
  public boolean handles(String answerType) {
    return answerType.equals(handled);
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) throws Exception {
    return switch (answerType) {
      case "throws" -> throw new java.io.IOException("no connection");
      case "overflows" -> verify(answer, answerType, response);
      case "asserts" -> throw new AssertionError("one line\nand another");
      case "lacks a class" -> throw new NoClassDefFoundError("some/Class");
      default -> null;
    };
  }
}
