package dev.gatun.dynamics;

import dev.gatun.Operator;
import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import java.util.Arrays;
import java.util.List;

/**
 * The dynamics of a Markov chain P at a distribution rho of its tokens: the currents {@code J_ij = rho_i P_ij - rho_j P_ji}, the entropy
 * that they produce, the {@link Regime}, and the spectral gap (arXiv 2604.09560, section 17; Schnakenberg 1976).
 *
 * <p>Whether rho is stationary and whether a current is 0 is decided relative to the flow {@code rho_i P_ij + rho_j P_ji}, never by an
 * absolute tolerance. A current counts as rounding if it is at most 2^-20 of the flow, times the largest score if that exceeds 1, and at
 * most a hundredth of the flow: the rounding of queries and keys to float32 can cause that much.
 *
 * <p>Not for use by two threads at once.
 */
public final class Dynamics {

    /** Currents that are listed from the start. */
    private static final int LISTED_CURRENTS = 8;

    /** Currents that cycles are made of. */
    private static final int MAX_CURRENTS = 1 << 14;

    /** The largest part of a flow that the rounding of large scores explains. */
    private static final double MAX_RESOLUTION = 1e-2;

    private final Transitions transitions;
    private final LogTransitions chain;
    private final CommunicatingClasses classes;
    private final StationaryDistribution stationary;
    private final double[] rho;
    private final double drift;
    private final Currents currents;
    private SpectralGap gap;

    private Dynamics(Transitions transitions, CommunicatingClasses classes, StationaryDistribution stationary, double[] rho,
                     double drift, Currents currents) {
        this.transitions = transitions;
        this.chain = logTransitions(transitions);
        this.classes = classes;
        this.stationary = stationary;
        this.rho = rho;
        this.drift = drift;
        this.currents = currents;
    }

    /**
     * The dynamics of one head at its stationary distribution.
     *
     * @param operator an operator whose rows or columns sum to 1
     * @param index    the head
     * @return the dynamics
     * @throws IllegalArgumentException if the operator is no Markov chain: see {@link Operator#transitions(int)}
     */
    public static Dynamics of(Operator operator, int index) {
        return of(operator.transitions(index));
    }

    /**
     * The dynamics of a chain at its stationary distribution.
     *
     * @param transitions the chain
     * @return the dynamics
     */
    public static Dynamics of(Transitions transitions) {
        LogTransitions chain = logTransitions(transitions);
        CommunicatingClasses classes = CommunicatingClasses.of(chain);
        StationaryDistribution stationary = StationaryDistribution.of(chain, classes);
        return new Dynamics(transitions, classes, stationary, stationary.pi(), 0,
                Currents.of(chain, stationary.logPi(), LISTED_CURRENTS));
    }

    /**
     * The dynamics of a chain at a given distribution: {@link Regime#DRIVEN} unless that is stationary.
     *
     * @param transitions the chain
     * @param rho         N finite entries of at least 0 with any positive sum, by which they are divided
     * @return the dynamics
     * @throws IllegalArgumentException if rho is not such a distribution
     */
    public static Dynamics at(Transitions transitions, double[] rho) {
        LogTransitions chain = logTransitions(transitions);
        double[] own = StationaryDistribution.requireDistribution(rho, chain.size());
        Currents currents = Currents.of(chain, LogMasses.of(own), LISTED_CURRENTS);
        CommunicatingClasses classes = CommunicatingClasses.of(chain);
        return new Dynamics(transitions, classes, StationaryDistribution.of(chain, classes), own, drift(currents), currents);
    }

    private static double drift(Currents currents) {
        return currents.flow() > 0 ? currents.divergence() / currents.flow() : 0;
    }

    /** The logarithms of a chain's transitions. */
    static LogTransitions logTransitions(Transitions transitions) {
        return LogTransitions.OF_TRANSITIONS.look(transitions);
    }

    /** The part of a flow up to which a current may be rounding. */
    static double resolution(LogTransitions chain) {
        return Math.min(chain.resolution(), MAX_RESOLUTION);
    }

    /**
     * The chain P.
     *
     * @return the transitions
     */
    public Transitions chain() {
        return transitions;
    }

    /**
     * The stationary distribution of the chain, whatever rho is.
     *
     * @return the distribution, and how it was found
     */
    public StationaryDistribution stationary() {
        return stationary;
    }

    /**
     * The distribution at which currents are taken: the stationary one unless another was given.
     *
     * @return a copy, N entries that sum to 1
     */
    public double[] rho() {
        return rho.clone();
    }

    /**
     * The regime. It is {@link Regime#DRIVEN} if the {@link #drift()} exceeds both rounding and twice the drift of the computed stationary
     * distribution, which the tolerance of a Sinkhorn solve may leave. Otherwise it is {@link Regime#EQUILIBRIUM} if rounding explains the
     * current of every pair and the entropy production, and {@link Regime#NESS} if not.
     *
     * @return the regime
     */
    public Regime regime() {
        double resolution = resolution(chain);
        if (drift > resolution && drift > 2 * drift(Currents.of(chain, stationary.logPi(), 1))) {
            return Regime.DRIVEN;
        }
        boolean balanced = currents.imbalance() <= resolution && entropyProduction() <= resolution * currents.flow();
        return chain.reversible() || balanced ? Regime.EQUILIBRIUM : Regime.NESS;
    }

    /**
     * The change of rho in a step, relative to the flow between tokens: {@code 1/2 sum_i |(rho P)_i - rho_i|} divided by
     * {@link Currents#flow()}.
     *
     * @return 0 at a stationary distribution
     */
    public double drift() {
        return drift;
    }

    /**
     * Whether there is no entropy production because there is no flow: the chain ends in single tokens and stays there.
     *
     * @return true if the flow is 0
     */
    public boolean vacuous() {
        return currents.flow() == 0;
    }

    /**
     * The currents and their sums.
     *
     * @return the currents at rho, with the 8 largest listed
     */
    public Currents currents() {
        return currents;
    }

    /**
     * The entropy production, {@link Currents#entropyProduction()}.
     *
     * @return nats per step
     */
    public double entropyProduction() {
        return currents.entropyProduction();
    }

    /**
     * The largest currents, descending. More than 8 take another pass over the transitions.
     *
     * @param count the maximum number of currents
     * @return the currents
     */
    public List<Current> currents(int count) {
        if (count <= LISTED_CURRENTS) {
            return currents.strongest().subList(0, Math.min(count, currents.strongest().size()));
        }
        return Currents.of(chain, Arrays.equals(rho, stationary.pi()) ? stationary.logPi() : LogMasses.of(rho), count).strongest();
    }

    /**
     * The strongest cycles of the current, found among the 16384 largest currents: these are all currents of up to 181 tokens.
     *
     * @param count the maximum number of cycles
     * @return the cycles, in the order in which they are found
     */
    public List<Cycle> cycles(int count) {
        return Cycles.strongest(currents(MAX_CURRENTS), count);
    }

    /**
     * The spectral gap {@code 1 - |lambda_2|}, where lambda_2 is the eigenvalue of largest modulus other than one eigenvalue 1. Computed
     * at the first call.
     *
     * <p>It is 0 for a chain with several closed classes or a period, and positive for all others; 1 for a single token. A small gap is
     * computed as an eigenvalue of {@code I - P}, not as a difference from 1. If {@link #gapConverged()} is false, the gap is an estimate
     * that may have the wrong order of magnitude.
     *
     * @return the gap, 0 to 1
     */
    public double spectralGap() {
        if (chain.size() == 1) {
            return 1;
        }
        if (stationary.closedClasses() > 1 || stationary.period() > 1) {
            return 0;
        }
        return gap().value();
    }

    /**
     * Whether {@link #spectralGap()} is accurate to 1e-6 of itself. Small gaps are, down to 1e-250, except those of slow chains of more
     * than 2048 tokens, of chains of more than 1024 tokens that nearly have a period, and gaps that the rounding of the transitions moves
     * by more.
     *
     * @return whether the gap is that accurate
     */
    public boolean gapConverged() {
        return chain.size() == 1 || stationary.closedClasses() > 1 || stationary.period() > 1 || gap().converged();
    }

    private SpectralGap gap() {
        if (gap == null) {
            gap = SpectralGap.of(chain, classes, stationary);
        }
        return gap;
    }

    /**
     * The relaxation time {@code -1 / log |lambda_2|}: the number of steps in which a deviation from the stationary distribution falls
     * to 1/e.
     *
     * @return steps; infinite if the gap is 0
     */
    public double relaxationTime() {
        double value = spectralGap();
        return value <= 0 ? Double.POSITIVE_INFINITY : -1 / StrictMath.log1p(-value);
    }
}
