package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** What holds of the tokens of any text. */
@Tag("any-width")
class TokenizerLawsTest {

    private static final String MODEL = "/all-minilm-l6-v2-tokenizer.json";
    private static final int CLS = 101;
    private static final int SEP = 102;

    private static final Tokenizer TOKENIZER = load();

    private static Tokenizer load() {
        try (InputStream in = TokenizerLawsTest.class.getResourceAsStream(MODEL)) {
            return Tokenizer.load(in, MODEL);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Words of many scripts, with white space, punctuation, marks, controls and special tokens between and within them. */
    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> some = Arbitraries.of("a", "Lake", "unbelievably", "\u00c9cole", "e\u0301", "\u4e2d\u6587", "\ud55c\uad6d",
                "\ud83d\ude00", " ", "  ", "\n",
                "-", "...", "[SEP]", "[MASK]", "\u200b", "\u0130", "\u03a3", "\u302e", "\u0301", "\u1b44", "\ufffd", "\ud800", "7",
                "\u05d0\u05b8", "\u0939\u093f");
        return Arbitraries.oneOf(some, some, some, Arbitraries.strings().ofMaxLength(6)).list().ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void placesNeverDecrease(@ForAll("texts") String text) {
        TokenizedText tokens = TOKENIZER.tokenize(text);
        for (int i = 0; i < tokens.count(); i++) {
            boolean around = i == 0 || i == tokens.count() - 1;
            assertTrue(0 <= tokens.begin(i) && tokens.end(i) <= text.length());
            assertEquals(around, tokens.begin(i) == tokens.end(i), () -> text + " " + tokens);
            assertTrue(i == 0 || tokens.begin(i - 1) <= tokens.begin(i) && tokens.end(i - 1) <= tokens.end(i));
        }
    }

    /** What white space separates does not depend on what stands beyond it. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void textsApartHaveTheirOwnTokens(@ForAll("texts") String first, @ForAll("texts") String second) {
        TokenizedText a = TOKENIZER.tokenize(first);
        TokenizedText b = TOKENIZER.tokenize(second);
        TokenizedText both = TOKENIZER.tokenize(first + " " + second);
        int shift = first.length() + 1;
        assertEquals(a.count() + b.count() - 2, both.count());
        for (int i = 1; i < both.count() - 1; i++) {
            boolean ofFirst = i < a.count() - 1;
            int j = ofFirst ? i : i - a.count() + 2;
            assertEquals(ofFirst ? a.id(j) : b.id(j), both.id(i));
            assertEquals(ofFirst ? a.begin(j) : b.begin(j) + shift, both.begin(i));
            assertEquals(ofFirst ? a.end(j) : b.end(j) + shift, both.end(i));
        }
    }

    /** Lower case of each character by itself, as the model is uncased; not of special tokens, which are told by their capitals. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void lowerCaseChangesNothing(@ForAll("texts") String text) {
        String plain = text.replace("[", "(").replace("\u0130", "I");
        StringBuilder lower = new StringBuilder();
        plain.codePoints().forEach(point -> lower.appendCodePoint(Character.toLowerCase(point)));
        assertEquals(ids(plain), ids(lower.toString()));
        assertEquals(ids(plain.replace("\u03a3", "s")), ids(plain.replace("\u03a3", "s").toLowerCase(Locale.ROOT)));
    }

    /** The tokens of a part of a text that is cut off are those at the beginning of the whole. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void truncationKeepsTheBeginning(@ForAll("texts") String text, @ForAll @IntRange(min = 2, max = 20) int most) {
        List<Integer> all = ids(text);
        TokenizedText cut = TOKENIZER.tokenize(text, most);
        List<Integer> kept = new ArrayList<>(all.subList(0, Math.min(most, all.size()) - 1));
        kept.add(SEP);
        assertEquals(kept, ids(cut));
        assertEquals(all.size() > most, cut.truncated());
    }

    /** The characters of tokens that the vocabulary knows, put together, are the text without white space, where it is plain. */
    @Property(tries = 300)
    void plainWordsArePutTogetherAgain(@ForAll("plain") String text) {
        TokenizedText tokens = TOKENIZER.tokenize(text);
        StringBuilder joined = new StringBuilder();
        for (int i = 1; i < tokens.count() - 1; i++) {
            String token = tokens.token(i);
            String body = token.length() > 2 && token.startsWith("##") ? token.substring(2) : token;
            assertEquals(text.substring(tokens.begin(i), tokens.end(i)), body);
            joined.append(body);
        }
        assertEquals(text.replace(" ", ""), joined.toString());
        assertEquals(CLS, tokens.id(0));
    }

    @Provide
    Arbitrary<String> plain() {
        return Arbitraries.strings().withCharRange('a', 'z').withChars(" .,0123456789").ofMaxLength(60);
    }

    private static List<Integer> ids(String text) {
        return ids(TOKENIZER.tokenize(text));
    }

    private static List<Integer> ids(TokenizedText tokens) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < tokens.count(); i++) {
            ids.add(tokens.id(i));
        }
        return ids;
    }
}
