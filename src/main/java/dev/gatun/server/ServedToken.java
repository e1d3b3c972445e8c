package dev.gatun.server;

/**
 * A token of a text.
 *
 * @param id      its place in the vocabulary
 * @param text    its string in the vocabulary
 * @param special whether the tokenizer added it, as {@code [CLS]} and {@code [SEP]}
 * @param begin   its first char in the text
 * @param end     the char after its last
 */
public record ServedToken(int id, String text, boolean special, int begin, int end) {
}
