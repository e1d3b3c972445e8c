package dev.gatun.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of what may be changed without any effect: for every normalisation of the scores that is positive, where vectors added to
 * all keys go into a row's normalisation or cancel, and for plans and the symmetric divergence where those added to all queries do.
 */
public interface GaugeLaws extends LawSuite {

    /** Shifts of keys. */
    Law KEY_GAUGE = new Law("keys may move together", "P(Q, K + 1 c') = P(Q, K)",
            "adds tau <q_i, c> to row i of the scores: arXiv 2604.09560, lemma B.4");

    /** Shifts of queries. */
    Law QUERY_GAUGE = new Law("queries may move together", "P(Q + 1 c', K) = P(Q, K)",
            "adds tau <c, k_j> to column j of the scores: arXiv 2604.09560, lemma B.4");

    /** Units. */
    Law UNITS = new Law("units cancel", "P(4 Q, K / 4) = P(Q, K)", "the scores are the same");

    /** Turns of the space of components. */
    Law TURNS = new Law("components may turn", "P(Q R, K R) = P(Q, K), R orthogonal", "the scores are the same");

    /** {@link #KEY_GAUGE}; components are whole numbers, and the sums exact. */
    @Property(tries = 60)
    @Label("keys may move together")
    default void keysMayMoveTogether(@ForAll("mildHeads") Head head) {
        requireSame(KEY_GAUGE, head, head.moved(new float[head.d()], shift(head.d())));
    }

    /** {@link #QUERY_GAUGE}. */
    @Property(tries = 60)
    @Needs(Capability.QUERY_GAUGE)
    @Label("queries may move together")
    default void queriesMayMoveTogether(@ForAll("mildHeads") Head head) {
        requireSame(QUERY_GAUGE, head, head.moved(shift(head.d()), new float[head.d()]));
    }

    /** {@link #UNITS}. */
    @Property(tries = 40)
    @Label("units cancel")
    default void unitsCancel(@ForAll("mildHeads") Head head) {
        requireSame(UNITS, head, head.withQueries(times(head.queries(), 4)).withKeys(times(head.keys(), 0.25f)));
    }

    /** {@link #TURNS}: components in the opposite order, every other one with its sign changed. */
    @Property(tries = 40)
    @Label("components may turn")
    default void componentsMayTurn(@ForAll("mildHeads") Head head) {
        Head reversed = head.ofComponents(Orders.reversed(head.d()));
        requireSame(TURNS, head, reversed.withQueries(alternating(reversed.queries(), head.d()))
                .withKeys(alternating(reversed.keys(), head.d())));
    }

    /** All weights are the same but for rounding, and for what a solver leaves. */
    private void requireSame(Law law, Head head, Head changed) {
        Bounded before = LogKernel.of(this, head);
        Bounded after = LogKernel.of(this, changed);
        double[][] p = law.matrix(operator(), head);
        double[][] same = law.matrix(operator(), changed);
        double off = Numerators.greatestError(before) + Numerators.greatestError(after)
                + 12 * before.roundoff() * (2 + before.range() + after.range());
        double bound = tolerance() == 0 ? 2 * off + 2 * before.sumError() : Scaling.distance(before, off, tolerance());
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                int row = i;
                int column = j;
                law.near(p[i][j], same[i][j], Math.expm1(bound) * p[i][j], head,
                        () -> "P[%d, %d] after the change".formatted(row, column));
            }
        }
    }

    private static float[] shift(int d) {
        float[] shift = new float[d];
        for (int c = 0; c < d; c++) {
            shift[c] = c % 2 == 0 ? 3 : -5;
        }
        return shift;
    }

    private static float[] times(float[] entries, float factor) {
        float[] times = entries.clone();
        for (int i = 0; i < times.length; i++) {
            times[i] *= factor;
        }
        return times;
    }

    private static float[] alternating(float[] entries, int d) {
        float[] signed = entries.clone();
        for (int i = 0; i < signed.length; i++) {
            signed[i] = i % d % 2 == 0 ? signed[i] : -signed[i];
        }
        return signed;
    }
}
