package dev.gatun.dynamics;

import dev.gatun.Transitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.StateElimination;
import java.util.Arrays;

/**
 * The stationary law of a chain, {@code pi P = pi}.
 *
 * <p>It is exact where detailed balance holds by construction, and for bistochastic operators, whose law is uniform. Elsewhere states
 * are eliminated one after the other (Grassmann, Taksar and Heyman 1985) up to 4096 tokens, without a subtraction: entries are right to
 * their own relative size. Of more tokens the law is iterated, and the iteration accelerated where it is slow (Golub and Greif
 * 2006), until a step changes no token's mass by more than 1e-11 of it: the error is that divided by the chain's slowest rate.
 *
 * @param pi            the law; where there are several closed classes, the one that a token taken at random comes to
 * @param method        how it was found
 * @param closedClasses the number of closed classes: the law is unique if there is one
 * @param period        the greatest period of a closed class: from 2 on laws do not converge to pi
 * @param absorbing     whether a closed class is a single token while others lead to it
 * @param residual      largest {@code |(pi P)_i / pi_i - 1|} over tokens with mass
 * @param iterations    passes over the transitions that an iteration took, 0 for none
 * @param converged     whether the residual is as small as it can be asked to be
 */
public record StationaryLaw(double[] pi, Method method, int closedClasses, int period, boolean absorbing, double residual,
                            int iterations, boolean converged) {

    /** Tokens up to which elimination takes no longer than a few steps. */
    private static final int AT_ONCE_ELIMINATED = 2048;

    /** Tokens up to which it takes less than a space of vectors, and 128 MiB; and how many steps are tried before. */
    private static final int MOST_ELIMINATED = 4096;
    private static final int FEW_STEPS = 16;

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
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /** The law of a chain. */
    public static StationaryLaw of(Transitions chain) {
        return of(chain, CommunicatingClasses.of(chain));
    }

    static StationaryLaw of(Transitions chain, CommunicatingClasses classes) {
        boolean known = chain.knownLogLaw() != null;
        LawIteration iteration = known || chain.size() <= AT_ONCE_ELIMINATED ? null : iteration(chain, classes);
        double[] pi = known ? normalised(chain.knownLogLaw()) : iteration == null ? eliminated(chain, classes) : iteration.law();
        Method method = chain.reversible() ? Method.DETAILED_BALANCE : known ? Method.BISTOCHASTIC
                : iteration == null ? Method.ELIMINATION : Method.ITERATION;
        double residual = residual(pi, chain.later(pi));
        boolean absorbing = classes.members().stream().anyMatch(tokens -> tokens.length == 1) && !classes.open().isEmpty();
        return new StationaryLaw(pi, method, classes.count(), classes.period(), absorbing, residual,
                iteration == null ? 0 : iteration.passes(), iteration == null || iteration.converged());
    }

    /** A copy that sums to 1. */
    static double[] requireLaw(double[] rho, int size) {
        if (rho.length != size) {
            throw new IllegalArgumentException("a law of %d tokens for a chain of %d".formatted(rho.length, size));
        }
        if (!Arrays.stream(rho).allMatch(r -> r >= 0 && r < Double.POSITIVE_INFINITY) || !(Arrays.stream(rho).sum() > 0)) {
            throw new IllegalArgumentException("a law must have finite entries that are not negative, and not all of them 0");
        }
        return normalise(rho.clone(), 1);
    }

    /** Null where states are rather eliminated. */
    private static LawIteration iteration(Transitions chain, CommunicatingClasses classes) {
        if (chain.size() > MOST_ELIMINATED) {
            return LawIteration.of(chain, classes);
        }
        LawIteration steps = LawIteration.bySteps(chain, classes, FEW_STEPS);
        return steps.converged() ? steps : null;
    }

    /** Largest {@code |(rho P)_i / rho_i - 1|} over tokens with mass. */
    static double residual(double[] law, double[] later) {
        double residual = 0;
        for (int i = 0; i < law.length; i++) {
            residual = Math.max(residual, law[i] > 0 ? Math.abs(later[i] / law[i] - 1) : 0);
        }
        return residual;
    }

    private static double[] normalised(double[] logLaw) {
        double greatest = Arrays.stream(logLaw).max().orElseThrow();
        double[] law = Arrays.stream(logLaw).map(l -> Math.pow(2, l - greatest)).toArray();
        return normalise(law, 1);
    }

    /** Has a law sum to {@code mass}. */
    static double[] normalise(double[] law, double mass) {
        double factor = mass / Arrays.stream(law).sum();
        Arrays.setAll(law, i -> law[i] * factor);
        return law;
    }

    private static double[] eliminated(Transitions chain, CommunicatingClasses classes) {
        int size = chain.size();
        if (classes.whole()) {
            return StateElimination.stationaryLaw(chain.probabilities(), size);
        }
        double[] shares = classes.share();
        if (Double.isNaN(shares[0])) {
            shares = new Absorption(chain, classes).shares();
        }
        double[] pi = new double[size];
        for (int c = 0; c < classes.count(); c++) {
            int[] tokens = classes.members().get(c);
            double[] law = StateElimination.stationaryLaw(among(chain, tokens), tokens.length);
            for (int t = 0; t < tokens.length; t++) {
                pi[tokens[t]] = shares[c] * law[t];
            }
        }
        return pi;
    }

    /** The transitions of some tokens to each other. */
    private static double[] among(Transitions chain, int[] tokens) {
        int[] place = new int[chain.size()];
        Arrays.fill(place, -1);
        for (int t = 0; t < tokens.length; t++) {
            place[tokens[t]] = t;
        }
        double[] strips = new double[StateElimination.length(tokens.length)];
        chain.leaving((block, strip, from, room) -> {
            for (int i = block * Lanes.BLOCK, r = 0; r < Lanes.BLOCK && i < place.length; i++, r++) {
                for (int t = 0; t < tokens.length && place[i] >= 0; t++) {
                    double log = strip[from + tokens[t] * Lanes.BLOCK + r];
                    strips[StateElimination.place(place[i], t, tokens.length)] =
                            log > CommunicatingClasses.NEVER ? Math.pow(2, log) : 0;
                }
            }
        });
        return strips;
    }
}
