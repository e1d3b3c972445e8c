package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Transitions;
import dev.gatun.dynamics.Current;
import dev.gatun.dynamics.Currents;
import dev.gatun.dynamics.Cycle;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import dev.gatun.dynamics.StationaryDistribution;
import dev.gatun.internal.head.LogTransitions;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

/** Laws of currents and of their entropy production (arXiv 2604.09560, section 17; Schnakenberg 1976). */
@Label("dynamics")
class DynamicsLawsTest {

    /** The error of a probability: a few units in the last place of its logarithm, which is a sum of up to four scores. */
    private static double rounding(Tokens tokens) {
        double greatest = Arrays.stream(tokens.scores64()).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
        return 64 * 0x1p-53 * (16 + 4 * greatest);
    }

    private static Dynamics attention(Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            return Dynamics.of(tokens.scores(arena).attention(), 0);
        }
    }

    /** {@code J_ij = rho_i P_ij - rho_j P_ji}, row by row. */
    private static double[][] currents(Dynamics dynamics) {
        Transitions chain = dynamics.chain();
        double[] rho = dynamics.rho();
        double[][] flow = new double[rho.length][];
        for (int i = 0; i < rho.length; i++) {
            double mass = rho[i];
            flow[i] = Arrays.stream(chain.row(i)).map(log -> mass * Math.pow(2, log)).toArray();
        }
        double[][] currents = new double[rho.length][rho.length];
        for (int i = 0; i < rho.length; i++) {
            for (int j = 0; j < rho.length; j++) {
                currents[i][j] = flow[i][j] - flow[j][i];
            }
        }
        return currents;
    }

    /** At the stationary distribution the currents of a token sum to 0 relative to its mass, and each current runs one way. */
    @Property(tries = 60)
    void currentsHaveNoDivergence(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        Dynamics dynamics = attention(tokens);
        double[][] currents = currents(dynamics);
        double rounding = rounding(tokens);
        for (int i = 0; i < currents.length; i++) {
            int token = i;
            assertEquals(0, Arrays.stream(currents[i]).sum(), rounding * dynamics.rho()[i] + 1e-290, () -> "what leaves token " + token);
        }
        double total = Arrays.stream(currents).flatMapToDouble(Arrays::stream).map(Math::abs).sum() / 2;
        assertEquals(total, dynamics.currents().total(), rounding * dynamics.currents().flow() + 1e-290);
        for (Current current : dynamics.currents(5)) {
            assertEquals(current.current(), currents[current.from()][current.to()], rounding * current.flow() + 1e-290);
        }
    }

    /** A stationary current is the sum of its cycles, each with its own tokens. */
    @Property(tries = 40)
    void cyclesRunAlongCurrents(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        Dynamics dynamics = attention(tokens);
        double[][] currents = currents(dynamics);
        double[][] s = tokens.scores64();
        for (Cycle cycle : dynamics.cycles(3)) {
            List<Integer> way = cycle.tokens();
            double affinity = 0;
            for (int t = 0; t < way.size(); t++) {
                int i = way.get(t);
                int j = way.get((t + 1) % way.size());
                assertTrue(currents[i][j] >= cycle.current() * (1 - 1e-6), "a cycle is stronger than its weakest current");
                affinity += s[i][j] - s[j][i];
            }
            assertEquals(affinity, cycle.affinity(), 1e-9 * (1 + Math.abs(affinity)));
            assertEquals(way.size(), way.stream().distinct().count());
        }
    }

    /** The entropy production is 0 in equilibrium, and positive if the scores have a curl. */
    @Property(tries = 60)
    void entropyIsProducedOutOfEquilibriumOnly(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Dynamics attention = Dynamics.of(scores.attention(), 0);
            assertTrue(attention.entropyProduction() >= 0, () -> "entropy of " + attention.entropyProduction());
            assertTrue(Arrays.stream(attention.currents().entropyByToken()).allMatch(produced -> produced >= 0));
            for (Operator reversible : new Operator[] {scores.diffusion(), scores.diffusion(1), scores.circulation(0)}) {
                Dynamics equilibrium = Dynamics.of(reversible, 0);
                assertEquals(Regime.EQUILIBRIUM, equilibrium.regime());
                double rounding = rounding(tokens);
                assertEquals(0, equilibrium.entropyProduction(), rounding * rounding);
                assertTrue(equilibrium.currents().imbalance() < rounding, () -> "imbalance of " + equilibrium.currents().imbalance());
            }
        }
    }

    /** On tokens that all see each other, attention is in equilibrium if and only if the curl of its scores is 0. */
    @Property(tries = 60)
    void theCurlTellsEquilibrium(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            double curl = scores.curlFraction(0);
            Dynamics dynamics = Dynamics.of(scores.attention(), 0);
            boolean balanced = tokens.rows() < 3 || curl == 0;
            if (balanced) {
                assertEquals(Regime.EQUILIBRIUM, dynamics.regime());
            } else if (curl > 1e-3 && dynamics.currents().imbalance() > LogTransitions.OF_TRANSITIONS.look(dynamics.chain()).resolution()) {
                assertEquals(Regime.NESS, dynamics.regime());
                assertTrue(dynamics.entropyProduction() > 0);
            }
        }
    }

    /** {@code beta sum_ij pi_i P_ij (s_ij - s_ji)}: one application of attention to [K, Q] in float32. */
    @Property(tries = 60)
    void onePassProducesWhatTheFullSumDoes(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                           @ForAll @DoubleRange(min = 0.1, max = 2) double beta) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena).withBeta(beta);
            Dynamics dynamics = Dynamics.of(scores.attention(), 0);
            double range = beta * Arrays.stream(tokens.scores64()).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
            assertEquals(dynamics.entropyProduction(), scores.entropyProduction(0, dynamics.stationary().pi()), 4e-6 * (1 + range));
        }
    }

    /** The chain run backwards has the same stationary distribution, the same entropy production, and its currents reversed. */
    @Property(tries = 40)
    void timeReversalReversesCurrents(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        Dynamics forward = attention(tokens);
        double[] pi = forward.stationary().pi();
        int n = pi.length;
        double[][] reversed = new double[n][n];
        for (int i = 0; i < n; i++) {
            double[] row = forward.chain().row(i);
            for (int j = 0; j < n; j++) {
                reversed[j][i] = pi[i] * Math.pow(2, row[j]) / pi[j];
            }
        }
        Dynamics backward = Dynamics.of(Transitions.of(reversed));
        for (int i = 0; i < n; i++) {
            assertEquals(pi[i], backward.stationary().pi()[i], 1e-10 * pi[i]);
        }
        assertEquals(forward.entropyProduction(), backward.entropyProduction(), 1e-10 * (1 + forward.entropyProduction()));
        if (forward.currents().maxCurrent() > 1e-9 * forward.currents().flow()) {
            Current strongest = forward.currents().strongest().getFirst();
            double[][] currents = currents(backward);
            assertEquals(-strongest.current(), currents[strongest.from()][strongest.to()], 1e-9 * strongest.flow());
        }
    }

    /** Tokens in another order have the same dynamics. */
    @Property(tries = 40)
    void theOrderOfTokensDoesNotMatter(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll long seed) {
        int[] order = Orders.shuffled(seed, tokens.rows());
        Dynamics before = attention(tokens);
        Dynamics after = attention(tokens.permuted(order));
        double rounding = rounding(tokens);
        assertEquals(before.stationary().closedClasses(), after.stationary().closedClasses());
        for (int i = 0; i < order.length; i++) {
            assertEquals(before.stationary().logPi()[order[i]], after.stationary().logPi()[i], order.length * rounding);
        }
        // Affinities are off by rounding, and near equilibrium the entropy is their square.
        double sigma = before.entropyProduction();
        assertEquals(sigma, after.entropyProduction(),
                order.length * rounding * (sigma + 2 * Math.sqrt(sigma) + rounding));
    }

    /** As beta falls all tokens become alike, and currents vanish. */
    @Property(tries = 30)
    void heatIsEquilibrium(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            Dynamics hot = Dynamics.of(tokens.scores(arena).withBeta(1e-9).attention(), 0);
            assertEquals(1.0 / tokens.rows(), hot.stationary().pi()[0], 1e-6 / tokens.rows());
            assertEquals(0, hot.entropyProduction(), 1e-12);
            assertEquals(Regime.EQUILIBRIUM, hot.regime());
        }
    }

    /** A chain is driven at a distribution that is not stationary, and not driven at its stationary one. */
    @Property(tries = 40)
    void otherLawsAreDriven(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        Dynamics own = attention(tokens);
        double[] pi = own.stationary().pi();
        Dynamics same = Dynamics.at(own.chain(), pi);
        assertEquals(own.regime(), same.regime());
        double[] other = pi.clone();
        other[0] += 1;
        Dynamics driven = Dynamics.at(own.chain(), other);
        double[] moved = driven.chain().later(driven.rho());
        double[] rho = driven.rho();
        double change = 0;
        for (int i = 0; i < rho.length; i++) {
            change += Math.abs(moved[i] - rho[i]) / 2;
        }
        if (change > LogTransitions.OF_TRANSITIONS.look(driven.chain()).resolution() * driven.currents().flow()) {
            assertEquals(Regime.DRIVEN, driven.regime());
        }
        Currents currents = driven.currents();
        assertTrue(currents.entropyProduction() >= 0);
    }

    /** A regime agrees with its figures at any temperature, also where scores of 1e9 have large rounding errors. */
    @Property(tries = 60)
    void regimesAgreeWithTheirFigures(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                      @ForAll @DoubleRange(min = -3, max = 10) double logBeta) {
        try (Arena arena = Arena.ofConfined()) {
            Transitions chain = tokens.scores(arena).withBeta(Math.pow(10, logBeta)).attention().transitions(0);
            Dynamics own = Dynamics.of(chain);
            boolean moves = own.currents().flow() > 0;
            if (own.regime() == Regime.EQUILIBRIUM && moves) {
                assertTrue(own.entropyProduction() <= 0.02 * own.currents().flow(), () -> "entropy of " + own.entropyProduction());
                assertTrue(own.currents().total() <= 0.02 * own.currents().flow());
            }
            double[] first = new double[tokens.rows()];
            first[0] = 1;
            Dynamics driven = Dynamics.at(chain, first);
            if (driven.drift() > 0.1) {
                assertEquals(Regime.DRIVEN, driven.regime());
            }
        }
    }

    /** A step leaves the stationary distribution unchanged, whichever method found it. */
    @Property(tries = 60)
    void lawsAreStationary(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            for (Operator operator : new Operator[] {scores.attention(), scores.backward(), scores.diffusion(0.5),
                scores.circulation(-0.7), scores.attentionColumn(), scores.backwardColumn()}) {
                StationaryDistribution stationary = StationaryDistribution.of(operator.transitions(0));
                assertTrue(stationary.residual() < rounding(tokens), () -> "a step changes " + stationary.residual());
                assertEquals(1, Arrays.stream(stationary.pi()).sum(), 1e-12);
            }
        }
    }
}
