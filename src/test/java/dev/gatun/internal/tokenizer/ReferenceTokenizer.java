package dev.gatun.internal.tokenizer;

import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The tokenizer that models are published with, without padding and truncation. */
final class ReferenceTokenizer implements AutoCloseable {

    /** A token and its place in UTF-16 units; -1 where it stands outside the text. */
    record Token(long id, String token, int begin, int end) {
    }

    private final HuggingFaceTokenizer tokenizer;

    private ReferenceTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The tokenizer that the bytes of a {@code tokenizer.json} describe. */
    static ReferenceTokenizer of(byte[] json) {
        // The library would otherwise report its use to its makers, and its logging complain of having no provider.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        try {
            return new ReferenceTokenizer(HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json),
                    Map.of("padding", "false", "truncation", "false")));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The tokens of a text; surrogates without their other half are passed on as U+FFFD, as UTF-8 has no such characters. */
    List<Token> tokenize(String text) {
        Encoding encoding = tokenizer.encode(wellFormed(text), true, false);
        int[] units = units(text);
        List<Token> tokens = new ArrayList<>();
        CharSpan[] spans = encoding.getCharTokenSpans();
        for (int i = 0; i < spans.length; i++) {
            CharSpan span = spans[i];
            tokens.add(new Token(encoding.getIds()[i], encoding.getTokens()[i], span == null ? -1 : units[span.getStart()],
                    span == null ? -1 : units[span.getEnd()]));
        }
        return tokens;
    }

    private static String wellFormed(String text) {
        int[] points = text.codePoints().map(point -> point >= 0xd800 && point <= 0xdfff ? 0xfffd : point).toArray();
        return new String(points, 0, points.length);
    }

    /** Where each character begins, and the end. */
    private static int[] units(String text) {
        int[] units = new int[text.codePointCount(0, text.length()) + 1];
        int count = 0;
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            units[count++] = at;
        }
        units[count] = text.length();
        return units;
    }

    /** Fails with both lists of tokens if {@code buffer} has others than the reference finds in {@code text}. */
    void requireEqual(String text, WordPieceTokenizer tokenizer, TokenBuffer buffer) {
        requireEqual(text, tokenize(text), buffer, (i, expected) -> tokenizer.token(buffer.ids()[i]));
    }

    /** Likewise for ids and places alone. */
    void requireEqualIds(String text, TokenBuffer buffer) {
        requireEqual(text, tokenize(text), buffer, (i, expected) -> expected);
    }

    private static void requireEqual(String text, List<Token> expected, TokenBuffer buffer, BiFunction<Integer, String, String> token) {
        List<Token> found = new ArrayList<>();
        for (int i = 0; i < buffer.count(); i++) {
            Token one = i < expected.size() ? expected.get(i) : new Token(-1, "", 0, 0);
            boolean outside = one.begin < 0 && buffer.begins()[i] == buffer.ends()[i];
            found.add(new Token(buffer.ids()[i], token.apply(i, one.token), outside ? -1 : buffer.begins()[i],
                    outside ? -1 : buffer.ends()[i]));
        }
        if (!expected.equals(found)) {
            fail("%s%nexpected %s%nbut was  %s".formatted(escaped(text), expected, found));
        }
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(unit -> escaped.append(unit >= ' ' && unit < 0x7f ? "" + (char) unit : "\\u%04x".formatted(unit)));
        return escaped.toString();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
