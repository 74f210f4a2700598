/**
 * Sampling from a policy: the executor-resident policy host, batches over a cache of keys and
 * values, temperature, stop rules with the repeat detector, and seeds by hash, so that a token does
 * not depend on its neighbours in the batch. Returns the tokens with the log-prob of each. Knows no
 * rewards.
 */
package dev.mirrorspark.decode;
