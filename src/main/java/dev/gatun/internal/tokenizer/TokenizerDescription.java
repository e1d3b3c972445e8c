package dev.gatun.internal.tokenizer;

import java.util.List;

/**
 * What a file says of a tokenizer.
 *
 * @param tokens       the token of each id; null for an id that is not used
 * @param vocabulary   the tokens that words are made of
 * @param settings     how texts are normalised
 * @param unknown      the id of words that no tokens make up
 * @param maxWord      the most characters of a word that is split
 * @param before       the ids before every text
 * @param after        the ids behind every text
 * @param inText       tokens that are found in the raw text
 * @param inNormalised tokens that are found in the normalised text
 */
record TokenizerDescription(String[] tokens, Vocabulary vocabulary, NormaliserSettings settings, int unknown, int maxWord, int[] before,
        int[] after, List<AddedToken> inText, List<AddedToken> inNormalised) {
}
