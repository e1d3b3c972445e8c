package dev.gatun.encoder;

/** What a text is to a search. Some models were trained with a prefix for each kind: see {@link EncoderConfig#prefix(InputKind)}. */
public enum InputKind {
    /** A text by itself: no prefix. */
    PLAIN,
    /** A text that passages are searched for. */
    QUERY,
    /** A text that is found. */
    PASSAGE
}
