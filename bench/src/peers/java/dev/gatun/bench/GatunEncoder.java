package dev.gatun.bench;

import dev.gatun.ElementType;
import dev.gatun.Matrix;
import dev.gatun.Workers;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.TokenBatch;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The library's encoder on a batch of texts. */
final class GatunEncoder implements Provider {

    private final Arena arena = Arena.ofShared();
    private final ExecutorService executor;
    private final TokenBatch batch;
    private final Matrix out;
    private final EncoderPlan plan;

    GatunEncoder(int[][] texts, int threads, ElementType weights) {
        executor = Executors.newFixedThreadPool(Math.max(1, threads - 1));
        batch = TokenBatch.of(texts);
        EncoderOptions options = EncoderOptions.defaults().withWeights(weights).withWorkers(Workers.of(executor, threads));
        plan = EncoderPlan.of(EncoderInputs.model(options), batch.tokens(), texts.length);
        out = Matrix.allocate(arena, texts.length, plan.model().config().hidden());
    }

    @Override
    public void run() {
        plan.embed(batch, out);
    }

    @Override
    public float[] result() {
        return out.toArray();
    }

    @Override
    public void close() {
        executor.close();
        arena.close();
    }
}
