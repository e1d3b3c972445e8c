package dev.gatun.dynamics;

import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.dense.StateElimination;
import java.util.Arrays;
import java.util.Locale;

/**
 * The stationary distribution pi of a chain P, {@code pi P = pi} with {@code sum_i pi_i = 1}.
 *
 * <p>It is exact for operators that are reversible by construction. For bistochastic operators whose sums are 1 within 1e-3 it is the
 * uniform distribution, which is stationary within the residual. For any other chain of up to 4096 tokens, states are eliminated one after
 * the other without a subtraction, so that every entry is accurate relative to its own size (Grassmann, Taksar and Heyman 1985). For more
 * tokens, the distribution is iterated, with acceleration (Golub and Greif 2006), until a step changes no token's mass by more than 1e-11
 * of it; the error is that change divided by the slowest rate of the chain.
 *
 * @param pi            the distribution, N entries; if there are several closed classes, the limit from a uniformly random token
 * @param logPi         log2 of pi, also of entries below the range of float64
 * @param method        how pi was found
 * @param closedClasses the number of closed classes; pi is unique if it is 1
 * @param period        the largest period of a closed class; from 2 on, the distribution after t steps does not converge to pi
 * @param absorbing     whether some closed class is a single token that other tokens lead to
 * @param residual      the maximum of {@code |(pi P)_i / pi_i - 1|} over tokens with {@code pi_i > 1e-250}
 * @param iterations    the passes over the transitions of an iteration, 0 for other methods
 * @param converged     whether the iteration reached its tolerance; true for other methods
 */
public record StationaryDistribution(double[] pi, double[] logPi, Method method, int closedClasses, int period, boolean absorbing,
                                     double residual, int iterations, boolean converged) {

    /** Tokens up to which elimination takes no longer than a few steps of the iteration. */
    private static final int MAX_ELIMINATED_FIRST = 2048;

    /** Tokens up to which elimination takes less time than a Krylov space, and 128 MiB. */
    private static final int MAX_ELIMINATED = 4096;

    /** Steps of the iteration that are tried before an elimination. */
    private static final int FEW_STEPS = 16;

    /** Smaller masses are so near the end of the range of float64 that they have lost accuracy. */
    private static final double MIN_MASS = 1e-250;

    /** How a stationary distribution was found. */
    public enum Method {
        /** From the row sums of a symmetric kernel. */
        DETAILED_BALANCE,
        /** Uniform, because rows and columns sum to 1. */
        BISTOCHASTIC,
        /** By the elimination of states. */
        ELIMINATION,
        /** By iteration. */
        ITERATION;

        /**
         * The name in results, such as {@code detailed-balance}.
         *
         * @return the name in lower case, with hyphens
         */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Copies the arrays. */
    public StationaryDistribution {
        pi = pi.clone();
        logPi = logPi.clone();
    }

    /**
     * The stationary distribution, N entries that sum to 1.
     *
     * @return a copy
     */
    @Override
    public double[] pi() {
        return pi.clone();
    }

    /**
     * log2 of the stationary distribution; minus infinity for 0.
     *
     * @return a copy
     */
    @Override
    public double[] logPi() {
        return logPi.clone();
    }

    /**
     * The stationary distribution of a chain.
     *
     * @param transitions the chain
     * @return the distribution, and how it was found
     */
    public static StationaryDistribution of(Transitions transitions) {
        LogTransitions chain = Dynamics.logTransitions(transitions);
        return of(chain, CommunicatingClasses.of(chain));
    }

    static StationaryDistribution of(LogTransitions chain, CommunicatingClasses classes) {
        boolean known = chain.knownLogStationary() != null;
        boolean atOnce = chain.size() <= MAX_ELIMINATED_FIRST || Double.isNaN(classes.shares()[0]);
        DistributionIteration iteration = known || atOnce ? null : iteration(chain, classes);
        double[] logPi = known ? LogMasses.normalised(chain.knownLogStationary())
                : iteration == null ? eliminated(chain, classes) : LogMasses.of(iteration.stationary());
        Method method = chain.reversible() ? Method.DETAILED_BALANCE : known ? Method.BISTOCHASTIC
                : iteration == null ? Method.ELIMINATION : Method.ITERATION;
        double[] pi = LogMasses.powers(logPi);
        boolean absorbing = classes.closed().stream().anyMatch(tokens -> tokens.length == 1) && !classes.open().isEmpty();
        return new StationaryDistribution(pi, logPi, method, classes.count(), classes.period(), absorbing,
                residual(pi, chain.later(pi)), iteration == null ? 0 : iteration.passes(),
                iteration == null || iteration.converged());
    }

    /** {@code rho_i / sum_k rho_k}, after a check of its size and its entries. */
    static double[] requireDistribution(double[] rho, int size) {
        if (rho.length != size) {
            throw new IllegalArgumentException("rho has %s entries for a chain of %s tokens".formatted(rho.length, size));
        }
        double total = Arrays.stream(rho).sum();
        if (!Arrays.stream(rho).allMatch(r -> r >= 0 && r < Double.POSITIVE_INFINITY) || !(total > 0)) {
            throw new IllegalArgumentException("rho must have finite entries of at least 0, some of them positive");
        }
        return Arrays.stream(rho).map(r -> r / total).toArray();
    }

    /** The iteration; null if elimination is faster. */
    private static DistributionIteration iteration(LogTransitions chain, CommunicatingClasses classes) {
        if (chain.size() > MAX_ELIMINATED) {
            return DistributionIteration.of(chain, classes);
        }
        DistributionIteration steps = DistributionIteration.bySteps(chain, classes, FEW_STEPS);
        return steps.converged() ? steps : null;
    }

    /** The maximum of {@code |(rho P)_i / rho_i - 1|} over tokens with {@code rho_i > 1e-250}. */
    static double residual(double[] rho, double[] later) {
        double residual = 0;
        for (int i = 0; i < rho.length; i++) {
            residual = Math.max(residual, rho[i] > MIN_MASS ? Math.abs(later[i] / rho[i] - 1) : 0);
        }
        return residual;
    }

    /** log2 of the stationary distribution, by the elimination of states. */
    static double[] eliminated(LogTransitions chain, CommunicatingClasses classes) {
        double[] shares = Double.isNaN(classes.shares()[0]) ? new Absorption(chain, classes).shares() : classes.shares();
        double[] logPi = new double[chain.size()];
        Arrays.fill(logPi, Double.NEGATIVE_INFINITY);
        for (int c = 0; c < classes.count(); c++) {
            int[] tokens = classes.closed().get(c);
            double[] ofClass = StateElimination.stationaryDistribution(
                    tokens.length == chain.size() ? chain.probabilities() : among(chain, tokens), tokens.length, chain.sharing());
            double[] logOfClass = ofClass == null ? LogElimination.logStationary(chain, tokens) : LogMasses.of(ofClass);
            for (int t = 0; t < tokens.length; t++) {
                logPi[tokens[t]] = logOfClass[t] + LogTwo.log2(shares[c]);
            }
        }
        return logPi;
    }

    /** {@code P_ij} for the tokens i and j of a class, in the layout of {@link StateElimination}. */
    private static double[] among(LogTransitions chain, int[] tokens) {
        double[][] rates = LogElimination.among(chain, tokens);
        double[] strips = new double[StateElimination.length(tokens.length)];
        for (int s = 0; s < tokens.length; s++) {
            for (int t = 0; t < tokens.length; t++) {
                strips[StateElimination.place(s, t, tokens.length)] = LogTwo.exp2(rates[s][t]);
            }
        }
        return strips;
    }
}
