package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Laws of the currents {@code J_ij = pi_i P_ij - pi_j P_ji} of a Markov chain at its stationary distribution, and of their entropy
 * production. A distribution of n states may have the error of a backward stable solver: some n^2 units of roundoff, however slow the
 * chain.
 */
public interface CurrentsLaws {

    /** The stationary distribution. */
    Law STATIONARY = new Law("the distribution is stationary", "pi P = pi, pi_i >= 0, sum_i pi_i = 1", "arXiv 2604.09560, section 17");

    /** The definition of currents. */
    Law CURRENT = new Law("currents are differences of flows", "J_ij = pi_i P_ij - pi_j P_ji", "arXiv 2604.09560, section 17");

    /** Direction. */
    Law ANTISYMMETRIC = new Law("currents are antisymmetric", "J_ij = -J_ji", "exchange i and j in its definition");

    /** Conservation. */
    Law NO_DIVERGENCE = new Law("currents have no divergence", "sum_j J_ij = 0", "row sums are pi_i - (pi P)_i; Schnakenberg 1976");

    /** The definition of entropy production. */
    Law ENTROPY = new Law("entropy production is the sum of currents times affinities",
            "sigma = 1/2 sum_ij J_ij log(pi_i P_ij / (pi_j P_ji)); infinite if a step is taken that has no reverse",
            "Schnakenberg 1976; arXiv 2604.09560, section 17");

    /** The second law of thermodynamics. */
    Law NOT_NEGATIVE = new Law("entropy production is not negative", "sigma >= 0", "(x - y) log(x / y) >= 0");

    /** Equilibrium. */
    Law EQUILIBRIUM = new Law("entropy production is 0 in equilibrium", "sigma = 0 where pi_i P_ij = pi_j P_ji", "all currents are 0");

    /** Out of equilibrium. */
    Law RING = new Law("the entropy production of a ring is its formula", "sigma = (p - q) log(p / q) for steps of probabilities p and q",
            "J = (p - q) / n on each of n edges, of affinity log(p / q)");

    /**
     * The code under test.
     *
     * @return the code
     */
    ChainUnderTest chain();

    /**
     * Irreducible chains.
     *
     * @return the source of chains
     */
    @Provide
    default Arbitrary<Chain> chains() {
        return ChainArbitrary.any();
    }

    /**
     * Chains in detailed balance.
     *
     * @return the source of chains
     */
    @Provide
    default Arbitrary<Chain> reversibleChains() {
        return ChainArbitrary.reversible();
    }

    /**
     * Tests {@link #STATIONARY}.
     *
     * @param chain an irreducible chain
     */
    @Property(tries = 100)
    @Label("the distribution is stationary")
    default void theDistributionIsStationary(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        double[] pi = figures(STATIONARY, chain, p).stationary();
        for (int j = 0; j < pi.length; j++) {
            double mass = pi[j];
            int state = j;
            STATIONARY.holds(mass >= 0, chain, () -> "the mass of state %d is %s".formatted(state, mass));
            double next = 0;
            for (int i = 0; i < pi.length; i++) {
                next += pi[i] * p[i][j];
            }
            STATIONARY.near(mass, next, rounding(pi.length), chain, () -> "the mass of state %d after a step".formatted(state));
        }
        STATIONARY.near(1, Arrays.stream(pi).sum(), rounding(pi.length), chain, () -> "the sum of all masses");
    }

    /**
     * Tests {@link #CURRENT}, where currents are computed.
     *
     * @param chain an irreducible chain
     */
    @Property(tries = 100)
    @Label("currents are differences of flows")
    default void currentsAreDifferencesOfFlows(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        ChainUnderTest.Figures figures = figures(CURRENT, chain, p);
        double[] pi = figures.stationary();
        double[][] currents = figures.currents();
        for (int i = 0; currents != null && i < pi.length; i++) {
            for (int j = 0; j < pi.length; j++) {
                int from = i;
                int to = j;
                double bound = 4 * chain().unitRoundoff() * (pi[i] * p[i][j] + pi[j] * p[j][i]) + Double.MIN_NORMAL;
                CURRENT.near(pi[i] * p[i][j] - pi[j] * p[j][i], currents[i][j], bound, chain,
                        () -> "the current from %d to %d".formatted(from, to));
            }
        }
    }

    /**
     * Tests {@link #ANTISYMMETRIC}.
     *
     * @param chain an irreducible chain
     */
    @Property(tries = 100)
    @Label("currents are antisymmetric")
    default void currentsAreAntisymmetric(@ForAll("chains") Chain chain) {
        double[][] currents = figures(ANTISYMMETRIC, chain, chain.transitions()).currents();
        for (int i = 0; currents != null && i < currents.length; i++) {
            for (int j = 0; j <= i; j++) {
                int from = i;
                int to = j;
                double bound = 4 * chain().unitRoundoff() * Math.abs(currents[i][j]) + Double.MIN_NORMAL;
                ANTISYMMETRIC.near(-currents[j][i], currents[i][j], bound, chain,
                        () -> "the current from %d to %d".formatted(from, to));
            }
        }
    }

    /**
     * Tests {@link #NO_DIVERGENCE}.
     *
     * @param chain an irreducible chain
     */
    @Property(tries = 100)
    @Label("currents have no divergence")
    default void currentsHaveNoDivergence(@ForAll("chains") Chain chain) {
        double[][] currents = figures(NO_DIVERGENCE, chain, chain.transitions()).currents();
        for (int i = 0; currents != null && i < currents.length; i++) {
            int state = i;
            NO_DIVERGENCE.near(0, Arrays.stream(currents[i]).sum(), 2 * rounding(currents.length), chain,
                    () -> "the sum of the currents of state %d".formatted(state));
        }
    }

    /**
     * Tests {@link #ENTROPY}.
     *
     * @param chain an irreducible chain
     */
    @Property(tries = 100)
    @Label("entropy production is the sum of currents times affinities")
    default void entropyProductionIsTheSumOfCurrentsTimesAffinities(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        ChainUnderTest.Figures figures = figures(ENTROPY, chain, p);
        double[] pi = figures.stationary();
        double expected = 0;
        double steepest = 1;
        for (int i = 0; i < pi.length; i++) {
            for (int j = 0; j < pi.length; j++) {
                double flow = pi[i] * p[i][j];
                double reverse = pi[j] * p[j][i];
                expected += flow == reverse ? 0 : (flow - reverse) * Math.log(flow / reverse) / 2;
                steepest = p[i][j] > 0 ? Math.max(steepest, Math.abs(Math.log(pi[i] * p[i][j]))) : steepest;
            }
        }
        double bound = rounding(pi.length) * steepest + chain().unitRoundoff() * 16 * expected;
        if (expected == Double.POSITIVE_INFINITY) {
            ENTROPY.holds(figures.entropyProduction() == expected, chain,
                    () -> "sigma is %s, and a step is taken that has no reverse".formatted(figures.entropyProduction()));
        } else {
            ENTROPY.near(expected, figures.entropyProduction(), bound, chain, () -> "sigma");
        }
    }

    /**
     * Tests {@link #NOT_NEGATIVE}.
     *
     * @param chain an irreducible chain
     */
    @Property(tries = 100)
    @Label("entropy production is not negative")
    default void entropyProductionIsNotNegative(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        double produced = figures(NOT_NEGATIVE, chain, p).entropyProduction();
        NOT_NEGATIVE.holds(produced >= -4 * rounding(p.length) * steepest(p), chain, () -> "sigma is " + produced);
    }

    /**
     * Tests {@link #EQUILIBRIUM}.
     *
     * @param chain a chain in detailed balance
     */
    @Property(tries = 100)
    @Label("entropy production is 0 in equilibrium")
    default void entropyProductionIsZeroInEquilibrium(@ForAll("reversibleChains") Chain chain) {
        double[][] p = chain.transitions();
        double bound = 4 * rounding(p.length) * steepest(p);
        EQUILIBRIUM.near(0, figures(EQUILIBRIUM, chain, p).entropyProduction(), bound, chain, () -> "sigma");
    }

    /** The largest {@code -log P_ij}: the factor of the errors of masses in the entropy production. */
    private static double steepest(double[][] p) {
        double steepest = 1;
        for (double[] row : p) {
            for (double probability : row) {
                steepest = probability > 0 ? Math.max(steepest, -Math.log(probability)) : steepest;
            }
        }
        return steepest;
    }

    /**
     * Tests {@link #RING}.
     *
     * @param states the number of states
     * @param percent 100 p
     */
    @Property(tries = 50)
    @Label("the entropy production of a ring is its formula")
    default void theEntropyProductionOfARingIsItsFormula(@ForAll @IntRange(min = 3, max = 60) int states,
                                                         @ForAll @IntRange(min = 1, max = 99) int percent) {
        double p = percent / 100.0;
        double[][] steps = new double[states][states];
        for (int i = 0; i < states; i++) {
            steps[i][(i + 1) % states] = p;
            steps[(i + 1) % states][i] = 1 - p;
        }
        Chain chain = new Chain(steps);
        double expected = (2 * p - 1) * Math.log(p / (1 - p));
        RING.near(expected, figures(RING, chain, chain.transitions()).entropyProduction(), rounding(states) * (1 + expected), chain,
                () -> "sigma of %d states, p = %s,".formatted(states, p));
    }

    private ChainUnderTest.Figures figures(Law law, Chain chain, double[][] p) {
        ChainUnderTest.Figures figures = chain().figures(p);
        law.holds(figures.stationary().length == p.length, chain, () -> "the distribution has %d masses and should have %d"
                .formatted(figures.stationary().length, p.length));
        return figures;
    }

    /** The error of a backward stable solver in a sum of masses. */
    private double rounding(int states) {
        return (8.0 * states * states + 16) * chain().unitRoundoff();
    }
}
