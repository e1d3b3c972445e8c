package dev.gatun.laws;

/** The code under test: it computes the stationary distribution, the currents and the entropy production of a Markov chain. */
@FunctionalInterface
public interface ChainUnderTest {

    /**
     * The figures of a chain at its stationary distribution.
     *
     * @param stationary        pi, the probability of each state
     * @param currents          {@code J_ij = pi_i P_ij - pi_j P_ji}; null if currents are not computed
     * @param entropyProduction {@code 1/2 sum_ij J_ij log(pi_i P_ij / (pi_j P_ji))} in nats per step
     */
    record Figures(double[] stationary, double[][] currents, double entropyProduction) {
    }

    /**
     * The figures of an irreducible chain.
     *
     * @param transitions the probability {@code P_ij} of a step from state i to state j; rows sum to 1
     * @return the figures
     */
    Figures figures(double[][] transitions);

    /**
     * The unit roundoff of the arithmetic.
     *
     * @return the roundoff; that of float64 by default
     */
    default double unitRoundoff() {
        return 0x1p-53;
    }
}
