package dev.gatun.laws;

/** What is computed of a Markov chain: its stationary law, its currents, the entropy that it produces. */
@FunctionalInterface
public interface ChainUnderTest {

    /**
     * The figures of a chain at its stationary law.
     *
     * @param law               the stationary law, a probability of each state
     * @param currents          {@code J_ij = pi_i P_ij - pi_j P_ji}; null where only the law and the entropy are computed
     * @param entropyProduction in nats per step
     */
    record Figures(double[] law, double[][] currents, double entropyProduction) {
    }

    /**
     * The figures of an irreducible chain.
     *
     * @param transitions the probability to go from state i to state j, row by row; rows sum to 1
     */
    Figures figures(double[][] transitions);

    /** The unit roundoff of the arithmetic that it computes in. */
    default double unitRoundoff() {
        return 0x1p-53;
    }
}
