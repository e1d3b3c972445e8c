/**
 * Trained text encoders of the BERT family: from a text to tokens. A {@link dev.gatun.encoder.Tokenizer} is read from the file that a
 * model is published with; a {@link dev.gatun.encoder.TokenizedText} holds the tokens of one text.
 *
 * {@snippet :
 * Tokenizer tokenizer = Tokenizer.load(Path.of("tokenizer.json"));
 * TokenizedText tokens = tokenizer.tokenize("Which canal crosses the isthmus?");
 * }
 */
package dev.gatun.encoder;
