/**
 * The gate between rewards and training (Kimi k1.5, 2.3.2), in SQL over whole groups: which
 * responses train, the reason why each other does not, and the advantage, reward minus the group's
 * baseline.
 */
package dev.mirrorspark.gate;
