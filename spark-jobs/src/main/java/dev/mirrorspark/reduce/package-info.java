/**
 * What the ranks of an update do together, with the same bits wherever they run: sums of gradients
 * in the order of ranks, small messages, and the weights of all shards; in one process through
 * memory, between processes through LibTorch's process group.
 */
package dev.mirrorspark.reduce;
