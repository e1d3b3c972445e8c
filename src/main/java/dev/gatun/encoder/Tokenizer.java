package dev.gatun.encoder;

import dev.gatun.internal.tokenizer.TokenBuffer;
import dev.gatun.internal.tokenizer.TokenizerFile;
import dev.gatun.internal.tokenizer.WordPieceTokenizer;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The WordPiece tokenizer of BERT-family models. It has the tokens, ids and places of the tokenizer that Hugging Face publishes such
 * models with, whatever the characters of a text, and cuts a text off only where it is asked to.
 *
 * <p>A {@code tokenizer.json} says all: BertNormalizer (clean text, Chinese characters, accents, lower case) or none, BertPreTokenizer,
 * the WordPiece vocabulary, added tokens, and the special tokens around a text by TemplateProcessing or BertProcessing. Its padding and
 * truncation are not applied. Other kinds of tokenizer (BPE, Unigram) are refused. A {@code vocab.txt}, a token a line, stands for the
 * tokenizer of uncased models: lower case, without accents, Chinese characters apart, {@code [CLS]} before and {@code [SEP]} behind a text.
 *
 * <p>A file has at most 100 000 000 bytes and ids below 4 194 304, each token and each id once. A word of more than 100 characters, or
 * of what the file says (at most 10 000), is the unknown token. A surrogate without its other half counts as U+FFFD.
 *
 * <p>Any number of threads may share a tokenizer.
 *
 * {@snippet :
 * Tokenizer tokenizer = Tokenizer.load(Path.of("tokenizer.json"));
 * TokenizedText tokens = tokenizer.tokenize("Gatun Lake");
 * for (int i = 0; i < tokens.count(); i++) {
 *     System.out.printf("%s %s at %s to %s%n", tokens.id(i), tokens.token(i), tokens.begin(i), tokens.end(i));
 * }
 * }
 */
public final class Tokenizer {

    private final WordPieceTokenizer tokenizer;

    private Tokenizer(WordPieceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Reads a tokenizer.
     *
     * @param path a file, {@code tokenizer.json} if its name ends with {@code .json} and otherwise {@code vocab.txt}; or a folder that
     *             holds one of them, of which the first counts
     * @return the tokenizer
     * @throws dev.gatun.io.TensorFileException if it cannot be read, is malformed, or describes another kind of tokenizer
     */
    public static Tokenizer load(Path path) {
        Path json = path.resolve("tokenizer.json");
        Path file = !Files.isDirectory(path) ? path : Files.exists(json) ? json : path.resolve("vocab.txt");
        return new Tokenizer(TokenizerFile.read(file));
    }

    /**
     * Reads a tokenizer from a stream, such as a resource of a jar.
     *
     * @param in   the content of a file, read to its end and left open
     * @param name the name of the file, which decides on its kind as in {@link #load(Path)} and is told in messages
     * @return the tokenizer
     * @throws dev.gatun.io.TensorFileException if it cannot be read, is malformed, or describes another kind of tokenizer
     */
    public static Tokenizer load(InputStream in, String name) {
        Objects.requireNonNull(in, "in");
        return new Tokenizer(TokenizerFile.read(in, name));
    }

    /**
     * The tokens of a text, all of them, with the special tokens around it.
     *
     * @param text any text
     * @return its tokens
     */
    public TokenizedText tokenize(String text) {
        return tokenize(text, Integer.MAX_VALUE);
    }

    /**
     * The tokens of a text, cut off if they are too many: the last ones of the text are left out, never a special token.
     *
     * @param text any text
     * @param most the largest number of tokens, special ones included, at least {@link #specialTokens}
     * @return its tokens
     * @throws IllegalArgumentException if {@code most} leaves no room for the special tokens
     */
    public TokenizedText tokenize(String text, int most) {
        TokenBuffer tokens = new TokenBuffer();
        append(text, most, tokens);
        return new TokenizedText(text, this, tokens);
    }

    /** Appends the tokens of a text to those of others; allocates nothing once the buffer is large enough. */
    void append(String text, int most, TokenBuffer tokens) {
        Objects.requireNonNull(text, "text");
        if (most < specialTokens()) {
            throw new IllegalArgumentException(
                    "at most %s tokens leave no room for the %s special tokens of a text".formatted(most, specialTokens()));
        }
        tokenizer.append(text, most, tokens);
    }

    /** {@return the number of special tokens around every text, such as 2 for {@code [CLS]} and {@code [SEP]}} */
    public int specialTokens() {
        return tokenizer.specialTokens();
    }

    /** {@return one more than the largest id} */
    public int size() {
        return tokenizer.size();
    }

    /**
     * The token of an id.
     *
     * @param id an id, from 0 to {@link #size} - 1
     * @return its characters as the vocabulary has them, inner pieces of words with their prefix {@code ##}
     * @throws IndexOutOfBoundsException if no token has this id
     */
    public String token(int id) {
        String token = tokenizer.token(id);
        if (token == null) {
            throw new IndexOutOfBoundsException("no token has the id %s".formatted(id));
        }
        return token;
    }

    @Override
    public String toString() {
        return "Tokenizer[WordPiece, %s ids]".formatted(size());
    }
}
