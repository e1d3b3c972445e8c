package dev.gatun.kernel.linear;

/** What a dense layer applies to its outputs. */
public enum Activation {

    /** The outputs as they are. */
    NONE,

    /** {@link Gelu#erf}: {@code x (1 + erf(x / sqrt 2)) / 2}. */
    GELU,

    /** {@link Gelu#tanh}: {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}. */
    GELU_TANH,

    /** {@code max(x, 0)}. */
    RELU
}
