package dev.gatun.dynamics;

import dev.gatun.BridgeResult;
import java.util.Arrays;

/**
 * How far a driven chain is from its reference among paths: the relative entropy of its paths from those of the reference that
 * begins with the same law,
 *
 * <pre>
 *   KL = sum_t sum_i rho_t,i sum_j P_t,ij log(P_t,ij / P_ij) = E_T[log phi_T] - E_0[log phi_0]
 * </pre>
 *
 * <p>A Schroedinger bridge has the least of all chains with its marginals (Schroedinger 1931; Csiszar 1975). Marginals of any total
 * are taken as laws that sum to 1, and tokens without mass have no part.
 *
 * @param total   in nats a path, not negative: 0 where the reference has these marginals by itself
 * @param ofSteps the part of each step, {@code E_{t+1}[log phi_{t+1}] - E_t[log phi_t]}, not negative; they sum to the total
 * @param regime  {@link Regime#DRIVEN} where the total is more than rounding may have made, of the queries and keys to floats as
 *                well; else that of the reference at the initial law
 */
public record PathEntropy(double total, double[] ofSteps, Regime regime) {

    /** What rounding leaves of a difference of logarithms, beside them. */
    private static final double ROUNDING = 0x1p-46;

    /** Copies the parts. */
    public PathEntropy {
        ofSteps = ofSteps.clone();
    }

    /** The part of each step: a copy. */
    @Override
    public double[] ofSteps() {
        return ofSteps.clone();
    }

    /**
     * That of the bridge of head {@code head}.
     *
     * @throws IllegalStateException     if the head has no bridge
     * @throws IndexOutOfBoundsException if there is no such head
     * @throws IllegalArgumentException  if a token sees nothing
     */
    public static PathEntropy of(BridgeResult bridge, int head) {
        return of(Messages.of(bridge, head));
    }

    /** That of a chain given both its ends, from the reference that begins with its {@code rho_0}. */
    public static PathEntropy of(Messages messages) {
        double[] ofSteps = new double[messages.steps()];
        double level = 1;
        double now = messages.expectedLogPhi(0);
        for (int t = 0; t < ofSteps.length; t++) {
            double next = messages.expectedLogPhi(t + 1);
            ofSteps[t] = Math.max(0, next - now - messages.growth(t));
            level = Math.max(level, Math.max(Math.abs(next), Math.abs(now)));
            now = next;
        }
        double total = Arrays.stream(ofSteps).sum();
        // A potential that is off by as much as can be told adds the square of it, for without any the entropy is least.
        double unseen = Math.pow(Dynamics.resolution(Dynamics.inside(messages.chain())), 2);
        boolean driven = total > ofSteps.length * Math.max(unseen, ROUNDING * level);
        return new PathEntropy(total, ofSteps,
                driven ? Regime.DRIVEN : Dynamics.at(messages.chain(), messages.posterior(0)).regime());
    }
}
