/**
 * The problems: built-in generators, import of files with a reason for each unusable row, identity
 * by content, and which problems an iteration samples (uniform, curriculum, by success rate; Kimi
 * k1.5, 2.3.4).
 */
package dev.mirrorspark.prompts;
