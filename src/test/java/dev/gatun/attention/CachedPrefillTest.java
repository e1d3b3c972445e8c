package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Workers;
import dev.gatun.internal.view.TensorView;
import dev.gatun.io.Npy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Plans of attention over cached keys and values: pages change no bit, and a prompt may come in chunks. */
class CachedPrefillTest {

    /** Two results each of whose probabilities is within 4e-4 of the definition, relative to itself. */
    private static final double CHUNK_BOUND = 2 * 4e-4;

    /** Pages in two tensors, all of whose bits are set at first: NaN in every type. */
    private static KeyValueCache cache(Arena arena, int pages, int pageTokens, Heads k, Heads v) {
        List<Heads> keys = new ArrayList<>();
        List<Heads> values = new ArrayList<>();
        for (int run = 0, left = pages; left > 0; run++) {
            int count = run == 0 ? (pages + 1) / 2 : left;
            keys.add(full(arena, k.type(), count, k.heads(), pageTokens, k.columns()));
            values.add(full(arena, v.type(), count, v.heads(), pageTokens, v.columns()));
            left -= count;
        }
        return KeyValueCache.of(keys, values);
    }

    private static Heads full(Arena arena, ElementType type, int... shape) {
        long entries = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
        return Heads.of(arena.allocate(entries * type.bytes(), 64).fill((byte) -1), 0, type, shape);
    }

    /** Sequences with the keys and values of a ragged batch, in pages of any order. */
    private static CachedSequences cached(Arena arena, RaggedCase ragged, Random random) {
        int pageTokens = 8 * (2 + random.nextInt(4));
        int maxPages = (ragged.shape.keys() + pageTokens - 1) / pageTokens;
        List<Integer> order = new ArrayList<>(IntStream.range(0, ragged.keys.length * maxPages).boxed().toList());
        Collections.shuffle(order, random);
        CachedSequences sequences = CachedSequences.allocate(arena, cache(arena, order.size(), pageTokens, ragged.k, ragged.v), maxPages,
                ragged.keys.length);
        for (int s = 0; s < ragged.keys.length; s++) {
            for (int page = 0; page < maxPages; page++) {
                sequences.setPage(s, page, order.get(s * maxPages + page));
            }
        }
        sequences.append(ragged.k, ragged.v, ragged.keyOffsets);
        return sequences;
    }

    private static void assertSame(Heads expected, Heads found, String message) {
        TensorView wanted = TensorView.of(expected);
        TensorView given = TensorView.of(found);
        for (int h = 0; h < expected.heads(); h++) {
            for (int i = 0; i < expected.rows(); i++) {
                for (int c = 0; c < expected.columns(); c++) {
                    assertEquals(Float.floatToRawIntBits(wanted.get(h, i, c)), Float.floatToRawIntBits(given.get(h, i, c)), message);
                }
            }
        }
    }

    private static Heads untouched(Arena arena, Heads like) {
        Heads heads = Heads.allocate(arena, like.heads(), like.rows(), like.columns());
        for (long at = 0; at < heads.segment().byteSize(); at += Float.BYTES) {
            heads.segment().set(ValueLayout.JAVA_FLOAT, at, RaggedCase.UNTOUCHED);
        }
        return heads;
    }

    /** Rows of pages beyond a length are NaN, and change nothing. */
    @Property(tries = 200)
    void pagesChangeNothing(@ForAll long seed) {
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(2)) {
            RaggedCase ragged = new RaggedCase(arena, seed);
            Random random = new Random(seed);
            AttentionPlan plan = ragged.plan(executor, 1 + random.nextInt(3));
            ragged.run(plan);
            CachedSequences sequences = cached(arena, ragged, random);
            Heads out = untouched(arena, ragged.out);
            Heads sums = untouched(arena, ragged.sums);
            plan.runRagged(ragged.q, ragged.queryOffsets, sequences, out, sums);
            assertSame(ragged.out, out, ragged.toString());
            assertSame(ragged.sums, sums, ragged.toString());
            ragged.run(plan);
            assertSame(ragged.out, out, ragged.toString());
        }
    }

    /** A causal prompt in chunks of any lengths, each appended and then computed, has the results of the whole prompt. */
    @Property(tries = 60)
    void chunksGiveTheWholePrompt(@ForAll long seed) {
        Random random = new Random(seed);
        int tokens = 1 + random.nextInt(300);
        double spread = new double[] {0.5, 1, 4, 20}[random.nextInt(4)];
        AttentionShape shape = new AttentionShape(1, 4, 2, tokens, tokens, 8 * (1 + random.nextInt(5)), 16);
        AttentionOptions options = AttentionOptions.defaults().withCausalMask();
        options = random.nextBoolean() ? options : options.withSinks(0.5, 1, -1, 2);
        options = random.nextBoolean() ? options : options.withWindow(40, 0);
        try (Arena arena = Arena.ofConfined()) {
            Heads q = AttentionPlanTest.Call.normal(arena, random, spread, 4, tokens, shape.dimension());
            Heads k = AttentionPlanTest.Call.normal(arena, random, spread, 2, tokens, shape.dimension());
            Heads v = AttentionPlanTest.Call.normal(arena, random, 1, 2, tokens, 16);
            Heads whole = Heads.allocate(arena, 4, tokens, 16);
            Heads chunked = Heads.allocate(arena, 4, tokens, 16);
            AttentionPlan plan = AttentionPlan.of(shape, options);
            plan.run(q, k, v, whole);
            CachedSequences sequences = CachedSequences.allocate(arena, cache(arena, tokens / 16 + 1, 16, k, v), tokens / 16 + 1, 1);
            for (int page = 0; page <= tokens / 16; page++) {
                sequences.setPage(0, page, tokens / 16 - page);
            }
            for (int from = 0; from < tokens;) {
                int to = Math.min(tokens, from + 1 + random.nextInt(120));
                SequenceOffsets chunk = SequenceOffsets.of(MemorySegment.ofArray(new int[] {from, to}), 0, 1);
                sequences.append(k, v, chunk);
                plan.runRagged(q, chunk, sequences, chunked, null);
                from = to;
            }
            assertNear(whole, chunked, v);
        }
    }

    /** The heads of a trained model that the library carries, a token at a time and in chunks. */
    @Property(tries = 20)
    void chunksOfTrainedHeadsAreNear(@ForAll @IntRange(min = 1, max = 40) int most, @ForAll long seed) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            Path sample = Path.of("src", "main", "resources", "dev", "gatun", "sample");
            Heads q = Npy.readHeads(sample.resolve("q.npy"), arena);
            Heads k = Npy.readHeads(sample.resolve("k.npy"), arena);
            Heads v = Npy.readHeads(sample.resolve("v.npy"), arena);
            int heads = q.heads();
            int tokens = q.rows();
            AttentionPlan plan = AttentionPlan.of(AttentionShape.of(heads, tokens, q.columns()), AttentionOptions.defaults().withCausalMask());
            Heads whole = Heads.allocate(arena, heads, tokens, v.columns());
            Heads chunked = Heads.allocate(arena, heads, tokens, v.columns());
            plan.run(q, k, v, whole);
            CachedSequences sequences = CachedSequences.contiguous(cache(arena, 1, tokens, k, v), arena.allocate(4, 4), 0);
            for (int from = 0; from < tokens;) {
                int to = Math.min(tokens, from + 1 + random.nextInt(most));
                SequenceOffsets chunk = SequenceOffsets.of(MemorySegment.ofArray(new int[] {from, to}), 0, 1);
                sequences.append(k, v, chunk);
                plan.runRagged(q, chunk, sequences, chunked, null);
                from = to;
            }
            for (int h = 0; h < heads; h++) {
                assertNear(whole.matrix(h), chunked.matrix(h), 1e-5 * largest(v.matrix(h)));
            }
        }
    }

    private static void assertNear(Heads whole, Heads chunked, Heads v) {
        double largest = 0;
        for (int g = 0; g < v.heads(); g++) {
            largest = Math.max(largest, largest(v.matrix(g)));
        }
        for (int h = 0; h < whole.heads(); h++) {
            assertNear(whole.matrix(h), chunked.matrix(h), CHUNK_BOUND * largest);
        }
    }

    private static void assertNear(Matrix whole, Matrix chunked, double bound) {
        for (int i = 0; i < whole.rows(); i++) {
            for (int c = 0; c < whole.columns(); c++) {
                assertEquals(whole.get(i, c), chunked.get(i, c), bound);
            }
        }
    }

    private static float largest(Matrix matrix) {
        float largest = 0;
        for (float entry : matrix.toArray()) {
            largest = Math.max(largest, Math.abs(entry));
        }
        return largest;
    }

    @Example
    void wrongCallsAreRefusedAndWriteNothing() {
        AttentionShape shape = new AttentionShape(2, 2, 1, 5, 40, 4, 3);
        try (Arena arena = Arena.ofConfined(); ExecutorService executor = Executors.newFixedThreadPool(1)) {
            Random random = new Random(2);
            Heads q = AttentionPlanTest.Call.normal(arena, random, 1, 2, 9, 4);
            Heads k = AttentionPlanTest.Call.normal(arena, random, 1, 1, 60, 4);
            Heads v = AttentionPlanTest.Call.normal(arena, random, 1, 1, 60, 3);
            Heads out = untouched(arena, Heads.allocate(arena, 2, 9, 3));
            KeyValueCache cache = cache(arena, 6, 16, k, v);
            CachedSequences sequences = CachedSequences.allocate(arena, cache, 3, 2);
            for (int page = 0; page < 6; page++) {
                sequences.setPage(page / 3, page % 3, page);
            }
            sequences.append(k, v, SequenceOffsets.ofLengths(arena, 20, 40));
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 4, 5);
            for (AttentionPlan plan : List.of(AttentionPlan.of(shape, AttentionOptions.defaults()),
                    AttentionPlan.of(shape, AttentionOptions.defaults().withWorkers(Workers.of(executor, 2))))) {
                refused(plan, q, SequenceOffsets.ofLengths(arena, 4, 3, 2), sequences, out, "q has 3 sequences; expected at most 2");
                refused(plan, q, SequenceOffsets.ofLengths(arena, 4), sequences, out, "cached sequences");
                refused(plan, k, offsets, sequences, out, "q is Heads[1, 60, 4]; expected (1, 2, 60, 4)");
                sequences.setLength(1, 41);
                refused(plan, q, offsets, sequences, out, "sequence 1 has 41 tokens; the plan was made for at most 40");
                sequences.setLength(1, 40);
                Heads ofCache = Heads.of(cache.view().keyPages().memory(0), 0, 2, 9, 3);
                AttentionPlanTest.refused(() -> plan.runRagged(q, offsets, sequences, ofCache, null), "out shares memory with the cache of keys");
                Heads first = Heads.of(cache.view().keyPages().memory(0), 0, 3, 1, 16, 4);
                float kept = first.matrix(1).get(3, 2);
                first.matrix(1).set(3, 2, Float.NaN);
                refused(plan, q, offsets, sequences, out, "the cache of keys holds NaN at row 19, column 2 of head 0 of sequence 0");
                first.matrix(1).set(3, 2, kept);
                plan.runRagged(q, offsets, sequences, Heads.allocate(arena, 2, 9, 3), null);
            }
            AttentionPlan biased = AttentionPlan.of(shape, AttentionOptions.defaults().withBias());
            refused(biased, q, offsets, sequences, out, "which a ragged batch cannot have");
            AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults());
            assertThrows(NullPointerException.class, () -> plan.runRagged(q, offsets, null, out, null));
        }
    }

    private static void refused(AttentionPlan plan, Heads q, SequenceOffsets offsets, CachedSequences sequences, Heads out, String part) {
        AttentionPlanTest.refused(() -> plan.runRagged(q, offsets, sequences, out, null), part);
        for (long at = 0; at < out.segment().byteSize(); at += Float.BYTES) {
            assertTrue(out.segment().get(ValueLayout.JAVA_FLOAT, at) == RaggedCase.UNTOUCHED, part);
        }
    }
}
