package dev.gatun.internal.tokenizer;

import java.io.InputStream;
import java.nio.file.Path;

/** The files that describe a tokenizer: {@code tokenizer.json}, or {@code vocab.txt}. What ends with {@code .json} is the first. */
public final class TokenizerFile {

    private TokenizerFile() {
    }

    /** Reads a file. */
    public static WordPieceTokenizer read(Path file) {
        return read(TokenizerSource.of(file), file.toString());
    }

    /** Reads the content of a file called {@code name}. */
    public static WordPieceTokenizer read(InputStream in, String name) {
        return read(TokenizerSource.of(in, name), name);
    }

    private static WordPieceTokenizer read(TokenizerSource source, String name) {
        return new WordPieceTokenizer(name.endsWith(".json") ? TokenizerJson.read(source) : VocabularyText.read(source));
    }
}
