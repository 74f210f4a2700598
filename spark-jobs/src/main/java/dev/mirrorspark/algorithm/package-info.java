/**
 * The ways to learn from rewarded responses, one small class each: what is kept, how credit is
 * given, what a response weighs in a step, and the loss on per-token log-probs with its slopes
 * (Kimi k1.5, 2.3.2). They know neither Spark nor models: pure functions over arrays.
 */
package dev.mirrorspark.algorithm;
