package dev.gatun.laws;

import java.util.Set;

/** An operator {@code P} of queries and keys that acts on values; what the laws are tried on. */
@FunctionalInterface
public interface OperatorUnderTest {

    /**
     * The product {@code P V}: {@link Head#rows rows} times {@link Head#valueColumns columns} of values, row after row; of a
     * complex operator, the real and the imaginary part of each entry in turn.
     *
     * @throws Declined if the operator says itself that it has no result for this head, as a solver that did not converge
     */
    float[] apply(Head head);

    /** What else it can do; nothing unless said. */
    default Set<Capability> capabilities() {
        return Set.of();
    }

    /** The unit roundoff of the arithmetic it computes in: half the distance from 1 to the next number. */
    default double unitRoundoff() {
        return 0x1p-24;
    }

    /** The matrix {@code P}, rows times keys, row after row; by way of its product with the identity unless overridden. */
    default float[] matrix(Head head) {
        return apply(head.withIdentityValues());
    }

    /** {@link #apply(Head)} by so many threads; for {@link Capability#THREADS}. */
    default float[] apply(Head head, int threads) {
        throw new UnsupportedOperationException("say Capability.THREADS only where apply(head, threads) is implemented");
    }

    /** {@link #apply(Head)} of entries that lie as {@code placement} has them; for {@link Capability#PLACEMENT}. */
    default float[] apply(Head head, Placement placement) {
        throw new UnsupportedOperationException("say Capability.PLACEMENT only where apply(head, placement) is implemented");
    }
}
