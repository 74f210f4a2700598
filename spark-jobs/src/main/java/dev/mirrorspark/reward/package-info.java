/**
 * The reward of each finished response, from its verifier and the other terms. Verifiers by answer
 * type and domain, in process, behind an endpoint or in the sandbox, each within its time. A
 * verifier that fails is the verdict {@code error}, never a reward of 0.
 */
package dev.mirrorspark.reward;
