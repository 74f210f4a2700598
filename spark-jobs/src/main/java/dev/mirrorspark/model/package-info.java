/**
 * Language models as Hugging Face folders: configuration, tokenizer and chat template, safetensors,
 * parameters, and the forward pass on LibTorch, with and without a cache of keys and values. Knows
 * neither Spark nor training.
 */
package dev.mirrorspark.model;
