/**
 * A policy as a service with OpenAI's interface: what a request asks for, one engine that takes
 * requests as they come, and the answers with token ids and log-probs. Knows no rewards and no
 * tables.
 */
package dev.mirrorspark.serve;
