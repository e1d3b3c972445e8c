package dev.gatun.dynamics;

import dev.gatun.BridgeResult;
import java.util.Arrays;

/**
 * The relative entropy of the paths of a driven chain P_t with respect to its reference P, both started at the same distribution rho_0:
 *
 * <pre>
 *   KL = sum_t sum_i rho_t,i sum_j P_t,ij log(P_t,ij / P_ij) = E_T[log phi_T] - E_0[log phi_0]
 * </pre>
 *
 * <p>A Schroedinger bridge minimises it among all chains with its marginals (Schroedinger 1931; Csiszar 1975). Marginals of any total are
 * normalised to sum to 1.
 *
 * @param total  KL in nats per path, at least 0; 0 if the reference has the same marginals
 * @param byStep the part of each step t, {@code E_{t+1}[log phi_{t+1}] - E_t[log phi_t]}, at least 0; the parts sum to the total
 * @param regime {@link Regime#DRIVEN} if the total exceeds rounding, including that of queries and keys to float32; otherwise the regime
 *               of the reference at rho_0
 */
public record PathEntropy(double total, double[] byStep, Regime regime) {

    /** The rounding of a difference of logarithms, relative to them. */
    private static final double ROUNDING = 0x1p-46;

    /** Copies the array. */
    public PathEntropy {
        byStep = byStep.clone();
    }

    /**
     * The relative entropy of each step, in nats.
     *
     * @return a copy, T entries
     */
    @Override
    public double[] byStep() {
        return byStep.clone();
    }

    /**
     * The path entropy of one head's bridge.
     *
     * @param bridge the bridges
     * @param head   the head
     * @return the path entropy
     * @throws IllegalStateException     if the head has no bridge
     * @throws IndexOutOfBoundsException if there is no such head
     * @throws IllegalArgumentException  if some token sees no token
     */
    public static PathEntropy of(BridgeResult bridge, int head) {
        return of(Messages.of(bridge, head));
    }

    /**
     * The path entropy of a chain given both of its ends, with respect to the reference started at {@code rho_0}.
     *
     * @param messages the messages of the chain
     * @return the path entropy
     */
    public static PathEntropy of(Messages messages) {
        double[] byStep = new double[messages.steps()];
        double level = 1;
        double now = messages.expectedLogPhi(0);
        for (int t = 0; t < byStep.length; t++) {
            double next = messages.expectedLogPhi(t + 1);
            byStep[t] = Math.max(0, next - now - messages.growth(t));
            level = Math.max(level, Math.max(Math.abs(next), Math.abs(now)));
            now = next;
        }
        double total = Arrays.stream(byStep).sum();
        // KL is minimal where phi is constant, so an error of log phi adds its square.
        double resolution = Dynamics.resolution(Dynamics.logTransitions(messages.chain()));
        boolean driven = total > byStep.length * Math.max(resolution * resolution, ROUNDING * level);
        return new PathEntropy(total, byStep,
                driven ? Regime.DRIVEN : Dynamics.at(messages.chain(), messages.posterior(0)).regime());
    }
}
