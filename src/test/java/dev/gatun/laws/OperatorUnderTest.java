package dev.gatun.laws;

import java.util.Set;

/** The operator under test: a matrix P of queries and keys that maps values V to {@code P V}. */
@FunctionalInterface
public interface OperatorUnderTest {

    /**
     * The product {@code P V}.
     *
     * @param head the queries, keys and values
     * @return {@code N x C} entries, row by row; for a complex operator, the real and the imaginary part of each entry in turn
     * @throws Declined if the operator reports that it has no result for this head, such as a solver that did not converge
     */
    float[] apply(Head head);

    /**
     * The inputs and methods that the operator supports beyond square heads without a mask at beta = 1.
     *
     * @return the capabilities; none by default
     */
    default Set<Capability> capabilities() {
        return Set.of();
    }

    /**
     * The unit roundoff of the operator's arithmetic: half the distance from 1 to the next number.
     *
     * @return the roundoff; that of float32 by default
     */
    default double unitRoundoff() {
        return 0x1p-24;
    }

    /**
     * The matrix P. By default it is the product with the identity.
     *
     * @param head the queries and keys
     * @return {@code N x M} entries, row by row
     */
    default float[] matrix(Head head) {
        return apply(head.withIdentityValues());
    }

    /**
     * The product {@code P V}, computed by several threads; needed for {@link Capability#THREADS}.
     *
     * @param head the queries, keys and values
     * @param threads the number of threads
     * @return as {@link #apply(Head)}
     */
    default float[] apply(Head head, int threads) {
        throw new UnsupportedOperationException("Capability.THREADS needs an implementation of apply(head, threads)");
    }

    /**
     * The product {@code P V} of inputs in another layout; needed for {@link Capability#PLACEMENT}.
     *
     * @param head the queries, keys and values
     * @param placement the layout of the inputs
     * @return as {@link #apply(Head)}
     */
    default float[] apply(Head head, Placement placement) {
        throw new UnsupportedOperationException("Capability.PLACEMENT needs an implementation of apply(head, placement)");
    }
}
