package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.SequenceOffsets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The library's attention over a ragged batch: by one plan, or sequence by sequence by plans of their lengths. */
final class GatunRagged implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final ExecutorService executor;
    private final Heads q;
    private final Heads k;
    private final Heads v;
    private final Heads out;
    private final SequenceOffsets offsets;
    private final AttentionPlan plan;
    private final Map<Integer, AttentionPlan> plans = new TreeMap<>();
    private final Heads[][] apart;
    private final int[] lengths;

    GatunRagged(RaggedInputs inputs, int threads) {
        executor = Executors.newFixedThreadPool(threads);
        lengths = inputs.lengths();
        q = heads(inputs, inputs.q());
        k = heads(inputs, inputs.k());
        v = heads(inputs, inputs.v());
        out = Heads.allocate(arena, inputs.heads(), inputs.total(), inputs.dimension());
        offsets = SequenceOffsets.ofLengths(arena, lengths);
        AttentionOptions options = AttentionOptions.defaults().withWorkers(Workers.of(executor, threads));
        plan = AttentionPlan.of(new AttentionShape(lengths.length, inputs.heads(), inputs.heads(), inputs.longest(), inputs.longest(),
                inputs.dimension(), inputs.dimension()), options);
        apart = new Heads[lengths.length][];
        for (int s = 0; s < lengths.length; s++) {
            plans.computeIfAbsent(lengths[s],
                    length -> AttentionPlan.of(AttentionShape.of(inputs.heads(), length, inputs.dimension()), options));
            apart[s] = new Heads[] {rows(q, s), rows(k, s), rows(v, s), rows(out, s)};
        }
    }

    private Heads heads(RaggedInputs inputs, float[] entries) {
        Heads heads = Heads.allocate(arena, inputs.heads(), inputs.total(), inputs.dimension());
        heads.segment().copyFrom(MemorySegment.ofArray(entries));
        return heads;
    }

    private Heads rows(Heads heads, int s) {
        int d = heads.columns();
        return Heads.strided(heads.segment(), 4L * d * offsets.offset(s), new int[] {heads.heads()}, lengths[s], d, 0,
                (long) heads.rows() * d, d);
    }

    /** All sequences in one call. */
    void run() {
        plan.runRagged(q, k, v, offsets, offsets, out, null);
    }

    /** A call for each sequence. */
    void runApart() {
        for (int s = 0; s < lengths.length; s++) {
            plans.get(lengths[s]).run(apart[s][0], apart[s][1], apart[s][2], apart[s][3]);
        }
    }

    /** The last result, {@code heads x total x dimension}. */
    float[] result() {
        return out.segment().toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        executor.close();
        arena.close();
    }
}
