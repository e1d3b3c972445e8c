package dev.gatun.property;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.Placement;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An operator of {@link Scores} under the laws, on heap arrays that are not aligned to vectors. */
final class GatunOperator implements OperatorUnderTest {

    /** The operator of given scores. */
    interface Making {

        /** {@code out = P v}. */
        void apply(Scores scores, Head head, Heads v, Heads out);

        /** {@code out = P}. */
        void matrix(Scores scores, Head head, Heads out);
    }

    private static final ExecutorService POOL = Executors.newFixedThreadPool(6, Thread.ofPlatform().daemon().factory());

    private static final Placement DENSE = new Placement(0, 0);

    private final Making making;
    private final int width;
    private final Set<Capability> capabilities;

    /** @param width floats of output for each column: 2 for a complex operator */
    GatunOperator(Making making, int width, Set<Capability> capabilities) {
        this.making = making;
        this.width = width;
        this.capabilities = capabilities;
    }

    /** One of the normalisations that need no solver. */
    static GatunOperator of(Normalisation normalisation, Set<Capability> capabilities) {
        return new GatunOperator(new Making() {
            @Override
            public void apply(Scores scores, Head head, Heads v, Heads out) {
                normalisation.apply(scores, v, out);
            }

            @Override
            public void matrix(Scores scores, Head head, Heads out) {
                normalisation.matrix(scores, out);
            }
        }, normalisation.width(), capabilities);
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public float[] apply(Head head) {
        return apply(head, DENSE, Workers.caller());
    }

    @Override
    public float[] apply(Head head, int threads) {
        return apply(head, DENSE, Workers.of(POOL, threads));
    }

    @Override
    public float[] apply(Head head, Placement placement) {
        return apply(head, placement, Workers.caller());
    }

    private float[] apply(Head head, Placement placement, Workers workers) {
        float[] out = new float[head.rows() * head.valueColumns() * width];
        making.apply(scores(head, placement).withWorkers(workers), head,
                placed(placement, head.values(), head.columns(), head.valueColumns()),
                heads(out, DENSE, head.rows(), head.valueColumns() * width));
        return out;
    }

    @Override
    public float[] matrix(Head head) {
        float[] out = new float[head.rows() * head.columns() * width];
        making.matrix(scores(head, DENSE), head, heads(out, DENSE, head.rows(), head.columns() * width));
        return out;
    }

    private static Scores scores(Head head, Placement placement) {
        Scores scores = Scores.of(placed(placement, head.queries(), head.rows(), head.d()),
                placed(placement, head.keys(), head.columns(), head.d())).withBeta(head.beta());
        return head.causal() ? scores.withCausalMask() : scores;
    }

    private static Heads placed(Placement placement, float[] entries, int rows, int columns) {
        return heads(placement.place(entries, rows, columns), placement, rows, columns);
    }

    private static Heads heads(float[] entries, Placement placement, int rows, int columns) {
        int stride = placement.stride(columns);
        return Heads.strided(MemorySegment.ofArray(entries), 4L * placement.offset(), new int[] {1}, rows, columns, 0,
                (long) rows * stride, stride);
    }
}
