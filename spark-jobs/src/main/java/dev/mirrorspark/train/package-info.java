/**
 * The update of a policy: whole groups packed into rows, gradients of a minibatch on the executors,
 * their reduction in a fixed order, and AdamW; and the supervised warm-up with the same steps.
 */
package dev.mirrorspark.train;
