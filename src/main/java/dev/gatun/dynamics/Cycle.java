package dev.gatun.dynamics;

import java.util.List;

/**
 * A cycle that current runs along.
 *
 * @param tokens   in the order in which they follow each other, the first one following the last
 * @param current  what runs along all of it: the least of its currents
 * @param affinity {@code sum log(P_ij / P_ji)} along it, in nats, whatever the law: the entropy that a round produces, 0 for every
 *                 cycle of a reversible chain (Kolmogorov), infinite where there is no way back
 */
public record Cycle(List<Integer> tokens, double current, double affinity) {
}
