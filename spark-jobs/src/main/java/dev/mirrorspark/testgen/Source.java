package dev.mirrorspark.testgen;

import java.io.Serializable;

/**
 * The source of a program.
 *
 * @param language one of the sandbox's
 */
public record Source(String language, String text) implements Serializable {}
