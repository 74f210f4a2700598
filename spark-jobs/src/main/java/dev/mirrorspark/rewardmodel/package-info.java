/**
 * Rewards learned from judged responses (Kimi k1.5, 2.3.5): a value head over the policy's hidden
 * states, trained by Deeplearning4j on Spark, and a judge that reasons in text before its verdict;
 * with the figures of both.
 */
package dev.mirrorspark.rewardmodel;
