/**
 * The run file: its sections as records, defaults, overrides by {@code --set}, the range of each
 * key, and {@link dev.mirrorspark.config.UserError}, the error that a user can mend. Unknown keys
 * are refused with the nearest one that exists. Knows neither Spark nor models.
 */
package dev.mirrorspark.config;
