package dev.gatun.encoder;

/** How the hidden states of a text's tokens become its embedding. */
public enum Pooling {
    /** The mean of all tokens of the text, {@code [CLS]} and {@code [SEP]} included. */
    MEAN,
    /** The first token, {@code [CLS]}. */
    CLS
}
