package dev.mirrorspark.config;

import java.io.Serializable;
import java.util.List;

/**
 * Section {@code testcases}: test cases for programming problems that come without (Kimi k1.5,
 * 2.3.5).
 *
 * @param files JSONL files of problems with reference submissions
 * @param into prompt set that receives the problems that are kept
 * @param split {@code train} or {@code heldout}
 * @param cases how often a generator is run, each time for one case
 * @param submissions reference submissions of a problem that are run at most, the first ones
 * @param minSubmissions a problem with fewer is dropped
 * @param validShare share of the submissions that must give the same output for a case to be valid;
 *     above one half, so that there is one such output at most
 * @param minValid valid cases that a problem needs
 * @param passShare share of the submissions that must pass all valid cases
 * @param generator {@code program}: the problem's own; {@code policy}: a policy writes it
 * @param policy how a policy is asked
 * @param language of programs that name none
 * @param cpuSeconds processor time of one run of a program
 * @param wallSeconds time of one run of a program
 * @param inputKb longest input, in KiB
 * @param outputKb longest output, in KiB
 * @param sourceKb longest question and longest program, in KiB
 * @param batch problems between two commits
 */
public record TestCasesConfig(
    List<String> files,
    String into,
    String split,
    int cases,
    int submissions,
    int minSubmissions,
    double validShare,
    int minValid,
    double passShare,
    String generator,
    Policy policy,
    String language,
    double cpuSeconds,
    double wallSeconds,
    int inputKb,
    int outputKb,
    int sourceKb,
    int batch)
    implements Serializable {

  public TestCasesConfig {
    files = List.copyOf(files);
  }

  /**
   * A policy that writes generators.
   *
   * @param template what it reads, with {@code {question}} where the problem stands
   * @param tries responses to a problem; the first whose generator makes enough valid cases is
   *     taken
   * @param temperature of their sampling
   */
  public record Policy(String template, int tries, double temperature) implements Serializable {}

  /** Whether a policy writes the generators. */
  public boolean byPolicy() {
    return generator.equals("policy");
  }
}
