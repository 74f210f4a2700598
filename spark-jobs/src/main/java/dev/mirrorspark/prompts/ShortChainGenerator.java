package dev.mirrorspark.prompts;

import java.util.random.RandomGenerator;

/**
 * The same chains as {@link LongChainGenerator}'s, solved briefly: each step once, without the
 * value that it starts from ({@code b+4=7;c*7=9;#9}), which makes a step the harder to get right.
 */
public final class ShortChainGenerator implements ProblemGenerator {
  private final ChainGenerator chains = new ChainGenerator();

  @Override
  public String name() {
    return "short-chain";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    return ChainOfDigits.problem(chains, name(), level, rng);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    var chain = ChainOfDigits.of(problem.prompt());
    var out = new StringBuilder();
    for (int i = 1; i <= chain.steps(); i++) {
      out.append(ChainOfDigits.letter(i))
          .append(chain.op(i))
          .append(chain.operand(i))
          .append('=')
          .append(chain.value(i))
          .append(';');
    }
    return out.append('#').append(problem.answer()).toString();
  }
}
