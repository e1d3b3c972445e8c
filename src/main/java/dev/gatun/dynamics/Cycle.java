package dev.gatun.dynamics;

import java.util.List;

/**
 * A cycle of tokens along which a current runs.
 *
 * @param tokens   the tokens in the direction of the current; the first follows the last
 * @param current  the current that runs along the whole cycle, in probability per step: the minimum over its edges
 * @param affinity {@code sum log(P_ij / P_ji)} along the cycle in nats: the entropy that one round produces, at any distribution of the
 *                 tokens. It is 0 for every cycle of a reversible chain (Kolmogorov 1936) and infinite if an edge has no reverse
 */
public record Cycle(List<Integer> tokens, double current, double affinity) {
}
