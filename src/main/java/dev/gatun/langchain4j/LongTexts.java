package dev.gatun.langchain4j;

/** What becomes of a text that has more tokens than the model takes. */
public enum LongTexts {

    /**
     * It is split between words into parts that the model takes, each with the prefix of the input type before it. Its embedding is the
     * mean of theirs, weighted by their tokens of the text, and of unit length like others.
     */
    SPLIT,

    /** Its last tokens are left out. */
    CUT,

    /** It is refused by an {@code IllegalArgumentException}. */
    REFUSE
}
