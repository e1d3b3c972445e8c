package dev.gatun.internal.tokenizer;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Writes the {@code tokenizer.json} of a tokenizer, one part after the other. */
public record TokenizerText(String normaliser, String added, String processor, String model, List<String> vocabulary) {

    /** An uncased tokenizer of some tokens, whose ids are their places, without special tokens. */
    public static TokenizerText of(Collection<String> vocabulary) {
        return new TokenizerText(normaliser(true, true, "null", true), "[]", "null",
                "\"unk_token\": \"[UNK]\", \"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 100",
                List.copyOf(vocabulary));
    }

    /** The settings of a BertNormalizer. */
    public static String normaliser(boolean clean, boolean chinese, String accents, boolean lowerCase) {
        return "{\"type\": \"BertNormalizer\", \"clean_text\": %s, \"handle_chinese_chars\": %s, \"strip_accents\": %s, \"lowercase\": %s}"
                .formatted(clean, chinese, accents, lowerCase);
    }

    /** An added token, with those of its flags that {@code flags} names. */
    public static String added(int id, String content, String flags) {
        StringBuilder token = new StringBuilder("{\"id\": %d, \"content\": %s".formatted(id, quoted(content)));
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            token.append(", \"%s\": %s".formatted(flag, flags.contains(flag)));
        }
        return token.append('}').toString();
    }

    TokenizerText withNormaliser(String other) {
        return new TokenizerText(other, added, processor, model, vocabulary);
    }

    TokenizerText withAdded(String... tokens) {
        return new TokenizerText(normaliser, "[" + String.join(", ", tokens) + "]", processor, model, vocabulary);
    }

    TokenizerText withProcessor(String other) {
        return new TokenizerText(normaliser, added, other, model, vocabulary);
    }

    TokenizerText withModel(String other) {
        return new TokenizerText(normaliser, added, processor, other, vocabulary);
    }

    /** The bytes of the file. */
    public byte[] json() {
        List<String> entries = new ArrayList<>();
        for (String token : vocabulary) {
            entries.add(quoted(token) + ": " + entries.size());
        }
        return """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": %s, "normalizer": %s,
                "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": %s, "decoder": null,
                "model": {"type": "WordPiece", %s, "vocab": {%s}}}
                """.formatted(added, normaliser, processor, model, String.join(", ", entries)).getBytes(StandardCharsets.UTF_8);
    }

    /** The tokenizer that the file describes. */
    public WordPieceTokenizer read() {
        return TokenizerFile.read(new ByteArrayInputStream(json()), "tokenizer.json");
    }

    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char unit : text.toCharArray()) {
            if (unit < ' ' || unit == '"' || unit == '\\') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
            } else {
                quoted.append(unit);
            }
        }
        return quoted.append('"').toString();
    }
}
