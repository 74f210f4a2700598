package dev.mirrorspark.model;

import java.nio.file.Path;

/**
 * A checkpoint folder read into memory.
 *
 * @param folder where it was read from; its tokenizer lies there too
 * @param flat all parameters in fp32 {@code [layout.size()]}, in the order of the layout
 * @param dtype the type in which the folder can be written again without loss: {@code BF16} if
 *     every tensor was, else {@code F32}
 */
public record LoadedModel(
    Path folder, ModelShape shape, ParameterLayout layout, float[] flat, DType dtype) {}
