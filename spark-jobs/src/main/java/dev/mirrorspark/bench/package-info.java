/**
 * Speed of the engine at a given shape with random weights: training, decoding, reduce, files, each
 * as a share of what the device itself does in the same run.
 */
package dev.mirrorspark.bench;
