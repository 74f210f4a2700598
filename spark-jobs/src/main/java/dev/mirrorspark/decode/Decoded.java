package dev.mirrorspark.decode;

import java.io.Serializable;

/**
 * One decoded response.
 *
 * @param tokens token ids of this segment, with the end token where the policy ended the response
 * @param logprobs log-probability of each token under the sampling distribution, nats
 * @param seconds time in its slot
 */
public record Decoded(
    DecodeRequest request, int[] tokens, float[] logprobs, StopReason stopReason, double seconds)
    implements Serializable {}
