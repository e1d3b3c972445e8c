package dev.gatun.dynamics;

import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.dense.StateElimination;
import java.util.Arrays;
import java.util.Locale;

/**
 * The stationary distribution of a chain, {@code pi P = pi}.
 *
 * <p>It is exact where detailed balance holds by construction. For bistochastic operators whose sums are 1 within 1e-3 it is the uniform
 * distribution, which is stationary within the residual. Elsewhere states
 * are eliminated one after the other (Grassmann, Taksar and Heyman 1985) up to 4096 tokens, without a subtraction: entries are right to
 * their own relative size. Of more tokens the law is iterated, and the iteration accelerated where it is slow (Golub and Greif
 * 2006), until a step changes no token's mass by more than 1e-11 of it: the error is that divided by the chain's slowest rate.
 *
 * @param pi            the law; where there are several closed classes, the one that a token taken at random comes to
 * @param logPi         log2 of it: also of tokens too rare for a double
 * @param method        how it was found
 * @param closedClasses the number of closed classes: the law is unique if there is one
 * @param period        the greatest period of a closed class: from 2 on laws do not converge to pi
 * @param absorbing     whether a closed class is a single token while others lead to it
 * @param residual      largest {@code |(pi P)_i / pi_i - 1|} over tokens of more than 1e-250
 * @param iterations    passes over the transitions that an iteration took, 0 for none
 * @param converged     whether an iteration, if there was one, has made the residual as small as it can be asked to be
 */
public record StationaryDistribution(double[] pi, double[] logPi, Method method, int closedClasses, int period, boolean absorbing,
                            double residual, int iterations, boolean converged) {

    /** Tokens up to which elimination takes no longer than a few steps. */
    private static final int AT_ONCE_ELIMINATED = 2048;

    /** Tokens up to which it takes less than a space of vectors, and 128 MiB; and how many steps are tried before. */
    private static final int MAX_ELIMINATED = 4096;
    private static final int FEW_STEPS = 16;

    /** Below it a mass is too near to the end of the doubles to be told exactly. */
    private static final double MIN_MASS = 1e-250;

    /** How a law was found. */
    public enum Method {
        /** From row sums of a symmetric kernel. */
        DETAILED_BALANCE,
        /** Known to be uniform. */
        BISTOCHASTIC,
        /** States were eliminated. */
        ELIMINATION,
        /** By iteration. */
        ITERATION;

        /** Its name in results. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Copies the law. */
    public StationaryDistribution {
        pi = pi.clone();
        logPi = logPi.clone();
    }

    /** The law: a copy. */
    @Override
    public double[] pi() {
        return pi.clone();
    }

    /** log2 of the law: a copy. */
    @Override
    public double[] logPi() {
        return logPi.clone();
    }

    /** The law of a chain. */
    public static StationaryDistribution of(Transitions transitions) {
        LogTransitions chain = Dynamics.inside(transitions);
        return of(chain, CommunicatingClasses.of(chain));
    }

    static StationaryDistribution of(LogTransitions chain, CommunicatingClasses classes) {
        boolean known = chain.knownLogLaw() != null;
        boolean atOnce = chain.size() <= AT_ONCE_ELIMINATED || Double.isNaN(classes.share()[0]);
        DistributionIteration iteration = known || atOnce ? null : iteration(chain, classes);
        double[] logPi = known ? normalised(chain.knownLogLaw())
                : iteration == null ? eliminated(chain, classes) : logTwo(iteration.stationary());
        Method method = chain.reversible() ? Method.DETAILED_BALANCE : known ? Method.BISTOCHASTIC
                : iteration == null ? Method.ELIMINATION : Method.ITERATION;
        double[] pi = Arrays.stream(logPi).map(log -> Math.pow(2, log)).toArray();
        boolean absorbing = classes.members().stream().anyMatch(tokens -> tokens.length == 1) && !classes.open().isEmpty();
        return new StationaryDistribution(pi, logPi, method, classes.count(), classes.period(), absorbing,
                residual(pi, chain.later(pi)), iteration == null ? 0 : iteration.passes(),
                iteration == null || iteration.converged());
    }

    /** A law of one's own, in the place of a chain's. */
    static double[] requireLaw(double[] rho, int size) {
        if (rho.length != size) {
            throw new IllegalArgumentException("a law of %s tokens for a chain of %s".formatted(rho.length, size));
        }
        double total = Arrays.stream(rho).sum();
        if (!Arrays.stream(rho).allMatch(r -> r >= 0 && r < Double.POSITIVE_INFINITY) || !(total > 0)) {
            throw new IllegalArgumentException("a law must have finite entries that are not negative, and not all of them 0");
        }
        return Arrays.stream(rho).map(r -> r / total).toArray();
    }

    /** Null where states are rather eliminated. */
    private static DistributionIteration iteration(LogTransitions chain, CommunicatingClasses classes) {
        if (chain.size() > MAX_ELIMINATED) {
            return DistributionIteration.of(chain, classes);
        }
        DistributionIteration steps = DistributionIteration.bySteps(chain, classes, FEW_STEPS);
        return steps.converged() ? steps : null;
    }

    /** Largest {@code |(rho P)_i / rho_i - 1|} over tokens whose mass is well within the range of doubles. */
    static double residual(double[] law, double[] later) {
        double residual = 0;
        for (int i = 0; i < law.length; i++) {
            residual = Math.max(residual, law[i] > MIN_MASS ? Math.abs(later[i] / law[i] - 1) : 0);
        }
        return residual;
    }

    static double[] logTwo(double[] law) {
        return Arrays.stream(law).map(mass -> Math.log(mass) / Math.log(2)).toArray();
    }

    private static double[] normalised(double[] logLaw) {
        double total = LogElimination.logSum(logLaw, logLaw.length);
        return Arrays.stream(logLaw).map(log -> log - total).toArray();
    }

    /** log2 of the stationary distribution, by eliminating states. */
    static double[] eliminated(LogTransitions chain, CommunicatingClasses classes) {
        double[] shares = Double.isNaN(classes.share()[0]) ? new Absorption(chain, classes).shares() : classes.share();
        double[] logPi = new double[chain.size()];
        Arrays.fill(logPi, Double.NEGATIVE_INFINITY);
        for (int c = 0; c < classes.count(); c++) {
            int[] tokens = classes.members().get(c);
            double[] law = StateElimination.stationaryDistribution(
                    tokens.length == chain.size() ? chain.probabilities() : among(chain, tokens), tokens.length);
            double[] logLaw = law == null ? LogElimination.logLaw(chain, tokens) : logTwo(law);
            for (int t = 0; t < tokens.length; t++) {
                logPi[tokens[t]] = logLaw[t] + Math.log(shares[c]) / Math.log(2);
            }
        }
        return logPi;
    }

    /** The transitions of some tokens to each other. */
    private static double[] among(LogTransitions chain, int[] tokens) {
        double[][] rates = LogElimination.among(chain, tokens);
        double[] strips = new double[StateElimination.length(tokens.length)];
        for (int s = 0; s < tokens.length; s++) {
            for (int t = 0; t < tokens.length; t++) {
                strips[StateElimination.place(s, t, tokens.length)] = Math.pow(2, rates[s][t]);
            }
        }
        return strips;
    }
}
