package dev.gatun.dynamics;

/**
 * A current between two tokens, {@code J = rho_i P_ij - rho_j P_ji}, in the direction in which it runs.
 *
 * @param from     i
 * @param to       j
 * @param current  J, not negative: probability per step
 * @param flow     {@code rho_i P_ij + rho_j P_ji}, what moves between the two in both directions
 * @param affinity {@code log(rho_i P_ij / (rho_j P_ji))}, in nats: infinite where there is no way back
 */
public record Current(int from, int to, double current, double flow, double affinity) {

    /** The current beside the flow, 0 to 1. */
    public double imbalance() {
        return flow > 0 ? current / flow : 0;
    }
}
