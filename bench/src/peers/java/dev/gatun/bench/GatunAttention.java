package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The library's own attention. */
final class GatunAttention implements Attention {

    private final Arena arena = Arena.ofShared();
    private final ExecutorService executor;
    private final Heads v;
    private final Heads out;
    private final Operator operator;

    GatunAttention(AttentionInputs inputs, int threads) {
        executor = Executors.newFixedThreadPool(threads);
        v = heads(inputs, inputs.v());
        out = Heads.allocate(arena, inputs.heads(), inputs.tokens(), inputs.dimension());
        operator = Scores.of(heads(inputs, inputs.q()), heads(inputs, inputs.k()))
                .withWorkers(Workers.of(executor, threads)).attention();
    }

    private Heads heads(AttentionInputs inputs, float[] entries) {
        Heads heads = Heads.allocate(arena, inputs.heads(), inputs.tokens(), inputs.dimension());
        heads.segment().copyFrom(MemorySegment.ofArray(entries));
        return heads;
    }

    @Override
    public void run() {
        operator.apply(v, out);
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
