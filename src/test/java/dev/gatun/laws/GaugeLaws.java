package dev.gatun.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of changes of queries and keys that leave the operator unchanged. A vector added to all keys is absorbed by the normalisation of
 * rows or cancels; a vector added to all queries does so for couplings and for the symmetric divergence.
 */
public interface GaugeLaws extends LawSuite {

    /** Shifts of keys. */
    Law KEY_GAUGE = new Law("a common shift of the keys changes nothing", "P(Q, K + 1 c') = P(Q, K)",
            "adds tau <q_i, c> to row i of the scores: arXiv 2604.09560, lemma B.4");

    /** Shifts of queries. */
    Law QUERY_GAUGE = new Law("a common shift of the queries changes nothing", "P(Q + 1 c', K) = P(Q, K)",
            "adds tau <c, k_j> to column j of the scores: arXiv 2604.09560, lemma B.4");

    /** Units. */
    Law UNITS = new Law("units change nothing", "P(4 Q, K / 4) = P(Q, K)", "the scores are the same");

    /** Rotations of the components. */
    Law ROTATION = new Law("a rotation of the components changes nothing", "P(Q R, K R) = P(Q, K), R orthogonal",
            "the scores are the same");

    /**
     * Tests {@link #KEY_GAUGE} with a shift of integers, for which sums are exact.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 60)
    @Label("a common shift of the keys changes nothing")
    default void aCommonShiftOfTheKeysChangesNothing(@ForAll("mildHeads") Head head) {
        requireSame(KEY_GAUGE, head, head.moved(new float[head.d()], shift(head.d())));
    }

    /**
     * Tests {@link #QUERY_GAUGE}.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 60)
    @Needs(Capability.QUERY_GAUGE)
    @Label("a common shift of the queries changes nothing")
    default void aCommonShiftOfTheQueriesChangesNothing(@ForAll("mildHeads") Head head) {
        requireSame(QUERY_GAUGE, head, head.moved(shift(head.d()), new float[head.d()]));
    }

    /**
     * Tests {@link #UNITS}.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 40)
    @Label("units change nothing")
    default void unitsChangeNothing(@ForAll("mildHeads") Head head) {
        requireSame(UNITS, head, head.withQueries(times(head.queries(), 4)).withKeys(times(head.keys(), 0.25f)));
    }

    /**
     * Tests {@link #ROTATION}: components in the opposite order, every other one with its sign changed.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 40)
    @Label("a rotation of the components changes nothing")
    default void aRotationOfTheComponentsChangesNothing(@ForAll("mildHeads") Head head) {
        Head reversed = head.ofComponents(Orders.reversed(head.d()));
        requireSame(ROTATION, head, reversed.withQueries(alternating(reversed.queries(), head.d()))
                .withKeys(alternating(reversed.keys(), head.d())));
    }

    /** Requires that all entries are the same up to rounding and the tolerance of a solver. */
    private void requireSame(Law law, Head head, Head changed) {
        Bounded before = LogKernel.of(this, head);
        Bounded after = LogKernel.of(this, changed);
        double[][] p = law.matrix(operator(), head);
        double[][] same = law.matrix(operator(), changed);
        double off = before.maxError() + after.maxError()
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
