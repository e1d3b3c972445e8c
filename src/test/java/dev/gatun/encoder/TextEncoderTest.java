package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Matrix;
import dev.gatun.Workers;
import java.io.ByteArrayInputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The front: texts instead of tokens, from any number of threads. */
class TextEncoderTest {

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";

    private final TextEncoder encoder = TextEncoder.of(model(EncoderOptions.defaults()));

    /** Five special tokens, and each letter as a word and as the rest of one: not all of the 50 ids are letters. */
    private static Tokenizer tokenizer() {
        StringBuilder vocabulary = new StringBuilder("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
        for (char letter : LETTERS.toCharArray()) {
            vocabulary.append(letter).append('\n');
        }
        for (char letter : LETTERS.substring(0, 19).toCharArray()) {
            vocabulary.append("##").append(letter).append('\n');
        }
        return Tokenizer.load(new ByteArrayInputStream(vocabulary.toString().getBytes(StandardCharsets.UTF_8)), "vocab.txt");
    }

    private static EncoderModel model(EncoderOptions options) {
        EncoderModel random = RandomEncoder.small().model();
        return EncoderModel.of("letters", random.config(), random.weights(), tokenizer(), options);
    }

    @Test
    void textsAreTheirTokens() {
        int[] ids = {2, 5, 6, 7, 3};
        assertArrayEquals(EncoderPlanTest.embeddings(EncoderPlan.of(model(EncoderOptions.defaults()), 5, 1), 24, ids)[0],
                encoder.embed("A b c"));
        assertArrayEquals(EncoderPlanTest.embeddings(EncoderPlan.of(model(EncoderOptions.defaults()), 2, 1), 24, new int[] {2, 3})[0],
                encoder.embed(""));
        assertEquals(24, encoder.dimension());
        assertEquals(40, encoder.maxTokens());
        assertEquals("letters", encoder.name());
        assertEquals(50, encoder.tokenizer().size());
    }

    /** Without threads of the library's own, results are the same. */
    @Test
    void ownThreadsCanBeForbidden() {
        EncoderOptions options = EncoderOptions.defaults().withoutOwnThreads();
        assertTrue(EncoderOptions.defaults().ownThreads());
        assertFalse(options.withTruncation().withWorkers(Workers.caller()).withNormalisation(true).ownThreads());
        TextEncoder alone = TextEncoder.of(model(options));
        for (int call = 0; call < 10; call++) {
            assertArrayEquals(encoder.embed("A b c"), alone.embed("A b c"));
        }
    }

    /** A model with a file that is loaded by one thread or by two has the same embeddings. */
    @Tag("any-width")
    @Test
    void threadsLoadTheSameModel(@TempDir Path folder) {
        Path model = MiniLmFiles.copy(folder);
        try (TextEncoder two = TextEncoder.open(model); TextEncoder one = TextEncoder.open(model, EncoderOptions.defaults().withoutOwnThreads())) {
            String text = "A lake that joins two oceans across an isthmus.";
            assertArrayEquals(one.embed(text), two.embed(text));
        }
    }

    @Test
    void listsAreTheirTexts() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add(String.join(" ", LETTERS.substring(0, 1 + i % 25).split("")));
        }
        texts.add("");
        float[][] all = encoder.embed(texts);
        assertEquals(texts.size(), all.length);
        for (int i = 0; i < texts.size(); i++) {
            assertArrayEquals(encoder.embed(texts.get(i)), all[i]);
        }
        assertEquals(0, encoder.embed(List.of()).length);
    }

    @Test
    void batchesOfTokensAreTheirTexts() {
        try (Arena arena = Arena.ofConfined()) {
            int[] text = new int[30];
            int[][] texts = Collections.nCopies(100, text).toArray(int[][]::new);
            Matrix out = Matrix.allocate(arena, 100, 24);
            encoder.embed(TokenBatch.of(texts), out);
            float[] one = EncoderPlanTest.embeddings(EncoderPlan.of(model(EncoderOptions.defaults()), 30, 1), 24, text)[0];
            assertArrayEquals(one, out.rows(0, 1).toArray());
            assertArrayEquals(one, out.rows(99, 1).toArray());
            assertThrows(IllegalArgumentException.class, () -> encoder.embed(new TokenBatch(1, 1), out));
        }
    }

    @Test
    void longTextsAreRefusedOrCut() {
        String text = "a ".repeat(39);
        assertEquals("the text has 41 tokens; the model takes at most 40, special tokens included",
                assertThrows(IllegalArgumentException.class, () -> encoder.embed(text)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> encoder.embed(List.of("a", text)));
        TextEncoder cutting = TextEncoder.of(model(EncoderOptions.defaults().withTruncation()));
        assertArrayEquals(encoder.embed("a ".repeat(38)), cutting.embed(text));
        assertTrue(cutting.tokenize(text, InputKind.PLAIN).truncated());
        assertFalse(cutting.tokenize("a", InputKind.PLAIN).truncated());
    }

    @Test
    void kindsHavePrefixes() {
        TextEncoder prefixing = TextEncoder.of(model(EncoderOptions.defaults().withPrefixes("q ", "p ")));
        assertArrayEquals(encoder.embed("q a b"), prefixing.embed("a b", InputKind.QUERY));
        assertArrayEquals(encoder.embed("p a b"), prefixing.embed(List.of("a b"), InputKind.PASSAGE)[0]);
        assertArrayEquals(encoder.embed("a b"), prefixing.embed("a b"));
    }

    @Test
    void closedEncodersRefuseCalls() {
        TextEncoder closed = TextEncoder.of(model(EncoderOptions.defaults()));
        closed.embed("a");
        closed.close();
        closed.close();
        assertEquals("the encoder is closed", assertThrows(IllegalStateException.class, () -> closed.embed("a")).getMessage());
        assertThrows(IllegalStateException.class, () -> closed.embed(List.of()));
        assertThrows(IllegalStateException.class, () -> closed.embed(TokenBatch.of(new int[] {1}), null));
    }

    @Test
    void threadsShareAnEncoder() throws Exception {
        List<String> texts = new ArrayList<>();
        for (int length = 1; length <= 25; length++) {
            texts.add(String.join(" ", LETTERS.substring(0, length).split("")));
        }
        float[][] expected = encoder.embed(texts);
        try (ExecutorService executor = Executors.newFixedThreadPool(6)) {
            List<Future<Boolean>> runs = new ArrayList<>();
            for (int thread = 0; thread < 6; thread++) {
                int first = thread;
                runs.add(executor.submit(() -> sameEverywhere(texts, expected, first)));
            }
            for (Future<Boolean> run : runs) {
                assertTrue(run.get());
            }
        }
    }

    private boolean sameEverywhere(List<String> texts, float[][] expected, int first) {
        for (int i = 0; i < 100; i++) {
            int text = (first * 4 + i) % texts.size();
            if (!Arrays.equals(expected[text], encoder.embed(texts.get(text)))) {
                return false;
            }
        }
        return Arrays.deepEquals(expected, encoder.embed(texts));
    }
}
