package dev.gatun;

import java.util.List;

/** The solution of one head that tells whether its solve converged. */
interface Convergence {

    /** How the solve ended. */
    SinkhornStatus status();

    /** Why the solve did not converge, in one sentence; empty if it did. */
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
