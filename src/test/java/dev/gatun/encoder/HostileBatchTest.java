package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches and results that a plan refuses, in one sentence and before it writes anything. */
class HostileBatchTest {

    private static final float UNTOUCHED = 7;

    private final EncoderPlan plan = EncoderPlan.of(RandomEncoder.small().model(), 50, 3);

    private static void refused(String message, Class<? extends Throwable> type, Executable call) {
        assertEquals(message, assertThrows(type, call).getMessage());
    }

    private static void refused(String message, Executable call) {
        refused(message, IllegalArgumentException.class, call);
    }

    /** The message of a refused batch, of which nothing is written. */
    private void refusesBatch(String message, TokenBatch batch) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.copyOf(arena, EncoderPlanTest.filled(60 * 24, UNTOUCHED), 60, 24);
            refused(message, () -> plan.embed(batch, out));
            refused(message, () -> plan.hiddenStates(batch, out));
            assertArrayEquals(EncoderPlanTest.filled(60 * 24, UNTOUCHED), out.toArray());
            Heads heads = Heads.allocate(arena, 3, 1, 8);
            refused(message, () -> plan.heads(batch, 0, heads, Heads.allocate(arena, 3, 1, 8), Heads.allocate(arena, 3, 1, 8)));
        }
        usable();
    }

    private void usable() {
        float[][] embedding = EncoderPlanTest.embeddings(plan, 24, new int[] {1, 2, 3});
        assertArrayEquals(EncoderPlanTest.embeddings(EncoderPlan.of(RandomEncoder.small().model(), 3, 1), 24, new int[] {1, 2, 3})[0],
                embedding[0]);
    }

    @Test
    void batchesMustFitTheModelAndThePlan() {
        refusesBatch("the batch has no text", new TokenBatch(4, 1));
        refusesBatch("the batch has 4 texts; the plan was made for at most 3",
                TokenBatch.of(new int[] {1}, new int[] {1}, new int[] {1}, new int[] {1}));
        refusesBatch("the batch has 60 tokens; the plan was made for at most 50", TokenBatch.of(new int[30], new int[30]));
        refusesBatch("text 1 has 41 tokens; the model takes 1 to 40", TokenBatch.of(new int[2], new int[41]));
        refusesBatch("token 1 of text 0 has the id 50; the vocabulary has the ids 0 to 49", TokenBatch.of(new int[] {49, 50}));
        refusesBatch("token 0 of text 1 has the id -1; the vocabulary has the ids 0 to 49",
                TokenBatch.of(new int[] {49}, new int[] {-1}));
    }

    @Test
    void textsMustFitTheBatch() {
        TokenBatch batch = new TokenBatch(5, 2);
        batch.add(new int[] {1, 2, 3});
        refused("the batch has room for 5 tokens, of which 3 are taken: a text of 3 does not fit", () -> batch.add(new int[3]));
        refused("tokens of a text must be at least 1, not 0", () -> batch.add(new int[0]));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.add(new int[2], 1, 2));
        assertEquals(1, batch.texts());
        assertEquals(3, batch.tokens());
        batch.add(new int[] {9, 8, 7, 6}, 1, 2);
        refused("the batch has room for 2 texts, which are there already", () -> batch.add(new int[1]));
        assertEquals(8, batch.id(3));
        assertEquals(2, batch.length(1));
        assertEquals(3, batch.offset(1));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.id(5));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.length(2));
        batch.clear();
        assertEquals(0, batch.texts() + batch.tokens());
        refused("tokens of a batch must be at least 1, not 0", () -> new TokenBatch(0, 1));
        refused("texts of a batch must be at least 1, not 0", () -> TokenBatch.of());
    }

    @Test
    void resultsMustFit() {
        TokenBatch batch = TokenBatch.of(new int[] {1, 2}, new int[] {3});
        try (Arena arena = Arena.ofConfined()) {
            refused("out is 1 x 24; expected 24 columns, and rows for 2 texts", () -> plan.embed(batch, Matrix.allocate(arena, 1, 24)));
            refused("out is 2 x 23; expected 24 columns, and rows for 2 texts", () -> plan.embed(batch, Matrix.allocate(arena, 2, 23)));
            refused("out is 2 x 24; expected 24 columns, and rows for 3 tokens",
                    () -> plan.hiddenStates(batch, Matrix.allocate(arena, 2, 24)));
            refused("out is read-only", () -> plan.embed(batch, Matrix.of(arena.allocate(24 * 8).asReadOnly(), 2, 24)));
            refused("out is null", NullPointerException.class, () -> plan.embed(batch, (Matrix) null));
            refused("the batch is null", NullPointerException.class, () -> plan.embed(null, Matrix.allocate(arena, 2, 24)));
            MemorySegment closed;
            try (Arena gone = Arena.ofConfined()) {
                closed = gone.allocate(24 * 8);
            }
            refused("the memory of out is closed", IllegalStateException.class, () -> plan.embed(batch, Matrix.of(closed, 2, 24)));
        }
        usable();
    }

    @Test
    void headsMustFit() {
        TokenBatch batch = TokenBatch.of(new int[] {1, 2}, new int[] {3});
        try (Arena arena = Arena.ofConfined()) {
            Heads q = Heads.allocate(arena, 3, 3, 8);
            Heads k = Heads.allocate(arena, 3, 3, 8);
            Heads v = Heads.allocate(arena, 3, 3, 8);
            refused("layer 2 does not exist: there are 2", IndexOutOfBoundsException.class, () -> plan.heads(batch, 2, q, k, v));
            refused("k is Heads[3, 4, 8]; expected (3, 3, 8)", () -> plan.heads(batch, 0, q, Heads.allocate(arena, 3, 4, 8), v));
            refused("q is Heads[3, 3, 8]; expected (2, 3, 3, 8)", () -> plan.heads(batch, q, k, v));
            refused("v shares memory with k", () -> plan.heads(batch, 0, q, k, k));
            refused("k shares memory with q", () -> plan.heads(batch, 0, q, q, v));
            refused("q is null", NullPointerException.class, () -> plan.heads(batch, 0, null, k, v));
            refused("v is Heads[3, 3, 8] of bfloat16; expected float32",
                    () -> plan.heads(batch, 0, q, k, Heads.of(arena.allocate(144), 0, ElementType.BFLOAT16, 3, 3, 8)));
            refused("v is read-only", () -> plan.heads(batch, 0, q, k, Heads.of(arena.allocate(288).asReadOnly(), 0, 3, 3, 8)));
            for (Heads part : new Heads[] {q, k, v}) {
                assertArrayEquals(new float[24], part.matrix(0).toArray());
            }
        }
    }

    @Test
    void plansMustFitInMemory() {
        EncoderModel model = RandomEncoder.small().model();
        refused("tokens of a plan must be at least 1, not 0", () -> EncoderPlan.of(model, 0, 1));
        refused("texts of a plan must be at least 1, not -1", () -> EncoderPlan.of(model, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> EncoderPlan.of(model, Integer.MAX_VALUE, 1));
        refused("the model is null", NullPointerException.class, () -> EncoderPlan.of(null, 1, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void interruptsLeaveThePlanUsable(int threads) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            EncoderModel model = RandomEncoder.small().model().withWorkers(Workers.of(executor, threads));
            EncoderPlan shared = EncoderPlan.of(model, 200, 8);
            int[][] texts = {new int[40], new int[40], new int[40], new int[40], {1, 2, 3}};
            float[][] expected = EncoderPlanTest.embeddings(shared, 24, texts);
            for (int run = 0; run < 20; run++) {
                Thread.currentThread().interrupt();
                float[][] again = EncoderPlanTest.embeddings(shared, 24, texts);
                assertTrue(Thread.interrupted());
                assertArrayEquals(expected, again);
            }
        }
        usable();
    }

    /** A head without a result is named, and the plan goes on to serve; nothing has been written. */
    @Test
    void headsWithoutAResultAreNamed() {
        EncoderModel model = RandomEncoder.small().model(EncoderOptions.defaults()
                .withRegimes(Regimes.parse("layer 1 head 2: bistochastic beta 1e14")));
        EncoderPlan impossible = EncoderPlan.of(model, 9, 2);
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.copyOf(arena, EncoderPlanTest.filled(2 * 24, UNTOUCHED), 2, 24);
            TokenBatch batch = TokenBatch.of(new int[] {1, 2, 3}, new int[] {4, 5});
            String message = assertThrows(IllegalStateException.class, () -> impossible.embed(batch, out)).getMessage();
            assertTrue(message.startsWith("layer 1, head 2 of text 0 has no result: "), message);
            assertArrayEquals(EncoderPlanTest.filled(2 * 24, UNTOUCHED), out.toArray());
        }
    }
}
