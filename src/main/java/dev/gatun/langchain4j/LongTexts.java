package dev.gatun.langchain4j;

/** What becomes of a text that has more tokens than the model takes. */
public enum LongTexts {

    /**
     * It is split between words into parts that the model takes. Its embedding is the mean of theirs, weighted by their tokens, and of
     * unit length like others.
     */
    SPLIT,

    /** Its last tokens are left out. */
    CUT,

    /** It is refused by an {@code IllegalArgumentException}. */
    REFUSE
}
