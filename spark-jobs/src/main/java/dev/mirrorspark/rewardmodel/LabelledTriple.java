package dev.mirrorspark.rewardmodel;

import java.io.Serializable;

/**
 * A triple and the verifier's verdict on it.
 *
 * @param answerType how its answers compare, see table {@code prompts}
 * @param correct the verdict
 * @param heldout whether it is kept from training, as all triples of its problem are
 */
public record LabelledTriple(Triple triple, String answerType, boolean correct, boolean heldout)
    implements Serializable {}
