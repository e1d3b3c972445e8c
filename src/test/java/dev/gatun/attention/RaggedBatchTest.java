package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A ragged batch gives what the definition gives, sequence by sequence, and what each sequence gives in a call of its own. */
class RaggedBatchTest {

    /** Random batches: 200 of them, and 20 000 with {@code -Pthorough}. */
    private static final int CASES = Integer.getInteger("ragged.cases", 200);

    @Test
    @Tag("slow")
    void randomBatchesGiveTheirDefinition() {
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            for (int seed = 0; seed < CASES; seed++) {
                try (Arena arena = Arena.ofShared()) {
                    RaggedCase ragged = new RaggedCase(arena, seed);
                    ragged.run(ragged.plan(executor, 1 + seed % 4));
                    assertDefinition(ragged, seed);
                }
            }
        }
    }

    private static void assertDefinition(RaggedCase ragged, int seed) {
        for (int h = 0; h < ragged.shape.heads(); h++) {
            int group = ragged.shape.sizes().keyIndex(h);
            assertUntouched(ragged, h, 0, ragged.firstQuery);
            for (int s = 0; s < ragged.queries.length; s++) {
                double[][] z = ReferenceScores.scores(entries(ragged.q, h, ragged.queryOffsets, s),
                        entries(ragged.k, group, ragged.keyOffsets, s), 1 / Math.sqrt(ragged.shape.dimension()));
                double[][] v = entries(ragged.v, group, ragged.keyOffsets, s);
                for (int i = 0; i < z.length; i++) {
                    for (int j = 0; j < z[i].length; j++) {
                        z[i][j] = changed(ragged, h, j - (i + z[i].length - z.length), z[i][j]);
                    }
                    assertRow(ragged, z[i], v, h, ragged.queryOffsets.offset(s) + i, seed);
                }
            }
            assertUntouched(ragged, h, ragged.queryOffsets.offset(ragged.queries.length), ragged.out.rows());
        }
    }

    private static double[][] entries(Heads heads, int h, SequenceOffsets offsets, int s) {
        double[][] entries = new double[offsets.offset(s + 1) - offsets.offset(s)][heads.columns()];
        for (int i = 0; i < entries.length; i++) {
            for (int c = 0; c < heads.columns(); c++) {
                entries[i][c] = RaggedCase.entry(heads, h, offsets.offset(s) + i, c);
            }
        }
        return entries;
    }

    private static double changed(RaggedCase ragged, int h, int distance, double score) {
        if (distance > ragged.after || distance < -(long) ragged.before) {
            return Double.NEGATIVE_INFINITY;
        }
        double capped = Double.isInfinite(ragged.cap) ? score : ragged.cap * Math.tanh(score / ragged.cap);
        double bias = ragged.slopes == null ? 0 : ragged.slopes[h] * (ragged.symmetric ? -Math.abs(distance) : distance);
        return ragged.beta * (capped + bias);
    }

    private static void assertRow(RaggedCase ragged, double[] z, double[][] v, int h, int row, int seed) {
        double most = ragged.sinks == null ? Double.NEGATIVE_INFINITY : ragged.beta * ragged.sinks[h];
        double sink = most;
        for (double one : z) {
            most = Math.max(most, one);
        }
        double[] expected = new double[ragged.shape.valueDimension()];
        double sum = most == Double.NEGATIVE_INFINITY ? 0 : Math.exp(sink - most);
        for (int j = 0; j < z.length && most > Double.NEGATIVE_INFINITY; j++) {
            double numerator = Math.exp(z[j] - most);
            sum += numerator;
            for (int c = 0; c < expected.length; c++) {
                expected[c] += numerator * v[j][c];
            }
        }
        for (int c = 0; c < expected.length; c++) {
            double found = RaggedCase.entry(ragged.out, h, row, c);
            if (!(Math.abs((sum == 0 ? 0 : expected[c] / sum) - found) <= 1e-5)) {
                assertEquals(sum == 0 ? 0 : expected[c] / sum, found, 1e-5, "row %s, head %s, seed %s: %s".formatted(row, h, seed, ragged));
            }
        }
        double logSum = sum == 0 ? Double.NEGATIVE_INFINITY : most + Math.log(sum);
        double found = RaggedCase.entry(ragged.sums, h, row, 0);
        if (logSum != found) {
            assertEquals(logSum, found, 1e-6 * Math.max(8, Math.abs(logSum)), "row %s, head %s, seed %s: %s".formatted(row, h, seed, ragged));
        }
    }

    private static void assertUntouched(RaggedCase ragged, int h, int from, int to) {
        for (int i = from; i < to; i++) {
            assertEquals(RaggedCase.UNTOUCHED, RaggedCase.entry(ragged.out, h, i, 0));
            assertEquals(RaggedCase.UNTOUCHED, RaggedCase.entry(ragged.sums, h, i, 0));
        }
    }

    /** Long sequences among short ones, whose blocks several workers share, and results beyond what a plan keeps. */
    @Test
    void workersChangeNothingOfLongSequences() {
        int[] lengths = {700, 3, 0, 64, 65, 1, 300, 17};
        AttentionShape shape = new AttentionShape(8, 3, 1, 700, 700, 32, 48);
        try (Arena arena = Arena.ofShared(); Arena confined = Arena.ofConfined(); ExecutorService executor = Executors.newFixedThreadPool(4)) {
            for (double spread : new double[] {1, 30}) {
                Random random = new Random(9);
                Heads q = AttentionPlanTest.Call.normal(arena, random, spread, 3, 1150, 32);
                Heads k = AttentionPlanTest.Call.normal(arena, random, spread, 1, 1150, 32);
                Heads v = AttentionPlanTest.Call.normal(arena, random, 1, 1, 1150, 48);
                SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, lengths);
                Heads expected = Heads.allocate(arena, 3, 1150, 48);
                AttentionOptions options = AttentionOptions.defaults().withCausalMask();
                AttentionPlan.of(shape, options).runRagged(q, k, v, offsets, offsets, expected, null);
                for (int threads : new int[] {2, 3, 5}) {
                    AttentionPlan plan = AttentionPlan.of(shape, options.withWorkers(Workers.of(executor, threads)));
                    for (Arena outs : new Arena[] {arena, confined, arena}) {
                        Heads out = Heads.allocate(outs, 3, 1150, 48);
                        plan.runRagged(q, k, v, offsets, offsets, out, null);
                        AttentionPlanTest.assertSame(expected, out);
                    }
                }
            }
        }
    }

    /** A refused call names the fault and writes nothing; an offset may hold any int. */
    @Test
    void offsetsThatDoNotFitAreRefused() {
        AttentionShape shape = new AttentionShape(2, 2, 1, 5, 6, 4, 3);
        AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults());
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(2);
            Heads q = AttentionPlanTest.Call.normal(arena, random, 1, 2, 9, 4);
            Heads k = AttentionPlanTest.Call.normal(arena, random, 1, 1, 10, 4);
            Heads v = AttentionPlanTest.Call.normal(arena, random, 1, 1, 10, 3);
            Heads out = Heads.allocate(arena, 2, 9, 3);
            refused(plan, arena, q, k, v, out, new int[] {0, 6, 9}, new int[] {0, 5, 10}, "sequence 0 of q has 6 rows; expected at most 5");
            refused(plan, arena, q, k, v, out, new int[] {0, 4, 9}, new int[] {0, 2, 10}, "sequence 1 of k has 8 rows; expected at most 6");
            refused(plan, arena, q, k, v, out, new int[] {0, 5, 10}, new int[] {0, 5, 10}, "expected them within 9 rows");
            refused(plan, arena, q, k, v, out, new int[] {-1, 4, 9}, new int[] {0, 5, 10}, "expected them within 9 rows");
            refused(plan, arena, q, k, v, out, new int[] {0, 5, 4}, new int[] {0, 5, 10}, "offsets must not decrease");
            refused(plan, arena, q, k, v, out, new int[] {0, 3, 6, 9}, new int[] {0, 5, 10}, "q has 3 sequences; expected at most 2");
            refused(plan, arena, q, k, v, out, new int[] {0, 5}, new int[] {0, 5, 10}, "sequences of k");
            refused(plan, arena, q, k, v, out, new int[] {0, Integer.MIN_VALUE, 9}, new int[] {0, 5, 10}, "offsets must not decrease");
            refused(plan, arena, q, k, v, out, new int[] {0, Integer.MAX_VALUE, 9}, new int[] {0, 5, 10}, "sequence 0 of q has 2147483647 rows");
            int[] whole = {0, 5, 9};
            int[] keys = {0, 5, 10};
            refused(plan, arena, q, k, k, out, whole, keys, "v is Heads[1, 10, 4]; expected (1, 1, 10, 3)");
            refused(plan, arena, k, k, v, out, whole, keys, "q is Heads[1, 10, 4]; expected (1, 2, 10, 4)");
            refused(plan, arena, q, k, v, Heads.allocate(arena, 2, 8, 3), whole, keys, "out is Heads[2, 8, 3]; expected (1, 2, 9, 3)");
            refused(plan, arena, q, k, v, Heads.of(v.segment(), 0, 2, 5, 3), whole, keys, "out is Heads[2, 5, 3]");
            refused(plan, arena, q, k, v, Heads.strided(out.segment(), 0, new int[] {2}, 9, 3, 0, 27, 0), whole, keys,
                    "out has a row stride of 0");
            refused(AttentionPlan.of(shape, AttentionOptions.defaults().withMask()), arena, q, k, v, out, whole, keys,
                    "the plan was made with a bias or a mask, which a ragged batch cannot have");
            k.matrix(0).set(7, 1, Float.NaN);
            refused(plan, arena, q, k, v, out, whole, keys, "k holds NaN at row 7, column 1");
            q.matrix(1).set(8, 0, Float.POSITIVE_INFINITY);
            refused(plan, arena, q, k, v, out, whole, keys, "q holds Infinity at row 8, column 0 of head 1");
            plan.runRagged(q, k, v, offsets(arena, 0, 4, 7), offsets(arena, 0, 5, 7), out, null);
            assertEquals(0f, out.matrix(0).get(7, 0));
            SequenceOffsets closed = closed(whole);
            assertThrows(IllegalStateException.class, () -> plan.runRagged(q, k, v, closed, offsets(arena, keys), out, null));
            assertThrows(NullPointerException.class, () -> plan.runRagged(q, k, v, null, offsets(arena, keys), out, null));
        }
    }

    private static SequenceOffsets offsets(Arena arena, int... offsets) {
        return SequenceOffsets.of(arena.allocateFrom(ValueLayout.JAVA_INT, offsets), 0, offsets.length - 1);
    }

    private static SequenceOffsets closed(int[] offsets) {
        try (Arena arena = Arena.ofConfined()) {
            return offsets(arena, offsets);
        }
    }

    private static void refused(AttentionPlan plan, Arena arena, Heads q, Heads k, Heads v, Heads out, int[] queries, int[] keys,
                                String part) {
        MemorySegment before = arena.allocate(out.segment().byteSize()).copyFrom(out.segment());
        AttentionPlanTest.refused(() -> plan.runRagged(q, k, v, offsets(arena, queries), offsets(arena, keys), out, null), part);
        assertEquals(-1, before.mismatch(out.segment()));
    }
}
