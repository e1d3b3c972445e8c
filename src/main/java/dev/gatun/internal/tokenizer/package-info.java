/**
 * The WordPiece tokenizer of BERT-family encoders: what becomes of each character, the vocabulary, tokens that are found in the raw
 * text, and the readers of {@code tokenizer.json} and {@code vocab.txt}. Texts become tokens in a caller's
 * {@link dev.gatun.internal.tokenizer.TokenBuffer}, one after the other, without allocation once it is large enough: but for
 * several marks on one letter of which one stays, which takes scratch memory of their number.
 *
 * <p>Tokens, ids and places are those of the tokenizer that models are published with, whose character data are those of Unicode 8 and
 * 9, whatever the Java release: {@link dev.gatun.internal.tokenizer.CharacterData}.
 */
package dev.gatun.internal.tokenizer;
