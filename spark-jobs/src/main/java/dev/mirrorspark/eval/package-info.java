/**
 * How good a policy is on held-out problems: greedy and with sampling, pass@k and maj@k with
 * intervals by level and domain, and the paired comparison of two policies on the same problems.
 */
package dev.mirrorspark.eval;
