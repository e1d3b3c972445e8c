package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.internal.tokenizer.TokenBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public tokenizer on a trained model's file: tokens and places by hand, limits, both kinds of file, large texts, threads. */
@Tag("any-width")
class TokenizerTest {

    private static final String MODEL = "/all-minilm-l6-v2-tokenizer.json";

    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() throws IOException {
        try (InputStream in = TokenizerTest.class.getResourceAsStream(MODEL)) {
            tokenizer = Tokenizer.load(in, MODEL);
        }
    }

    private static String described(TokenizedText text) {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < text.count(); i++) {
            tokens.add("%s=%s[%s]".formatted(text.token(i), text.id(i), text.text().substring(text.begin(i), text.end(i))));
        }
        return String.join(" ", tokens);
    }

    @Test
    void tokensAndPlaces() {
        assertEquals("[CLS]=101[] ga=11721[Ga] ##tu=8525[t\u00fa] ##n=2078[n] '=1005['] s=1055[s] locks=11223[locks] [SEP]=102[]",
                described(tokenizer.tokenize("Gat\u00fan's  locks")));
        TokenizedText hangul = tokenizer.tokenize("\ud55c");
        assertEquals(5, hangul.count());
        assertEquals("[CLS], \u1112, ##\u1161, ##\u11ab, [SEP]", String.join(", ", IntStream.range(0, 5).mapToObj(hangul::token).toList()));
        assertEquals("[CLS]=101[] a=1037[a] [SEP]=102[[SEP]] [UNK]=100[\ud83d\ude00b] [SEP]=102[]",
                described(tokenizer.tokenize("a[SEP] \ud83d\ude00b")));
    }

    @Test
    void textsWithoutWords() {
        for (String text : List.of("", " ", "\n\t", "\u0301", "\u200b\u0000", "\ud800")) {
            TokenizedText tokens = tokenizer.tokenize(text);
            assertArrayEquals(new int[] {101, 102}, tokens.ids());
            assertEquals(text.length(), tokens.begin(1));
            assertEquals(text.length(), tokens.end(1));
            assertFalse(tokens.truncated());
        }
    }

    @Test
    void loneSurrogatesCountAsTheReplacementCharacter() {
        assertEquals(described(tokenizer.tokenize("a\ufffdb c")), described(tokenizer.tokenize("a\ud800b c")).replace('\ud800', '\ufffd'));
    }

    @Test
    void truncationWhereAsked() {
        TokenizedText all = tokenizer.tokenize("one two three unbelievably");
        for (int most = 2; most <= all.count() + 1; most++) {
            TokenizedText some = tokenizer.tokenize("one two three unbelievably", most);
            int kept = Math.min(most, all.count());
            int[] expected = Arrays.copyOf(all.ids(), kept);
            expected[kept - 1] = 102;
            assertArrayEquals(expected, some.ids());
            assertEquals(most < all.count(), some.truncated());
        }
        assertFalse(all.truncated());
        assertEquals("TokenizedText[3 tokens, truncated]", tokenizer.tokenize("one two", 3).toString());
        assertEquals("at most 1 tokens leave no room for the 2 special tokens of a text",
                assertThrows(IllegalArgumentException.class, () -> tokenizer.tokenize("x", 1)).getMessage());
    }

    @Test
    void wrongArguments() {
        assertThrows(NullPointerException.class, () -> tokenizer.tokenize(null));
        assertThrows(NullPointerException.class, () -> Tokenizer.load((InputStream) null, "x.json"));
        TokenizedText text = tokenizer.tokenize("x");
        for (int i : new int[] {-1, 3}) {
            assertThrows(IndexOutOfBoundsException.class, () -> text.id(i));
            assertThrows(IndexOutOfBoundsException.class, () -> text.begin(i));
            assertThrows(IndexOutOfBoundsException.class, () -> text.end(i));
            assertThrows(IndexOutOfBoundsException.class, () -> text.token(i));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.token(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.token(30522));
    }

    @Test
    void vocabularyAlone() throws IOException {
        assertEquals(30522, tokenizer.size());
        Files.write(folder.resolve("vocab.txt"), IntStream.range(0, tokenizer.size()).mapToObj(tokenizer::token).toList());
        Tokenizer other = Tokenizer.load(folder);
        assertEquals(2, other.specialTokens());
        for (String text : List.of("Gat\u00fan's [MASK] locks", "\u4e2d\u6587", "e\u0301 \u0130 [cls]", "x".repeat(101), "x".repeat(100))) {
            assertEquals(described(tokenizer.tokenize(text)), described(other.tokenize(text)));
        }
        Files.write(folder.resolve("tokenizer.json"), TokenizerTest.class.getResourceAsStream(MODEL).readAllBytes());
        Files.writeString(folder.resolve("vocab.txt"), "of no use");
        assertEquals(tokenizer.size(), Tokenizer.load(folder).size());
        assertEquals("Tokenizer[WordPiece, 30522 ids]", Tokenizer.load(folder.resolve("tokenizer.json")).toString());
    }

    /** 10 MB each: prose, one word, marks alone, marks in need of an order, and nothing but white space. */
    @Test
    @Tag("slow")
    void largeTexts() {
        int units = 10_000_000;
        assertEquals(2 + units / 5, tokenizer.tokenize("lake ".repeat(units / 5)).count());
        assertArrayEquals(new int[] {101, 100, 102}, tokenizer.tokenize("a".repeat(units)).ids());
        assertEquals(2, tokenizer.tokenize("\u0301".repeat(units)).count());
        assertEquals(2, tokenizer.tokenize(" ".repeat(units)).count());
        assertEquals(3, tokenizer.tokenize("\u0301\u302e\u0327".repeat(100_000)).count());
        TokenizedText cut = tokenizer.tokenize("lake ".repeat(units / 5), 512);
        assertEquals(512, cut.count());
        assertTrue(cut.truncated());
    }

    /** One buffer holds the tokens of text after text, each with places of its own. */
    @Test
    void textsOneAfterTheOther() {
        TokenBuffer buffer = new TokenBuffer();
        List<String> texts = List.of("one", "", "two three four", "[SEP] x");
        for (String text : texts) {
            int before = buffer.count();
            tokenizer.append(text, 4, buffer);
            TokenizedText alone = tokenizer.tokenize(text, 4);
            assertEquals(alone.count(), buffer.count() - before);
            assertEquals(alone.truncated(), buffer.isTruncated());
            for (int i = 0; i < alone.count(); i++) {
                assertEquals(alone.id(i), buffer.ids()[before + i]);
                assertEquals(alone.begin(i), buffer.begins()[before + i]);
                assertEquals(alone.end(i), buffer.ends()[before + i]);
            }
        }
    }

    @Test
    void threadsShareATokenizer() throws Exception {
        List<String> texts = IntStream.range(0, 400).mapToObj(i -> "caf\u00e9 " + Character.toString(0x370 + 37 * i) + " \u4e2d"
                + i).toList();
        Tokenizer fresh;
        try (InputStream in = TokenizerTest.class.getResourceAsStream(MODEL)) {
            fresh = Tokenizer.load(in, MODEL);
        }
        Callable<List<String>> all = () -> texts.stream().map(text -> described(fresh.tokenize(text))).toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<List<String>> result : threads.invokeAll(List.of(all, all, all, all))) {
                assertEquals(texts.stream().map(text -> described(tokenizer.tokenize(text))).toList(), result.get());
            }
        }
    }
}
