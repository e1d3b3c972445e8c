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

/** The library under load: a plan for each caller, made for the longest request; all plans share the threads of one executor. */
final class GatunServing implements ServingProvider {

    private final Arena arena = Arena.ofShared();
    private final ExecutorService executor;
    private final int threads;
    private final Heads[][] inputs;

    /** @param threads that a call may use, the caller's own included */
    GatunServing(AttentionInputs[] requests, int threads) {
        this.executor = Executors.newFixedThreadPool(Math.max(1, threads - 1));
        this.threads = threads;
        this.inputs = new Heads[requests.length][];
        for (int request = 0; request < requests.length; request++) {
            AttentionInputs of = requests[request];
            inputs[request] = new Heads[] {heads(of, of.q()), heads(of, of.k()), heads(of, of.v())};
        }
    }

    private Heads heads(AttentionInputs of, float[] entries) {
        Heads heads = Heads.allocate(arena, of.heads(), of.tokens(), of.dimension());
        heads.segment().copyFrom(MemorySegment.ofArray(entries));
        return heads;
    }

    @Override
    public Caller caller() {
        return new PlanCaller();
    }

    /** A plan, and a view of the caller's own memory for the result of each request. */
    private final class PlanCaller implements Caller {

        private final AttentionPlan plan;
        private final Heads[] out = new Heads[inputs.length];

        PlanCaller() {
            AttentionOptions options = AttentionOptions.defaults();
            plan = AttentionPlan.of(AttentionShape.of(ServingRequests.HEADS, ServingRequests.LONGEST, ServingRequests.DIMENSION),
                    threads == 1 ? options : options.withWorkers(Workers.of(executor, threads)));
            MemorySegment memory = Heads.allocate(arena, ServingRequests.HEADS, ServingRequests.LONGEST, ServingRequests.DIMENSION)
                    .segment();
            for (int request = 0; request < out.length; request++) {
                out[request] = Heads.of(memory, 0, inputs[request][0].heads(), inputs[request][0].rows(), ServingRequests.DIMENSION);
            }
        }

        @Override
        public void run(int request) {
            Heads[] of = inputs[request];
            plan.run(of[0], of[1], of[2], out[request]);
        }

        @Override
        public float[] result(int request) {
            long bytes = (long) Float.BYTES * ServingRequests.HEADS * out[request].rows() * ServingRequests.DIMENSION;
            return out[request].segment().asSlice(0, bytes).toArray(ValueLayout.JAVA_FLOAT);
        }

        @Override
        public void close() {
        }
    }

    @Override
    public void close() {
        executor.close();
        arena.close();
    }
}
