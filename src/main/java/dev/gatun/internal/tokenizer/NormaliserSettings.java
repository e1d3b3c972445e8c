package dev.gatun.internal.tokenizer;

/**
 * What a tokenizer does to a text before it looks for words.
 *
 * @param cleanText    controls, format characters, private characters and U+FFFD are left out
 * @param chineseApart each Chinese character is a word by itself
 * @param stripAccents characters are decomposed and nonspacing marks left out
 * @param lowerCase    every character becomes its lower case
 */
record NormaliserSettings(boolean cleanText, boolean chineseApart, boolean stripAccents, boolean lowerCase) {

    /** The settings of uncased BERT models. */
    static final NormaliserSettings UNCASED = new NormaliserSettings(true, true, true, true);

    /** Texts stay as they are. */
    static final NormaliserSettings NONE = new NormaliserSettings(false, false, false, false);
}
