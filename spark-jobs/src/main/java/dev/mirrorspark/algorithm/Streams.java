package dev.mirrorspark.algorithm;

/**
 * A response as an algorithm sees it: streams over its tokens that carry loss, in their order.
 *
 * @param sampling log-prob with which the token was sampled, nats, at the sampling temperature
 *     {@code [tokens]}; empty where no policy sampled the response
 * @param advantage credit of the token {@code [tokens]}; empty where there is none
 * @param weight factor of this response's loss within its step
 */
public record Streams(float[] sampling, float[] advantage, double weight) {}
