package dev.gatun.dynamics;

import dev.gatun.BridgeResult;
import dev.gatun.BridgeSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The forward and backward messages of a chain P over T steps, given its initial distribution and evidence about its last token, by the
 * forward-backward recursion (Baum, Petrie, Soules and Weiss 1970):
 *
 * <pre>
 *   phi^_{t+1} = phi^_t P      phi_t = P phi_{t+1}      rho_t = phi_t phi^_t / Z      Z = sum_i phi^_t,i phi_t,i
 * </pre>
 *
 * <p>Z is the same at every t. rho_t is the distribution of the token at time t given both ends, and the chain with these marginals is the
 * reference P driven by phi (Doob 1957). With the phi^_0 and phi_T of a Schroedinger bridge, rho_0 and rho_T are its marginals.
 *
 * <p>Messages are stored as logarithms relative to their largest entry, so that nothing underflows over thousands of steps, not even the
 * probability 1e-1000 of the only path to the end. Entries that are 0 stay 0. The messages take {@code 2 (T+1) N} float64.
 */
public final class Messages {

    private final Transitions transitions;
    private final Message[] backward;
    private final Message[] forward;
    private final double logEvidence;

    /**
     * A message as logarithms to base 2.
     *
     * @param entries the logarithms minus the largest, minus infinity for 0
     * @param growth  the largest logarithm, relative to that of the message from which it was computed
     */
    private record Message(double[] entries, double growth) {

        static Message of(double[] logarithms) {
            double max = Arrays.stream(logarithms).max().orElseThrow();
            double growth = max == Double.NEGATIVE_INFINITY ? 0 : max;
            return new Message(Arrays.stream(logarithms).map(entry -> entry - growth).toArray(), growth);
        }
    }

    private Messages(Transitions transitions, int steps, double[] logInitial, double[] logEvidence) {
        LogTransitions chain = Dynamics.logTransitions(transitions);
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
     * The messages of a chain from an initial distribution and evidence about its last token.
     *
     * @param chain    P
     * @param steps    T, at least 1
     * @param initial  {@code phi^_0}, N finite entries of at least 0: the initial distribution, times any positive factor, which is then
     *                 a factor of Z
     * @param evidence {@code phi_T}, N finite entries of at least 0: the likelihood of the evidence for each last token; ones for no
     *                 evidence
     * @return the messages
     * @throws IllegalArgumentException if a size or an entry is out of its range, or no path of T steps leads from a token of the initial
     *                                  distribution to one of the evidence
     */
    public static Messages of(Transitions chain, int steps, double[] initial, double[] evidence) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps must be at least 1, not %s".formatted(steps));
        }
        requireMessage(initial, chain.size(), "the initial distribution");
        requireMessage(evidence, chain.size(), "the evidence");
        return new Messages(chain, steps, LogMasses.of(initial), LogMasses.of(evidence));
    }

    /**
     * The messages of one head's bridge, in float64 from its {@code phi^_0} and {@code phi_T}. The posterior is the marginals of the
     * bridge, normalised to sum to 1.
     *
     * @param bridge the bridges
     * @param head   the head
     * @return the messages
     * @throws IllegalStateException     if the head has no bridge
     * @throws IndexOutOfBoundsException if there is no such head
     * @throws IllegalArgumentException  if some token sees no token
     */
    public static Messages of(BridgeResult bridge, int head) {
        if (head < 0 || head >= bridge.heads().size()) {
            throw new IndexOutOfBoundsException("head %s does not exist: there are %s".formatted(head, bridge.heads().size()));
        }
        BridgeSolution solution = bridge.heads().get(head);
        if (solution.status() == SinkhornStatus.INFEASIBLE) {
            throw new IllegalStateException("head %s has no bridge: %s".formatted(head, solution.reason()));
        }
        return new Messages(bridge.reference().transitions(head), bridge.steps(), toLog2(solution.logPhiHat()[0]),
                toLog2(solution.logPhi()[bridge.steps()]));
    }

    private static void requireMessage(double[] message, int size, String name) {
        if (message.length != size) {
            throw new IllegalArgumentException("%s has %s entries; expected one for each of %s tokens"
                    .formatted(name, message.length, size));
        }
        boolean some = false;
        for (int i = 0; i < size; i++) {
            if (!(message[i] >= 0 && message[i] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("%s of token %s is %s; expected a finite number of at least 0"
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
                    "no path of %s steps leads from a token of the initial distribution to one of the evidence".formatted(steps));
        }
    }

    /**
     * The reference P.
     *
     * @return the chain
     */
    public Transitions chain() {
        return transitions;
    }

    /**
     * The number of steps.
     *
     * @return T
     */
    public int steps() {
        return forward.length - 1;
    }

    /**
     * {@code log Z}: the log-probability of the evidence, if the initial distribution sums to 1.
     *
     * @return nats
     */
    public double logEvidence() {
        return logEvidence * LogTwo.VALUE;
    }

    /**
     * The forward message {@code log phi^_t}, in natural logarithms.
     *
     * @param t the time, 0 to T
     * @return N entries, minus infinity for 0
     * @throws IndexOutOfBoundsException if there is no such time
     */
    public double[] logPhiHat(int t) {
        requireTime(t, steps());
        return natural(forward[t], hatScale(t));
    }

    /**
     * The backward message {@code log phi_t}, in natural logarithms.
     *
     * @param t the time, 0 to T
     * @return N entries, minus infinity for 0
     * @throws IndexOutOfBoundsException if there is no such time
     */
    public double[] logPhi(int t) {
        requireTime(t, steps());
        return natural(backward[t], scale(t));
    }

    /**
     * The posterior {@code rho_t}: the distribution of the token at time t given both ends.
     *
     * @param t the time, 0 to T
     * @return N entries that sum to 1
     * @throws IndexOutOfBoundsException if there is no such time
     */
    public double[] posterior(int t) {
        requireTime(t, steps());
        return normalised(logMass(t));
    }

    /**
     * The transitions of the driven chain from token i at time t, {@code P_t,ij = P_ij phi_{t+1},j / phi_t,i} for all j.
     *
     * @param t the time, 0 to T - 1
     * @param i the token
     * @return N entries that sum to 1; zeros if {@code phi_t,i} is 0, because no path from token i leads to the evidence
     * @throws IndexOutOfBoundsException if there is no such time or token
     */
    public double[] transition(int t, int i) {
        requireTime(t, steps() - 1);
        double[] row = transitions.row(i);
        double[] later = backward[t + 1].entries();
        Arrays.setAll(row, j -> row[j] + later[j]);
        return normalised(row);
    }

    /** {@code E_t[log(phi_t / max phi_t)]} at the posterior, in nats. */
    double expectedLogPhi(int t) {
        double[] rho = posterior(t);
        double sum = 0;
        for (int i = 0; i < rho.length; i++) {
            sum += rho[i] > 0 ? rho[i] * backward[t].entries()[i] : 0;
        }
        return sum * LogTwo.VALUE;
    }

    /** {@code log(max phi_t / max phi_{t+1})}, in nats. */
    double growth(int t) {
        return backward[t].growth() * LogTwo.VALUE;
    }

    /** {@code log2 Z}, computed at time t. */
    private double logEvidence(int t) {
        return logSum(logMass(t)) + scale(t) + hatScale(t);
    }

    /** {@code log2(phi^_t phi_t)}, relative to the largest entries of both. */
    private double[] logMass(int t) {
        double[] logMass = forward[t].entries().clone();
        Arrays.setAll(logMass, i -> logMass[i] + backward[t].entries()[i]);
        return logMass;
    }

    /** log2 of the largest entry of {@code phi_t}. */
    private double scale(int t) {
        double scale = 0;
        for (int s = steps(); s >= t; s--) {
            scale += backward[s].growth();
        }
        return scale;
    }

    /** log2 of the largest entry of {@code phi^_t}. */
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

    /** {@code 2^(a_i) / sum_k 2^(a_k)}; zeros if all powers are 0. */
    private static double[] normalised(double[] logarithms) {
        double[] powers = LogMasses.powers(Message.of(logarithms).entries());
        double sum = Arrays.stream(powers).sum();
        return sum > 0 ? Arrays.stream(powers).map(power -> power / sum).toArray() : powers;
    }

    private static double logSum(double[] logarithms) {
        Message message = Message.of(logarithms);
        return message.growth() + LogTwo.log2(Arrays.stream(LogMasses.powers(message.entries())).sum());
    }

    private static double[] natural(Message message, double scale) {
        return Arrays.stream(message.entries()).map(entry -> (entry + scale) * LogTwo.VALUE).toArray();
    }

    private static double[] toLog2(double[] natural) {
        return Arrays.stream(natural).map(LogTwo::fromNatural).toArray();
    }
}
