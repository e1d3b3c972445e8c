package dev.gatun.internal.tokenizer;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Source;
import java.util.Arrays;

/** The tokens that a file lists, each with an id of its own. */
final class TokenTable {

    /** One more than the largest id: some four times as many as the largest vocabularies in use have. */
    static final int MAX_IDS = 1 << 22;

    private final Source file;
    private String[] tokens = new String[1024];
    private int size;

    TokenTable(Source file) {
        this.file = file;
    }

    /** Adds a token with an id that no other has. */
    void add(String token, int id) {
        if (token.isEmpty()) {
            throw file.fault("has an empty token, of id %d", id);
        }
        if (id >= tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(id + 1, (int) Math.min(2L * tokens.length, MAX_IDS)));
        }
        if (tokens[id] != null) {
            throw file.fault("gives id %d to both %s and %s", id, Names.quote(tokens[id]), Names.quote(token));
        }
        tokens[id] = token;
        size = Math.max(size, id + 1);
    }

    /** The tokens until now as a vocabulary, each of which is there once. */
    Vocabulary vocabulary(String prefix) {
        Vocabulary vocabulary = new Vocabulary(tokens(), prefix);
        if (vocabulary.crowded() >= 0) {
            throw file.fault("has more than %d tokens whose hashes are alike, %s among them", Vocabulary.MAX_STEPS,
                    Names.quote(tokens[vocabulary.crowded()]));
        }
        int repeated = vocabulary.repeated();
        if (repeated >= 0) {
            throw twice(tokens[repeated], vocabulary.id(tokens[repeated]), repeated);
        }
        return vocabulary;
    }

    RuntimeException twice(String token, int first, int second) {
        return file.fault("has the token %s twice, as ids %d and %d", Names.quote(token), first, second);
    }

    /** The id of a token that a tokenizer cannot do without; {@code use} says what for. */
    int require(Vocabulary vocabulary, String token, String use) {
        int id = vocabulary.id(token);
        if (id < 0) {
            throw file.fault("lacks the token %s, %s", Names.quote(token), use);
        }
        return id;
    }

    /** The token of an id, or null. */
    String token(int id) {
        return id < size ? tokens[id] : null;
    }

    /** All tokens by id. */
    String[] tokens() {
        return Arrays.copyOf(tokens, size);
    }
}
