/**
 * What long2short chooses from the responses to a problem (Kimi k1.5, 2.4): the shortest correct
 * one, the pairs to prefer by, and the policy with the best trade-off. Pure functions.
 */
package dev.mirrorspark.long2short;
