package dev.gatun.dynamics;

/**
 * The current between two tokens, {@code J = rho_i P_ij - rho_j P_ji}, named in the direction in which it is positive.
 *
 * @param from     the token i
 * @param to       the token j
 * @param current  J, at least 0: probability per step
 * @param flow     {@code rho_i P_ij + rho_j P_ji}: the probability that moves between the two tokens per step, in both directions
 * @param affinity {@code log(rho_i P_ij / (rho_j P_ji))} in nats; infinite if {@code P_ji = 0}
 */
public record Current(int from, int to, double current, double flow, double affinity) {

    /**
     * The current divided by the flow: 0 in detailed balance, 1 if nothing flows backward.
     *
     * @return 0 to 1
     */
    public double imbalance() {
        return flow > 0 ? current / flow : 0;
    }
}
