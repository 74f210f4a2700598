package dev.mirrorspark.policy;

import java.io.Serializable;

/**
 * A policy as the stages are given it.
 *
 * @param version its number in table {@code policies}
 * @param folder Hugging Face folder that every executor can read; its tokenizer is used
 * @param weights where tasks find its weights
 */
public record PolicyVersion(int version, String folder, WeightSource weights)
    implements Serializable {}
