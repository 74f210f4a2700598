package dev.mirrorspark.decode;

import java.io.Serializable;

/**
 * One response to decode.
 *
 * @param promptId the prompt's content hash
 * @param sample index of the response among the prompt's responses
 * @param promptTokens token ids of the prompt
 * @param seed seed of the response; position p draws from hash(seed, p)
 */
public record DecodeRequest(String promptId, int sample, int[] promptTokens, long seed)
    implements Serializable {}
