package dev.mirrorspark.decode;

import java.io.Serializable;
import java.time.Instant;

/**
 * One decoded response as tokens and as text.
 *
 * @param decoded tokens and log-probs
 * @param text the response without special tokens
 * @param startedAt when it entered its slot
 */
public record Response(Decoded decoded, String text, Instant startedAt) implements Serializable {}
