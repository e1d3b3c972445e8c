package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.internal.encoder.Attended;
import dev.gatun.internal.encoder.ModelTensors.Role;
import dev.gatun.reference.ReferenceEncoder;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans of small random models: against float64, and against themselves alone, in batches and with several workers. */
class EncoderPlanTest {

    /** Hidden states are of magnitude 1 to 3; the largest error seen is 2e-6. */
    private static final double TOLERANCE = 8e-6;
    private static final int MAX_TEXTS = 6;

    private static final EncoderModel SMALL = RandomEncoder.small().model();

    @ParameterizedTest
    @CsvSource({"1,1,4,8", "2,3,8,40", "1,2,32,64", "2,2,12,130", "1,4,16,65", "1,1,80,96"})
    void hiddenStatesAreThoseOfTheReference(int layers, int heads, int dimension, int intermediate) {
        RandomEncoder encoder = RandomEncoder.of(layers, heads, dimension, intermediate, 140, dimension);
        EncoderPlan plan = EncoderPlan.of(encoder.model(), 140, 1);
        for (int tokens : new int[] {1, 2, 5, 17, 70, 131}) {
            int[] ids = RandomEncoder.ids(new Random(tokens), tokens);
            double[][] truth = encoder.reference().hiddenStates(ids, ReferenceEncoder.ATTENTION);
            float[] states = states(plan, heads * dimension, ids);
            for (int i = 0; i < states.length; i++) {
                assertEquals(truth[i / (heads * dimension)][i % (heads * dimension)], states[i], TOLERANCE);
            }
        }
    }

    /** A text has the same states alone, in any batch, in a larger plan and with any number of workers. */
    @Property(tries = 60)
    void aTextIsTheSameInEveryBatch(@ForAll @Size(min = 1, max = MAX_TEXTS) List<@IntRange(min = 1, max = 40) Integer> lengths,
                                    @ForAll @IntRange(min = 0, max = 300) int seed) {
        Random random = new Random(seed);
        int[][] texts = lengths.stream().map(length -> RandomEncoder.ids(random, length)).toArray(int[][]::new);
        int total = Arrays.stream(texts).mapToInt(text -> text.length).sum();
        float[] together = states(EncoderPlan.of(SMALL, total, texts.length), 24, texts);
        EncoderPlan one = EncoderPlan.of(SMALL, 300, 9);
        int at = 0;
        for (int[] text : texts) {
            float[] alone = states(one, 24, text);
            assertArrayEquals(alone, Arrays.copyOfRange(together, at, at + alone.length));
            at += alone.length;
        }
        assertEquals(together.length, at);
    }

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void workersChangeNoBit(int threads) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (ElementType type : new ElementType[] {ElementType.FLOAT32, ElementType.BFLOAT16}) {
                EncoderModel model = RandomEncoder.of(2, 4, 32, 200, 140, 5).model(EncoderOptions.defaults().withWeights(type));
                EncoderPlan alone = EncoderPlan.of(model, 400, 8);
                EncoderPlan shared = EncoderPlan.of(model.withWorkers(Workers.of(executor, threads)), 400, 8);
                Random random = new Random(threads);
                for (int[] lengths : new int[][] {{1}, {4}, {30}, {130}, {3, 1, 7, 2}, {100, 5, 140, 80}}) {
                    int[][] texts = Arrays.stream(lengths).mapToObj(length -> RandomEncoder.ids(random, length)).toArray(int[][]::new);
                    assertArrayEquals(states(alone, 128, texts), states(shared, 128, texts));
                }
            }
        }
    }

    @Test
    void embeddingsArePooledStates() {
        int[][] texts = {{3, 5, 7}, {1}, {9, 8, 7, 6, 5}};
        for (Pooling pooling : Pooling.values()) {
            for (boolean normalised : new boolean[] {false, true}) {
                EncoderModel model = RandomEncoder.small().model(EncoderOptions.defaults().withPooling(pooling)
                        .withNormalisation(normalised));
                float[][] embeddings = embeddings(EncoderPlan.of(model, 9, 3), 24, texts);
                for (int text = 0; text < texts.length; text++) {
                    double[][] states = RandomEncoder.small().reference().hiddenStates(texts[text], ReferenceEncoder.ATTENTION);
                    double[] pooled = pooling == Pooling.CLS ? states[0] : ReferenceEncoder.mean(states);
                    double[] expected = normalised ? ReferenceEncoder.normalised(pooled) : pooled;
                    for (int c = 0; c < expected.length; c++) {
                        assertEquals(expected[c], embeddings[text][c], TOLERANCE);
                    }
                }
            }
        }
    }

    @Test
    void rowsBeyondTheTextsAreLeft() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.copyOf(arena, filled(5 * 30, 7), 5, 30);
            EncoderPlan.of(SMALL, 9, 3).embed(TokenBatch.of(new int[] {3, 5}, new int[] {1}), out.columns(4, 24));
            for (int i = 0; i < 5; i++) {
                for (int j = 0; j < 30; j++) {
                    boolean written = i < 2 && j >= 4 && j < 28;
                    assertEquals(!written, out.get(i, j) == 7, i + ", " + j);
                }
            }
        }
    }

    @Test
    void bfloat16WeightsComeClose() {
        RandomEncoder encoder = RandomEncoder.of(2, 4, 32, 200, 140, 5);
        int[] ids = RandomEncoder.ids(new Random(1), 50);
        float[] full = embeddings(EncoderPlan.of(encoder.model(), 50, 1), 128, ids)[0];
        float[] half = embeddings(EncoderPlan.of(encoder.model(EncoderOptions.defaults().withWeights(ElementType.BFLOAT16)), 50, 1),
                128, ids)[0];
        double cosine = 0;
        for (int c = 0; c < full.length; c++) {
            cosine += (double) full[c] * half[c];
        }
        assertTrue(cosine >= 0.9999, "the cosine is " + cosine);
        assertFalse(Arrays.equals(full, half));
    }

    @Test
    void headsOfALayerAreThoseOfTheReference() {
        RandomEncoder encoder = RandomEncoder.small();
        EncoderPlan plan = EncoderPlan.of(encoder.model(), 20, 2);
        int[][] texts = {RandomEncoder.ids(new Random(1), 7), RandomEncoder.ids(new Random(2), 12)};
        try (Arena arena = Arena.ofConfined()) {
            for (int layer = 0; layer < 2; layer++) {
                Heads[] parts = {Heads.allocate(arena, 3, 19, 8), Heads.allocate(arena, 3, 19, 8), Heads.allocate(arena, 3, 19, 8)};
                plan.heads(TokenBatch.of(texts), layer, parts[0], parts[1], parts[2]);
                for (int head = 0; head < 3; head++) {
                    for (int part = 0; part < 3; part++) {
                        Matrix rows = parts[part].matrix(0, head);
                        for (int text = 0, first = 0; text < 2; first += texts[text].length, text++) {
                            double[][] truth = encoder.reference().heads(texts[text], layer, head, Role.values()[part],
                                    ReferenceEncoder.ATTENTION);
                            for (int t = 0; t < truth.length; t++) {
                                for (int c = 0; c < 8; c++) {
                                    assertEquals(truth[t][c], rows.get(first + t, c), TOLERANCE);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /** One pass for all layers gives the bits of a call for each, whoever shares the work. */
    @Test
    void headsOfAllLayersAreThoseOfEach() {
        RandomEncoder encoder = RandomEncoder.of(3, 2, 8, 24, 60, 3);
        TokenBatch batch = TokenBatch.of(RandomEncoder.ids(new Random(4), 5), RandomEncoder.ids(new Random(5), 40));
        try (Arena arena = Arena.ofConfined(); ExecutorService executor = Executors.newCachedThreadPool()) {
            Heads[] all = heads(arena, 3);
            Heads[] shared = heads(arena, 3);
            EncoderPlan plan = EncoderPlan.of(encoder.model(), 45, 2);
            plan.heads(batch, all[0], all[1], all[2]);
            EncoderPlan.of(encoder.model().withWorkers(Workers.of(executor, 2)), 45, 2).heads(batch, shared[0], shared[1], shared[2]);
            Heads[] one = heads(arena, 1);
            for (int layer = 0; layer < 3; layer++) {
                plan.heads(batch, layer, one[0], one[1], one[2]);
                for (int part = 0; part < 3; part++) {
                    for (int head = 0; head < 2; head++) {
                        float[] expected = one[part].matrix(0, head).toArray();
                        assertArrayEquals(expected, all[part].matrix(layer, head).toArray());
                        assertArrayEquals(expected, shared[part].matrix(layer, head).toArray());
                    }
                }
            }
        }
    }

    private static Heads[] heads(Arena arena, int layers) {
        return new Heads[] {Heads.allocate(arena, layers, 2, 45, 8), Heads.allocate(arena, layers, 2, 45, 8),
            Heads.allocate(arena, layers, 2, 45, 8)};
    }

    /** Attention in a plan of attention, of the heads that the model gives, has the bits of attention in the model. */
    @Test
    void attentionIsThatOfPlansOfAttention() {
        RandomEncoder encoder = RandomEncoder.of(1, 2, 32, 64, 140, 3);
        int[] ids = RandomEncoder.ids(new Random(1), 100);
        try (Arena arena = Arena.ofConfined()) {
            Heads q = Heads.allocate(arena, 2, 100, 32);
            Heads k = Heads.allocate(arena, 2, 100, 32);
            Heads v = Heads.allocate(arena, 2, 100, 32);
            Heads out = Heads.allocate(arena, 2, 100, 32);
            EncoderPlan.of(encoder.model(), 100, 1).heads(TokenBatch.of(ids), 0, q, k, v);
            AttentionPlan.of(new AttentionShape(1, 2, 2, 100, 100, 32, 32), AttentionOptions.defaults()).run(q, k, v, out);
            float[] context = new float[100 * 64];
            Attended.heads(q, k, v, context);
            for (int t = 0; t < 100; t++) {
                for (int c = 0; c < 64; c++) {
                    assertEquals(out.matrix(0, c / 32).get(t, c % 32), context[t * 64 + c]);
                }
            }
        }
    }

    static float[] filled(int count, float value) {
        float[] entries = new float[count];
        Arrays.fill(entries, value);
        return entries;
    }

    static float[] states(EncoderPlan plan, int hidden, int[]... texts) {
        try (Arena arena = Arena.ofConfined()) {
            TokenBatch batch = TokenBatch.of(texts);
            Matrix out = Matrix.allocate(arena, batch.tokens(), hidden);
            plan.hiddenStates(batch, out);
            return out.toArray();
        }
    }

    static float[][] embeddings(EncoderPlan plan, int hidden, int[]... texts) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.allocate(arena, texts.length, hidden);
            plan.embed(TokenBatch.of(texts), out);
            float[] all = out.toArray();
            float[][] rows = new float[texts.length][];
            for (int i = 0; i < texts.length; i++) {
                rows[i] = Arrays.copyOfRange(all, i * hidden, (i + 1) * hidden);
            }
            return rows;
        }
    }
}
