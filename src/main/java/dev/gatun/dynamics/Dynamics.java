package dev.gatun.dynamics;

import dev.gatun.Operator;
import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import java.util.Arrays;
import java.util.List;

/**
 * What kind of dynamics a head runs: the stationary distribution of its Markov chain, the currents that flow in it, the entropy that they
 * produce, and how fast it relaxes (arXiv 2604.09560, section 17; Schnakenberg 1976).
 *
 * <p>Whether a distribution is stationary and whether a current is zero is judged relative to the flow, never by an absolute tolerance.
 * A current counts as rounding where, as a part of the flow between its tokens, it is below 2^-20 times the largest score (at least
 * 2^-20), and below a hundredth: so much rounding the queries and keys to float32 may make.
 */
public final class Dynamics {

    /** Currents that are kept unless said otherwise. */
    private static final int CURRENTS = 8;

    /** Currents that cycles are looked for among. */
    private static final int MAX_CURRENTS = 1 << 14;

    /** The largest part of a flow that rounding of large scores explains. */
    private static final double MAX_RESOLUTION = 1e-2;

    private final Transitions transitions;
    private final LogTransitions chain;
    private final CommunicatingClasses classes;
    private final StationaryDistribution law;
    private final double[] rho;
    private final double drift;
    private final Currents currents;
    private Relaxation relaxation;

    private Dynamics(Transitions transitions, CommunicatingClasses classes, StationaryDistribution law, double[] rho, double drift,
                     Currents currents) {
        this.transitions = transitions;
        this.chain = inside(transitions);
        this.classes = classes;
        this.law = law;
        this.rho = rho;
        this.drift = drift;
        this.currents = currents;
    }

    /**
     * The dynamics of head {@code index} at its stationary distribution.
     *
     * @throws IllegalArgumentException if the operator is no chain: see {@link Operator#transitions(int)}
     */
    public static Dynamics of(Operator operator, int index) {
        return of(operator.transitions(index));
    }

    /** The dynamics of a chain at its stationary distribution. */
    public static Dynamics of(Transitions transitions) {
        LogTransitions chain = inside(transitions);
        CommunicatingClasses classes = CommunicatingClasses.of(chain);
        StationaryDistribution law = StationaryDistribution.of(chain, classes);
        return new Dynamics(transitions, classes, law, law.pi(), 0, Currents.of(chain, law.logPi(), CURRENTS));
    }

    /**
     * The dynamics of a chain at a law of one's own: driven, unless that is stationary.
     *
     * @param rho not negative, finite, of any positive total; it is made to sum to 1
     * @throws IllegalArgumentException if it is not so, or of another number of tokens
     */
    public static Dynamics at(Transitions transitions, double[] rho) {
        LogTransitions chain = inside(transitions);
        double[] own = StationaryDistribution.requireLaw(rho, chain.size());
        Currents currents = Currents.of(chain, StationaryDistribution.logTwo(own), CURRENTS);
        CommunicatingClasses classes = CommunicatingClasses.of(chain);
        return new Dynamics(transitions, classes, StationaryDistribution.of(chain, classes), own, drift(currents), currents);
    }

    private static double drift(Currents currents) {
        return currents.flow() > 0 ? currents.divergence() / currents.flow() : 0;
    }

    /** What is behind a chain of the API. */
    static LogTransitions inside(Transitions transitions) {
        return LogTransitions.OF_TRANSITIONS.look(transitions);
    }

    /** The part of a flow up to which a current may be rounding. */
    static double resolution(LogTransitions chain) {
        return Math.min(chain.resolution(), MAX_RESOLUTION);
    }

    /** The chain. */
    public Transitions chain() {
        return transitions;
    }

    /** The stationary distribution, and how it was found. */
    public StationaryDistribution stationary() {
        return law;
    }

    /** The law at which currents are taken: the stationary one unless another was given. */
    public double[] rho() {
        return rho.clone();
    }

    /**
     * Driven where rho drifts by more than rounding, and by more than twice the drift that rounding or the tolerance of a Sinkhorn solve
     * leaves to the stationary distribution. Else an equilibrium where rounding explains the current of every pair and the entropy
     * production; else a nonequilibrium steady state.
     */
    public Regime regime() {
        double resolution = resolution(chain);
        if (drift > resolution && drift > 2 * drift(Currents.of(chain, law.logPi(), 1))) {
            return Regime.DRIVEN;
        }
        boolean balanced = currents.imbalance() <= resolution && entropyProduction() <= resolution * currents.flow();
        return chain.reversible() || balanced ? Regime.EQUILIBRIUM : Regime.NESS;
    }

    /** {@code 1/2 sum_i |(rho P)_i - rho_i|} beside what moves between tokens: 0 for a stationary distribution. */
    public double drift() {
        return drift;
    }

    /** Whether there is no entropy production because nothing moves: the chain ends in single tokens and stays there. */
    public boolean vacuous() {
        return currents.flow() == 0;
    }

    /** The currents and what they add up to. */
    public Currents currents() {
        return currents;
    }

    /** In nats per step; see {@link Currents#entropyProduction()}. */
    public double entropyProduction() {
        return currents.entropyProduction();
    }

    /** The largest currents, descending. */
    public List<Current> currents(int count) {
        if (count <= CURRENTS) {
            return currents.strongest().subList(0, Math.min(count, currents.strongest().size()));
        }
        return Currents.of(chain, Arrays.equals(rho, law.pi()) ? law.logPi() : StationaryDistribution.logTwo(rho), count).strongest();
    }

    /**
     * The strongest cycles of the current: found among the 16384 largest currents, which is all of them up to 181 tokens.
     *
     * @param count how many, at most
     */
    public List<Cycle> cycles(int count) {
        return Cycles.strongest(currents(MAX_CURRENTS), count);
    }

    /**
     * {@code 1 - |lambda_2|}, with lambda_2 the eigenvalue of the largest modulus beside one that is 1: 0 where the chain does not
     * forget, having several closed classes or a period; 1 for a single token. A small gap is an eigenvalue of {@code I - P}, not a
     * difference from 1. It is positive for every chain that forgets; where {@link #gapConverged()} is false it is an estimate, of the
     * order of magnitude at best. Computed at the first call.
     */
    public double spectralGap() {
        if (chain.size() == 1) {
            return 1;
        }
        if (law.closedClasses() > 1 || law.period() > 1) {
            return 0;
        }
        return relaxation().gap();
    }

    /**
     * Whether {@link #spectralGap()} is right to 1e-6 of itself. Small gaps are, down to 1e-250, but for slow chains of more than 2048
     * tokens, chains of more than 1024 that nearly have a period, and gaps that rounding of the transitions moves by more.
     */
    public boolean gapConverged() {
        return chain.size() == 1 || law.closedClasses() > 1 || law.period() > 1 || relaxation().converged();
    }

    private Relaxation relaxation() {
        if (relaxation == null) {
            relaxation = Relaxation.of(chain, classes, law);
        }
        return relaxation;
    }

    /**
     * {@code -1 / log |lambda_2|}: steps in which a deviation from the stationary distribution falls to 1/e; infinite where
     * it does not.
     */
    public double relaxationTime() {
        double gap = spectralGap();
        return gap <= 0 ? Double.POSITIVE_INFINITY : -1 / Math.log1p(-gap);
    }
}
