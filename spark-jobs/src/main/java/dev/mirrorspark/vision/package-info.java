/**
 * Pictures on their way into a model: what a file says of itself before it is decoded, its pixels,
 * and the patches that an encoder reads. Knows neither tensors nor tables.
 */
package dev.mirrorspark.vision;
