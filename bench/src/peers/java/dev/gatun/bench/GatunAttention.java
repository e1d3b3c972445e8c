package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The library's own attention, by a plan: as the peers, it has made its room before the first call. */
final class GatunAttention implements Provider {

    private final Arena arena = Arena.ofShared();
    private final ExecutorService executor;
    private final Heads q;
    private final Heads k;
    private final Heads v;
    private final Heads out;
    private final AttentionPlan plan;

    GatunAttention(AttentionInputs inputs, int threads) {
        executor = Executors.newFixedThreadPool(threads);
        q = heads(inputs, inputs.q());
        k = heads(inputs, inputs.k());
        v = heads(inputs, inputs.v());
        out = Heads.allocate(arena, inputs.heads(), inputs.tokens(), inputs.dimension());
        plan = AttentionPlan.of(AttentionShape.of(inputs.heads(), inputs.tokens(), inputs.dimension()),
                AttentionOptions.defaults().withWorkers(Workers.of(executor, threads)));
    }

    private Heads heads(AttentionInputs inputs, float[] entries) {
        Heads heads = Heads.allocate(arena, inputs.heads(), inputs.tokens(), inputs.dimension());
        heads.segment().copyFrom(MemorySegment.ofArray(entries));
        return heads;
    }

    @Override
    public void run() {
        plan.run(q, k, v, out);
    }

    @Override
    public float[] result() {
        return out.segment().toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        executor.close();
        arena.close();
    }
}
