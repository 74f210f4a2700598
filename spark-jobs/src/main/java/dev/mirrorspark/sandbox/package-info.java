/**
 * Runs untrusted programs: boxes of namespaces, a prepared root, control groups, resource limits
 * and a filter of system calls, reused slots, one user each; the judge that runs a program on test
 * cases; the same as an HTTP service. Knows nothing of Spark or of rewards.
 */
package dev.mirrorspark.sandbox;
