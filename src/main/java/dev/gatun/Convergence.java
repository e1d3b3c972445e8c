package dev.gatun;

import java.util.List;

/** What the solves of a head have in common: how they ended, and why. */
interface Convergence {

    /** How the solve ended. */
    SinkhornStatus status();

    /** In one sentence why it did not converge; empty where it did. */
    String reason();

    /** @throws IllegalStateException if a head did not converge; the message names it and says why */
    static void requireConverged(List<? extends Convergence> heads) {
        for (int h = 0; h < heads.size(); h++) {
            Convergence head = heads.get(h);
            if (head.status() != SinkhornStatus.CONVERGED) {
                throw new IllegalStateException("head %s: %s, %s".formatted(h, head.status().label(), head.reason()));
            }
        }
    }

    /** @throws IllegalStateException if head {@code index} is infeasible */
    static void requireFeasible(List<? extends Convergence> heads, int index) {
        if (heads.get(index).status() == SinkhornStatus.INFEASIBLE) {
            throw new IllegalStateException("head %s: %s".formatted(index, heads.get(index).reason()));
        }
    }
}
