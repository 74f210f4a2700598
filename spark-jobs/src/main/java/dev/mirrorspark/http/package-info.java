/**
 * A small service over HTTP on Netty: bounded connections, bodies and memory, a time for every
 * step, a bearer token, and loopback unless there is one. What is served, a {@link
 * dev.mirrorspark.http.Service} says.
 */
package dev.mirrorspark.http;
