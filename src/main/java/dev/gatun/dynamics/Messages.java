package dev.gatun.dynamics;

import dev.gatun.BridgeResult;
import dev.gatun.BridgeSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The messages of a chain over T steps, from what is known of its beginning and of its end, by the forward-backward recursion
 * (Baum, Petrie, Soules and Weiss 1970):
 *
 * <pre>
 *   phi^_{t+1} = phi^_t P      phi_t = P phi_{t+1}      rho_t = phi_t phi^_t / Z      Z = sum_i phi^_t,i phi_t,i
 * </pre>
 *
 * <p>Z, the evidence, is the same at every t; rho_t is the law of the tokens at time t given both ends, and the chain that has
 * these laws is the reference driven by phi (Doob 1957). With the phi^_0 and phi_T of a Schroedinger bridge it meets its marginals.
 *
 * <p>Messages are logarithms, each beside its largest entry, so that over thousands of steps nothing underflows, not even a way
 * that is taken with a probability of 1e-1000 when it is the only one that leads to the end. Entries that are 0 stay 0. They take
 * {@code 2 (T+1) N} doubles.
 */
public final class Messages {

    private static final double LOG_TWO = Math.log(2);

    private final Transitions transitions;
    private final Message[] backward;
    private final Message[] forward;
    private final double logEvidence;

    /**
     * A message in units of log 2.
     *
     * @param entries beside the largest, minus infinity for 0
     * @param growth  the largest, beside that of the message it was made of
     */
    private record Message(double[] entries, double growth) {

        static Message of(double[] logarithms) {
            double greatest = Arrays.stream(logarithms).max().orElseThrow();
            double growth = greatest == Double.NEGATIVE_INFINITY ? 0 : greatest;
            return new Message(Arrays.stream(logarithms).map(entry -> entry - growth).toArray(), growth);
        }
    }

    private Messages(Transitions transitions, int steps, double[] logInitial, double[] logEvidence) {
        LogTransitions chain = Dynamics.inside(transitions);
        this.transitions = transitions;
        this.backward = backward(chain, steps, logEvidence);
        requirePath(logInitial, backward[0].entries(), steps);
        this.forward = new Message[steps + 1];
        forward[0] = Message.of(logInitial);
        for (int t = 0; t < steps; t++) {
            forward[t + 1] = Message.of(chain.logLater(forward[t].entries()));
        }
        this.logEvidence = logEvidence(steps);
    }

    private static Message[] backward(LogTransitions chain, int steps, double[] logEvidence) {
        Message[] backward = new Message[steps + 1];
        backward[steps] = Message.of(logEvidence);
        for (int t = steps - 1; t >= 0; t--) {
            backward[t] = Message.of(chain.logExpected(backward[t + 1].entries()));
        }
        return backward;
    }

    /**
     * The messages between an initial law and what is known of the end.
     *
     * @param steps    T, at least 1
     * @param initial  {@code phi^_0}, N entries, not negative: the initial law; of any positive total, which the evidence has as a
     *                 factor
     * @param evidence {@code phi_T}, N entries, not negative: how likely each final token makes what is known; ones if nothing is
     * @throws IllegalArgumentException if a size or an entry is another, or no path of T steps leads from the one to the other
     */
    public static Messages of(Transitions chain, int steps, double[] initial, double[] evidence) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps must be at least 1, not %s".formatted(steps));
        }
        requireMessage(initial, chain.size(), "the initial law");
        requireMessage(evidence, chain.size(), "the evidence");
        return new Messages(chain, steps, logTwo(initial), logTwo(evidence));
    }

    /**
     * The messages of a bridge of head {@code head}, in double precision from its {@code phi^_0} and {@code phi_T}: the posterior
     * is its marginals, made to sum to 1.
     *
     * @throws IllegalStateException     if the head has no bridge
     * @throws IndexOutOfBoundsException if there is no such head
     * @throws IllegalArgumentException  if a token sees nothing
     */
    public static Messages of(BridgeResult bridge, int head) {
        if (head < 0 || head >= bridge.heads().size()) {
            throw new IndexOutOfBoundsException("head %s does not exist: there are %s".formatted(head, bridge.heads().size()));
        }
        BridgeSolution solution = bridge.heads().get(head);
        if (solution.status() == SinkhornStatus.INFEASIBLE) {
            throw new IllegalStateException("head %s has no bridge: %s".formatted(head, solution.reason()));
        }
        return new Messages(bridge.reference().transitions(head), bridge.steps(), inLogTwo(solution.logPhiHat()[0]),
                inLogTwo(solution.logPhi()[bridge.steps()]));
    }

    private static void requireMessage(double[] message, int size, String name) {
        if (message.length != size) {
            throw new IllegalArgumentException("%s has %s entries; expected one for each of %s tokens"
                    .formatted(name, message.length, size));
        }
        boolean some = false;
        for (int i = 0; i < size; i++) {
            if (!(message[i] >= 0 && message[i] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("%s of token %s is %s; expected a finite number that is not negative"
                        .formatted(name, i, message[i]));
            }
            some |= message[i] > 0;
        }
        if (!some) {
            throw new IllegalArgumentException("%s is 0 for every token; expected some mass".formatted(name));
        }
    }

    private static void requirePath(double[] logPhiHat, double[] logPhi, int steps) {
        if (IntStream.range(0, logPhi.length).noneMatch(i -> logPhiHat[i] + logPhi[i] > Double.NEGATIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "no path of %s steps leads from a token of the initial law to one of the evidence".formatted(steps));
        }
    }

    /** The reference. */
    public Transitions chain() {
        return transitions;
    }

    /** The number of steps, T. */
    public int steps() {
        return forward.length - 1;
    }

    /** {@code log Z} in nats: with a law and a likelihood given, the logarithm of the probability of what is known of the end. */
    public double logEvidence() {
        return logEvidence * LOG_TWO;
    }

    /** {@code log phi^_t}: the forward message, minus infinity where it is 0. */
    public double[] logPhiHat(int t) {
        requireTime(t, steps());
        return natural(forward[t], hatScale(t));
    }

    /** {@code log phi_t}: the backward message, minus infinity where it is 0. */
    public double[] logPhi(int t) {
        requireTime(t, steps());
        return natural(backward[t], scale(t));
    }

    /** {@code rho_t}: the law of the tokens at time t given both ends. It sums to 1. */
    public double[] posterior(int t) {
        requireTime(t, steps());
        return normalised(logMass(t));
    }

    /**
     * The driven transition from token i at time t, {@code P_t,ij = P_ij phi_{t+1},j / phi_t,i} for all j: zeros where phi_t,i is
     * 0, for nothing that comes to the end is there.
     *
     * @param t 0 to T - 1
     */
    public double[] transition(int t, int i) {
        requireTime(t, steps() - 1);
        double[] row = transitions.row(i);
        double[] later = backward[t + 1].entries();
        Arrays.setAll(row, j -> row[j] + later[j]);
        return normalised(row);
    }

    /** {@code E_t[log phi_t]} at the posterior, in nats, where the largest phi_t counts as 1. */
    double expectedLogPhi(int t) {
        double[] rho = posterior(t);
        double sum = 0;
        for (int i = 0; i < rho.length; i++) {
            sum += rho[i] > 0 ? rho[i] * backward[t].entries()[i] : 0;
        }
        return sum * LOG_TWO;
    }

    /** The logarithm of the largest phi_t beside the largest phi_{t+1}, in nats. */
    double growth(int t) {
        return backward[t].growth() * LOG_TWO;
    }

    /** As found at time t, in units of log 2. */
    private double logEvidence(int t) {
        return logSum(logMass(t)) + scale(t) + hatScale(t);
    }

    private double[] logMass(int t) {
        double[] logMass = forward[t].entries().clone();
        Arrays.setAll(logMass, i -> logMass[i] + backward[t].entries()[i]);
        return logMass;
    }

    private double scale(int t) {
        double scale = 0;
        for (int s = steps(); s >= t; s--) {
            scale += backward[s].growth();
        }
        return scale;
    }

    private double hatScale(int t) {
        double scale = 0;
        for (int s = 0; s <= t; s++) {
            scale += forward[s].growth();
        }
        return scale;
    }

    private static void requireTime(int t, int last) {
        if (t < 0 || t > last) {
            throw new IndexOutOfBoundsException("time %s does not exist; expected 0 to %s".formatted(t, last));
        }
    }

    /** Powers of 2 that are made to sum to 1; zeros if all are. */
    private static double[] normalised(double[] logarithms) {
        double[] powers = Arrays.stream(Message.of(logarithms).entries()).map(log -> Math.pow(2, log)).toArray();
        double sum = Arrays.stream(powers).sum();
        return sum > 0 ? Arrays.stream(powers).map(power -> power / sum).toArray() : powers;
    }

    private static double logSum(double[] logarithms) {
        Message message = Message.of(logarithms);
        return message.growth() + Math.log(Arrays.stream(message.entries()).map(log -> Math.pow(2, log)).sum()) / LOG_TWO;
    }

    private static double[] natural(Message message, double scale) {
        return Arrays.stream(message.entries()).map(entry -> (entry + scale) * LOG_TWO).toArray();
    }

    private static double[] logTwo(double[] masses) {
        return Arrays.stream(masses).map(mass -> Math.log(mass) / LOG_TWO).toArray();
    }

    private static double[] inLogTwo(double[] natural) {
        return Arrays.stream(natural).map(log -> log / LOG_TWO).toArray();
    }
}
