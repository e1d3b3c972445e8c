package dev.gatun.machine;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.CachedSequences;
import dev.gatun.attention.DecodePlan;
import dev.gatun.attention.KeyValueCache;
import dev.gatun.attention.SequenceOffsets;
import dev.gatun.kernel.probe.AllocatedBytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Calls every operator and plan on random data until none of the calls becomes faster and calls of plans allocate nothing.
 *
 * <p>Small scores are summed in float32 and large ones in float64, so each operator is called on both.
 */
final class WarmUp implements AutoCloseable {

    /** Tokens of a page of a cache. */
    private static final int PAGE = 16;

    /** Standard deviations of queries and keys whose scores are summed in float32, and in float64. */
    private static final float SMALL = 0.5f;
    private static final float LARGE = 12;

    private static final int ITERATIONS = 3;
    private static final double CHARGE = 0.25;

    /**
     * Calls have settled when none has taken less than {@code GRAIN} times its shortest time, and no plan has allocated, for at least
     * {@code PATIENCE_NANOS} and {@code PATIENCE_SHARE} of the time spent.
     */
    private static final double GRAIN = 0.9;
    private static final long PATIENCE_NANOS = 200_000_000;
    private static final double PATIENCE_SHARE = 0.3;

    /** Memory of both kinds of arenas: code that is compiled for one kind is discarded at the first call with the other. */
    private final Arena confined = Arena.ofConfined();
    private final Arena shared = Arena.ofShared();
    private final Random random = new Random(1);
    private final List<Call> calls = new ArrayList<>();

    /**
     * One of the calls.
     *
     * @param plan whether it is that of a plan, which allocates nothing once it is compiled
     */
    private record Call(boolean plan, Runnable run) {
    }

    /** Prepares calls on one head of {@code tokens} queries and keys of {@code dimension} components. */
    WarmUp(int tokens, int dimension) {
        for (float deviation : new float[] {SMALL, LARGE}) {
            prepare(confined, shared, tokens, dimension, deviation);
            prepare(shared, confined, tokens, dimension, deviation);
        }
        prepareHeads(tokens, dimension);
    }

    private void prepare(Arena one, Arena other, int tokens, int dimension, float deviation) {
        Matrix q = normal(one, deviation, tokens, dimension).matrix(0);
        Matrix k = normal(other, deviation, tokens, dimension).matrix(0);
        Matrix v = normal(one, 1, tokens, dimension).matrix(0);
        Matrix real = Matrix.allocate(other, tokens, dimension);
        prepare(Heads.of(q), Heads.of(k), Heads.of(v), Heads.of(real), Heads.of(Matrix.allocate(other, tokens, 1)));
        prepare(Scores.of(q, k), v, real, Matrix.allocate(other, tokens, 2 * dimension));
    }

    private void prepare(Heads q, Heads k, Heads v, Heads out, Heads sums) {
        AttentionShape shape = AttentionShape.of(1, q.rows(), q.columns());
        AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults());
        AttentionPlan causal = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
        DecodePlan step = DecodePlan.of(new AttentionShape(1, 1, 1, 1, k.rows(), k.columns(), v.columns()),
                AttentionOptions.defaults());
        Heads lastQuery = Heads.of(q.matrix(0).rows(q.rows() - 1, 1));
        Heads lastRow = Heads.of(out.matrix(0).rows(out.rows() - 1, 1));
        addPlan(() -> plan.run(q, k, v, out, sums));
        addPlan(() -> causal.run(q, k, v, out));
        addPlan(() -> step.run(lastQuery, k, v, k.rows(), lastRow));
    }

    /** Prepares a call on two heads, in memory that any thread may use. */
    private void prepareHeads(int tokens, int dimension) {
        Heads q = normal(shared, SMALL, 2, tokens, dimension);
        Heads k = normal(shared, SMALL, 2, tokens, dimension);
        Heads v = normal(shared, 1, 2, tokens, dimension);
        Heads out = Heads.allocate(shared, 2, tokens, dimension);
        AttentionPlan plan = AttentionPlan.of(AttentionShape.of(2, tokens, dimension), AttentionOptions.defaults());
        addPlan(() -> plan.run(q, k, v, out));
        prepareSequences(q, k, v, out);
    }

    /** Prepares a ragged batch of two sequences, and a prompt and a new token over cached keys and values. */
    private void prepareSequences(Heads q, Heads k, Heads v, Heads out) {
        int tokens = q.rows();
        int pages = (tokens - 1) / PAGE + 1;
        AttentionShape shape = new AttentionShape(2, 2, 2, tokens, tokens, q.columns(), v.columns());
        AttentionPlan plan = AttentionPlan.of(shape, AttentionOptions.defaults().withCausalMask());
        DecodePlan step = DecodePlan.of(shape, AttentionOptions.defaults().withCausalMask());
        KeyValueCache cache = KeyValueCache.of(Heads.allocate(shared, pages, 2, PAGE, q.columns()),
                Heads.allocate(shared, pages, 2, PAGE, v.columns()));
        CachedSequences sequences = CachedSequences.allocate(shared, cache, pages, 1);
        for (int page = 0; page < pages; page++) {
            sequences.setPage(0, page, page);
        }
        SequenceOffsets two = SequenceOffsets.ofLengths(shared, tokens / 3, tokens - tokens / 3);
        SequenceOffsets one = SequenceOffsets.ofLengths(shared, tokens);
        SequenceOffsets last = SequenceOffsets.of(shared.allocateFrom(ValueLayout.JAVA_INT, tokens - 1, tokens), 0, 1);
        addPlan(() -> plan.runRagged(q, k, v, two, two, out, null));
        addPlan(() -> {
            sequences.setLength(0, 0);
            sequences.append(k, v, one);
            plan.runRagged(q, one, sequences, out, null);
            step.run(q, last, sequences, out, null);
        });
    }

    private void prepare(Scores scores, Matrix v, Matrix real, Matrix complex) {
        addOperator(() -> scores.attention().apply(v, real));
        addOperator(() -> scores.withCausalMask().attention().apply(v, real));
        addOperator(() -> scores.attentionColumn().apply(v, real));
        addOperator(() -> scores.backward().apply(v, real));
        addOperator(() -> scores.backwardColumn().apply(v, real));
        addOperator(() -> scores.diffusion().apply(v, real));
        addOperator(() -> scores.diffusion(1).apply(v, real));
        addOperator(() -> scores.circulation(0).apply(v, real));
        addOperator(() -> scores.magnetic(CHARGE).apply(v, complex));
        Sinkhorn few = Sinkhorn.tolerance(1e-12).withMaxIterations(ITERATIONS);
        for (Divergence divergence : Divergence.values()) {
            addOperator(() -> scores.sinkhorn(divergence, few).operator().apply(v, real));
        }
    }

    private void addPlan(Runnable run) {
        calls.add(new Call(true, run));
    }

    private void addOperator(Runnable run) {
        calls.add(new Call(false, run));
    }

    private Heads normal(Arena arena, float deviation, int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        MemorySegment memory = heads.segment();
        for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
            memory.set(ValueLayout.JAVA_FLOAT, at, (float) (deviation * random.nextGaussian()));
        }
        return heads;
    }

    /**
     * Makes all calls in turn, repeatedly.
     *
     * @param deadline when to stop, by {@link System#nanoTime()}; a call that has begun is finished
     * @return whether all calls have settled
     */
    boolean run(long deadline) {
        double[] best = new double[calls.size()];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        long start = System.nanoTime();
        long improved = start;
        long now = start;
        while (now - improved < Math.max(PATIENCE_NANOS, PATIENCE_SHARE * (now - start))) {
            for (int c = 0; c < best.length; c++) {
                long before = now;
                boolean allocates = allocates(calls.get(c));
                now = System.nanoTime();
                if (allocates || now - before < GRAIN * best[c]) {
                    improved = now;
                }
                best[c] = Math.min(best[c], now - before);
                if (now >= deadline) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Makes a call; whether it allocates where it should not. */
    private static boolean allocates(Call call) {
        if (!call.plan) {
            call.run.run();
            return false;
        }
        return AllocatedBytes.of(call.run) > 0;
    }

    @Override
    public void close() {
        confined.close();
        shared.close();
    }
}
