package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;

/** A batch of decoding gives what the definition gives, whatever the lengths, options, types, pages and workers. */
class DecodeBatchTest {

    /** Random batches: 200 of them, and 20 000 with {@code -Pthorough}. */
    private static final int CASES = Integer.getInteger("ragged.cases", 200);

    @Test
    @org.junit.jupiter.api.Tag("slow")
    void randomBatchesGiveTheirDefinition() {
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            for (int seed = 0; seed < CASES; seed++) {
                try (Arena arena = Arena.ofShared()) {
                    DecodeCase batch = new DecodeCase(seed);
                    DecodeCase.Tensors tensors = batch.new Tensors(arena, layout(seed), seed % 2 == 0);
                    tensors.run(batch.plan(executor, 1 + seed % 4));
                    batch.assertDefined(tensors, 1e-5);
                }
            }
        }
    }

    private static DecodeCase.Layout layout(long seed) {
        return DecodeCase.Layout.values()[(int) Long.remainderUnsigned(seed, DecodeCase.Layout.values().length)];
    }

    /** Pages anywhere, in any memory, give the bits of a cache that is one page a sequence. */
    @Property(tries = 60)
    @Tag("slow")
    void pagesChangeNoBit(@ForAll long seed) {
        DecodeCase batch = new DecodeCase(seed);
        try (Arena arena = Arena.ofShared()) {
            DecodePlan plan = batch.plan(null, 1);
            DecodeCase.Tensors expected = batch.new Tensors(arena, DecodeCase.Layout.CONTIGUOUS, false);
            expected.run(plan);
            for (DecodeCase.Layout layout : DecodeCase.Layout.values()) {
                DecodeCase.Tensors tensors = batch.new Tensors(arena, layout, false);
                tensors.run(plan);
                batch.assertSame(expected, tensors);
            }
        }
    }

    @Property(tries = 60)
    @Tag("slow")
    void workersChangeNoBit(@ForAll long seed) {
        DecodeCase batch = new DecodeCase(seed);
        try (Arena arena = Arena.ofShared(); ExecutorService executor = Executors.newFixedThreadPool(3)) {
            DecodeCase.Tensors expected = batch.new Tensors(arena, layout(seed), false);
            expected.run(batch.plan(null, 1));
            for (int threads = 2; threads <= 4; threads++) {
                DecodeCase.Tensors tensors = batch.new Tensors(arena, layout(seed), false);
                tensors.run(batch.plan(executor, threads));
                batch.assertSame(expected, tensors);
            }
        }
    }

    /** What no query sees may hold anything: tokens, queries and biases. */
    @Property(tries = 100)
    @Tag("slow")
    void hiddenGarbageChangesNoBit(@ForAll long seed) {
        DecodeCase batch = new DecodeCase(seed);
        try (Arena arena = Arena.ofShared()) {
            DecodePlan plan = batch.plan(null, 1);
            DecodeCase.Tensors expected = batch.new Tensors(arena, layout(seed), false);
            expected.run(plan);
            DecodeCase.Tensors tensors = batch.new Tensors(arena, layout(seed), true);
            tensors.run(plan);
            batch.assertSame(expected, tensors);
        }
    }

    /** Each sequence in a call of its own, of a plan that is no larger, gives the bits that it gives in the batch. */
    @Property(tries = 60)
    @Tag("slow")
    void sequencesOneByOneGiveTheSameBits(@ForAll long seed) {
        DecodeCase batch = new DecodeCase(seed);
        try (Arena arena = Arena.ofShared()) {
            DecodeCase.Tensors tensors = batch.new Tensors(arena, layout(seed), false);
            tensors.run(batch.plan(null, 1));
            for (int s = 0; s < batch.shape.batch(); s++) {
                if (batch.queries[s] == 0 || batch.tokens(s) == 0) {
                    continue;
                }
                AttentionShape one = new AttentionShape(1, batch.shape.heads(), batch.shape.keyHeads(), batch.queries[s], batch.tokens(s),
                        batch.shape.dimension(), batch.shape.valueDimension());
                Heads q = rows(arena, batch, tensors.q, tensors.offsets.offset(s), one);
                Heads out = DecodeCase.fill(Heads.allocate(arena, 1, one.heads(), one.queries(), one.valueDimension()), false);
                Heads sums = DecodeCase.fill(Heads.allocate(arena, 1, one.heads(), one.queries(), 1), false);
                DecodePlan.of(one, batch.options()).run(q, null, tensors.prefix, batch.cached(arena, layout(seed + 1), s, 1, false),
                        entry(batch, tensors.bias, s), entry(batch, tensors.mask, s), out, sums);
                for (int h = 0; h < one.heads(); h++) {
                    for (int i = 0; i < one.queries(); i++) {
                        assertEquals(tensors.sum(s, h, i), DecodeCase.entry(sums, h, i, 0), 0f, batch::toString);
                        for (int c = 0; c < one.valueDimension(); c++) {
                            assertEquals(tensors.out(s, h, i, c), DecodeCase.entry(out, h, i, c), 0f, batch::toString);
                        }
                    }
                }
            }
        }
    }

    private static Heads rows(Arena arena, DecodeCase batch, Heads q, int first, AttentionShape one) {
        Heads rows = Heads.allocate(arena, 1, one.heads(), one.queries(), one.dimension());
        for (int h = 0; h < one.heads(); h++) {
            for (int i = 0; i < one.queries(); i++) {
                float[] row = new float[one.dimension()];
                for (int c = 0; c < row.length; c++) {
                    row[c] = DecodeCase.entry(q, h, first + i, c);
                }
                DecodeCase.put(rows, h, i, row);
            }
        }
        return rows;
    }

    /** The bias of one sequence. */
    private static Heads entry(DecodeCase batch, Heads bias, int s) {
        if (bias == null || bias.batch() == 1) {
            return bias;
        }
        int[] of = batch.biasShape;
        return Heads.of(bias.segment(), 4L * s * of[1] * of[2] * of[3], 1, of[1], of[2], of[3]);
    }

    private static AttentionMask entry(DecodeCase batch, AttentionMask mask, int s) {
        if (mask == null || mask.batch() == 1) {
            return mask;
        }
        int[] of = batch.maskShape;
        return AttentionMask.of(mask.segment(), (long) s * of[1] * of[2] * of[3], 1, of[1], of[2], of[3]);
    }
}
