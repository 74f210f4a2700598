package dev.mirrorspark.prompts;

import java.util.random.RandomGenerator;

/**
 * The chains of {@link ChainGenerator}, solved at great length: for long2short, whose long model is
 * to have something to leave out.
 *
 * <p>The solver plans all steps, writes each ({@code b+4,3=7;}), writes it again to check it
 * ({@code check b+4,3=7;ok;}), does it over where the check disagrees ({@code no;}), and lists all
 * values at the end ({@code so b=7;c=9;}). Of this the steps alone are needed, which is about a
 * third.
 */
public final class LongChainGenerator implements ProblemGenerator {
  private static final double SLIP_RATE = 0.06;
  private final ChainGenerator chains = new ChainGenerator();

  @Override
  public String name() {
    return "long-chain";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    return ChainOfDigits.problem(chains, name(), level, rng);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    var chain = ChainOfDigits.of(problem.prompt());
    var out = new StringBuilder("plan ");
    for (int i = 1; i <= chain.steps(); i++) {
      out.append(ChainOfDigits.letter(i));
    }
    out.append(';');
    for (int i = 1; i <= chain.steps(); i++) {
      if (rng.nextDouble() < SLIP_RATE) {
        write(out, chain, i, Mod10.slip(chain.value(i), rng));
        write(out.append("check "), chain, i, chain.value(i)).append("no;");
      }
      write(out, chain, i, chain.value(i));
      write(out.append("check "), chain, i, chain.value(i)).append("ok;");
    }
    out.append("so ");
    for (int i = 1; i <= chain.steps(); i++) {
      out.append(ChainOfDigits.letter(i)).append('=').append(chain.value(i)).append(';');
    }
    return out.append('#').append(problem.answer()).toString();
  }

  private static StringBuilder write(StringBuilder out, ChainOfDigits chain, int i, int value) {
    return out.append(ChainOfDigits.letter(i))
        .append(chain.op(i))
        .append(chain.operand(i))
        .append(',')
        .append(chain.value(i - 1))
        .append('=')
        .append(value)
        .append(';');
  }
}
