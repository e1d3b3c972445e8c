package dev.gatun.internal.tokenizer;

/**
 * A token that is found in a text before words are.
 *
 * @param content     its characters
 * @param id          its id
 * @param singleWord  only where no character of a word is beside it
 * @param stripsLeft  with the white space before it
 * @param stripsRight with the white space after it
 */
record AddedToken(String content, int id, boolean singleWord, boolean stripsLeft, boolean stripsRight) {

    AddedToken withContent(String other) {
        return new AddedToken(other, id, singleWord, stripsLeft, stripsRight);
    }

    /** Whether it may stand at {@code from} to {@code to} of a text. */
    boolean isAllowed(CharSequence text, int from, int to) {
        return !singleWord || (from == 0 || !CharacterData.isWordCharacter(Character.codePointBefore(text, from)))
                && (to == text.length() || !CharacterData.isWordCharacter(Character.codePointAt(text, to)));
    }

    /** Where it begins with the white space that belongs to it, but for that of a token before, which ends at {@code first}. */
    int begin(CharSequence text, int from, int first) {
        if (!stripsLeft) {
            return from;
        }
        int begin = from;
        while (begin > first && CharacterData.isWhiteSpace(text.charAt(begin - 1))) {
            begin--;
        }
        return Math.max(begin, first);
    }

    /** Where it ends with the white space that belongs to it. */
    int end(CharSequence text, int to) {
        int end = to;
        while (stripsRight && end < text.length() && CharacterData.isWhiteSpace(text.charAt(end))) {
            end++;
        }
        return end;
    }
}
