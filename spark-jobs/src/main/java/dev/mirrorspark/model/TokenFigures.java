package dev.mirrorspark.model;

/**
 * What a policy makes of given tokens.
 *
 * @param logprobs log-prob of each token, nats {@code [targets]}
 * @param entropies entropy of the distribution at each token's place, nats {@code [targets]}
 */
public record TokenFigures(float[] logprobs, float[] entropies) {}
