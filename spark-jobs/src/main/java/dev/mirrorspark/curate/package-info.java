/**
 * From raw problem files to a prompt set (Kimi k1.5, 2.1): questions of a form that cannot be
 * verified, exact and near duplicates (MinHash over shingles), balance of domains, and difficulty
 * by trying a policy. Every exclusion has its reason, and a card counts them.
 */
package dev.mirrorspark.curate;
