package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Laws of plans within their capacity: sizes, neighbours and workers change no bit of a result. */
class RaggedLawsTest {

    /** A sequence has the results of a call of its own, by a plan of its own shape and by one that has room for more. */
    @Property(tries = 200)
    void aRaggedBatchIsItsSequencesOneByOne(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            RaggedCase ragged = new RaggedCase(arena, seed);
            AttentionPlan plan = ragged.plan(null, 1);
            ragged.run(plan);
            for (int s = 0; s < ragged.queries.length; s++) {
                if (ragged.queries[s] > 0 && ragged.keys[s] > 0) {
                    AttentionShape shape = new AttentionShape(1, ragged.shape.heads(), ragged.shape.keyHeads(), ragged.queries[s],
                            ragged.keys[s], ragged.shape.dimension(), ragged.shape.valueDimension());
                    assertAlone(AttentionPlan.of(shape, ragged.options()), ragged, s, arena);
                    assertAlone(plan, ragged, s, arena);
                }
            }
        }
    }

    private static void assertAlone(AttentionPlan plan, RaggedCase ragged, int s, Arena arena) {
        Heads out = Heads.allocate(arena, ragged.shape.heads(), ragged.queries[s], ragged.shape.valueDimension());
        Heads sums = Heads.allocate(arena, ragged.shape.heads(), ragged.queries[s], 1);
        plan.run(ragged.rows(ragged.q, ragged.queryOffsets, s), ragged.rows(ragged.k, ragged.keyOffsets, s),
                ragged.rows(ragged.v, ragged.keyOffsets, s), out, sums);
        assertSame(out, ragged.rows(ragged.out, ragged.queryOffsets, s), ragged);
        assertSame(sums, ragged.rows(ragged.sums, ragged.queryOffsets, s), ragged);
    }

    private static void assertSame(Heads expected, Heads found, RaggedCase ragged) {
        for (int h = 0; h < expected.heads(); h++) {
            for (int i = 0; i < expected.rows(); i++) {
                for (int c = 0; c < expected.columns(); c++) {
                    if (Float.floatToRawIntBits(RaggedCase.entry(expected, h, i, c)) != Float.floatToRawIntBits(RaggedCase.entry(found, h, i, c))) {
                        assertEquals(RaggedCase.entry(expected, h, i, c), RaggedCase.entry(found, h, i, c), ragged.toString());
                    }
                }
            }
        }
    }

    /** What no query sees may hold anything, and so may queries that see nothing. */
    @Property(tries = 300)
    void hiddenGarbageChangesNoBit(@ForAll long seed) {
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(1)) {
            RaggedCase clean = new RaggedCase(arena, seed);
            clean.run(clean.plan(executor, 1));
            for (int threads = 1; threads <= 2; threads++) {
                RaggedCase hidden = new RaggedCase(arena, seed);
                if (hidden.hideGarbage() > 0) {
                    hidden.run(hidden.plan(executor, threads));
                    assertSame(clean.out, hidden.out, hidden);
                    assertSame(clean.sums, hidden.sums, hidden);
                }
            }
        }
    }

    /** Whoever computes which part, and whatever the plan computed before. */
    @Property(tries = 100)
    void workersChangeNothing(@ForAll long seed) {
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(4)) {
            RaggedCase alone = new RaggedCase(arena, seed);
            alone.run(alone.plan(executor, 1));
            for (int threads = 2; threads <= 5; threads++) {
                RaggedCase shared = new RaggedCase(arena, seed);
                AttentionPlan plan = shared.plan(executor, threads);
                for (int call = 0; call < 2; call++) {
                    shared.run(plan);
                    assertSame(alone.out, shared.out, shared);
                    assertSame(alone.sums, shared.sums, shared);
                }
            }
        }
    }
}
