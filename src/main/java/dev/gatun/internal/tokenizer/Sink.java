package dev.gatun.internal.tokenizer;

/** Takes the normalised characters of a text, in their order, each with the place of the original character in the text. */
abstract sealed class Sink permits Word, NormalisedText {

    /** A part of a word. */
    abstract void word(int point, int begin);

    /** A word by itself. */
    abstract void alone(int point, int begin);

    /** White space. */
    abstract void space(int point, int begin);

    /** The end of the text, or of its part before a token in the raw text, at place {@code at}. White space before may belong to it. */
    abstract void end(int at);

    /** A character by its entry in a {@link CharacterTable}: {@link CharacterTable#WORD}, ALONE or SPACE. */
    final void accept(int entry, int begin) {
        int point = entry & CharacterTable.POINT;
        switch (entry & CharacterTable.KIND) {
            case CharacterTable.WORD -> word(point, begin);
            case CharacterTable.ALONE -> alone(point, begin);
            default -> space(point, begin);
        }
    }
}
