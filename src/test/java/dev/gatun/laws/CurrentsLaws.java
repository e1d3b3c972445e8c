package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Laws of the currents of a Markov chain at its stationary law, and of the entropy that they produce. A law of n states may be off as
 * far as a backward stable solver's: by some n^2 units of roundoff of the mass of 1, however slow the chain.
 */
public interface CurrentsLaws {

    /** The stationary law. */
    Law STATIONARY = new Law("the law is stationary", "pi P = pi, pi_i >= 0, sum_i pi_i = 1", "arXiv 2604.09560, section 17");

    /** The definition of currents. */
    Law CURRENT = new Law("currents are differences of flows", "J_ij = pi_i P_ij - pi_j P_ji", "arXiv 2604.09560, section 17");

    /** Direction. */
    Law ANTISYMMETRIC = new Law("currents run one way", "J_ij = -J_ji", "exchange i and j in its definition");

    /** Conservation. */
    Law NO_DIVERGENCE = new Law("currents have no divergence", "sum_j J_ij = 0", "row sums are pi_i - (pi P)_i; Schnakenberg 1976");

    /** The definition of entropy production. */
    Law ENTROPY = new Law("entropy is produced by currents against their affinities",
            "sigma = 1/2 sum_ij J_ij log(pi_i P_ij / (pi_j P_ji)); infinite where a step with no way back is taken",
            "Schnakenberg 1976; arXiv 2604.09560, section 17");

    /** The second law. */
    Law SECOND_LAW = new Law("entropy is not consumed", "sigma >= 0", "(x - y) log(x / y) >= 0");

    /** Equilibrium. */
    Law EQUILIBRIUM = new Law("nothing is produced in equilibrium", "sigma = 0 where pi_i P_ij = pi_j P_ji", "all currents are 0");

    /** Out of equilibrium. */
    Law RING = new Law("a ring produces what it should", "sigma = (p - q) log(p / q) for steps of probabilities p and q",
            "J = (p - q) / n on each of n edges, of affinity log(p / q)");

    /** The chain under test. */
    ChainUnderTest chain();

    /** Irreducible chains. */
    @Provide
    default Arbitrary<Chain> chains() {
        return ChainArbitrary.any();
    }

    /** Chains in detailed balance. */
    @Provide
    default Arbitrary<Chain> reversibleChains() {
        return ChainArbitrary.reversible();
    }

    /** {@link #STATIONARY}. */
    @Property(tries = 100)
    @Label("the law is stationary")
    default void theLawIsStationary(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        double[] pi = figures(STATIONARY, chain, p).law();
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

    /** {@link #CURRENT}, where currents are computed. */
    @Property(tries = 100)
    @Label("currents are differences of flows")
    default void currentsAreDifferencesOfFlows(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        ChainUnderTest.Figures figures = figures(CURRENT, chain, p);
        double[] pi = figures.law();
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

    /** {@link #ANTISYMMETRIC}. */
    @Property(tries = 100)
    @Label("currents run one way")
    default void currentsRunOneWay(@ForAll("chains") Chain chain) {
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

    /** {@link #NO_DIVERGENCE}. */
    @Property(tries = 100)
    @Label("currents have no divergence")
    default void currentsHaveNoDivergence(@ForAll("chains") Chain chain) {
        double[][] currents = figures(NO_DIVERGENCE, chain, chain.transitions()).currents();
        for (int i = 0; currents != null && i < currents.length; i++) {
            int state = i;
            NO_DIVERGENCE.near(0, Arrays.stream(currents[i]).sum(), 2 * rounding(currents.length), chain,
                    () -> "what leaves state %d and does not come back".formatted(state));
        }
    }

    /** {@link #ENTROPY}. */
    @Property(tries = 100)
    @Label("entropy is produced by currents against their affinities")
    default void entropyIsProducedByCurrents(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        ChainUnderTest.Figures figures = figures(ENTROPY, chain, p);
        double[] pi = figures.law();
        double expected = 0;
        double steepest = 1;
        for (int i = 0; i < pi.length; i++) {
            for (int j = 0; j < pi.length; j++) {
                double flow = pi[i] * p[i][j];
                double back = pi[j] * p[j][i];
                expected += flow == back ? 0 : (flow - back) * Math.log(flow / back) / 2;
                steepest = p[i][j] > 0 ? Math.max(steepest, Math.abs(Math.log(pi[i] * p[i][j]))) : steepest;
            }
        }
        double bound = rounding(pi.length) * steepest + chain().unitRoundoff() * 16 * expected;
        if (expected == Double.POSITIVE_INFINITY) {
            ENTROPY.holds(figures.entropyProduction() == expected, chain,
                    () -> "sigma is %s, and a step is taken that has no way back".formatted(figures.entropyProduction()));
        } else {
            ENTROPY.near(expected, figures.entropyProduction(), bound, chain, () -> "sigma");
        }
    }

    /** {@link #SECOND_LAW}. */
    @Property(tries = 100)
    @Label("entropy is not consumed")
    default void entropyIsNotConsumed(@ForAll("chains") Chain chain) {
        double[][] p = chain.transitions();
        double produced = figures(SECOND_LAW, chain, p).entropyProduction();
        SECOND_LAW.holds(produced >= -4 * rounding(p.length) * steepest(p), chain, () -> "sigma is " + produced);
    }

    /** {@link #EQUILIBRIUM}. */
    @Property(tries = 100)
    @Label("nothing is produced in equilibrium")
    default void nothingIsProducedInEquilibrium(@ForAll("reversibleChains") Chain chain) {
        double[][] p = chain.transitions();
        double bound = 4 * rounding(p.length) * steepest(p);
        EQUILIBRIUM.near(0, figures(EQUILIBRIUM, chain, p).entropyProduction(), bound, chain, () -> "sigma");
    }

    /** The greatest logarithm of a step: what masses are off by goes into the entropy times this. */
    private static double steepest(double[][] p) {
        double steepest = 1;
        for (double[] row : p) {
            for (double probability : row) {
                steepest = probability > 0 ? Math.max(steepest, -Math.log(probability)) : steepest;
            }
        }
        return steepest;
    }

    /** {@link #RING}. */
    @Property(tries = 50)
    @Label("a ring produces what it should")
    default void aRingProducesWhatItShould(@ForAll @IntRange(min = 3, max = 60) int states, @ForAll @IntRange(min = 1, max = 99) int percent) {
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
        law.holds(figures.law().length == p.length, chain, () -> "the law has %d masses and should have %d"
                .formatted(figures.law().length, p.length));
        return figures;
    }

    /** What a backward stable solver leaves of a sum that should be 0, masses being parts of 1. */
    private double rounding(int states) {
        return (8.0 * states * states + 16) * chain().unitRoundoff();
    }
}
