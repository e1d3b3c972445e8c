package dev.gatun;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.view.Checks;
import java.util.List;

/** The Schroedinger bridges of all heads, and their transitions {@code P_t,ij = P_ij phi_{t+1},j / phi_t,i}. Immutable. */
public final class BridgeResult {

    private final Operator reference;
    private final int steps;
    private final List<BridgeSolution> heads;

    BridgeResult(Operator reference, int steps, List<BridgeSolution> heads) {
        this.reference = reference;
        this.steps = steps;
        this.heads = List.copyOf(heads);
    }

    /**
     * The operator whose chain is the reference.
     *
     * @return the operator that made this result
     */
    public Operator reference() {
        return reference;
    }

    /**
     * The solutions of all heads, the head varying fastest.
     *
     * @return an immutable list
     */
    public List<BridgeSolution> heads() {
        return heads;
    }

    /**
     * The number of steps T.
     *
     * @return at least 1
     */
    public int steps() {
        return steps;
    }

    /**
     * Whether every head converged.
     *
     * @return false if one did not; its solution has the reason
     */
    public boolean converged() {
        return heads.stream().allMatch(head -> head.status() == SinkhornStatus.CONVERGED);
    }

    /**
     * This result, if every head converged.
     *
     * @return this
     * @throws IllegalStateException if one did not; the message names it and says why
     */
    public BridgeResult requireConverged() {
        Convergence.requireConverged(heads);
        return this;
    }

    /**
     * The transition of the bridge from time t to t + 1, {@code P_t,ij = P_ij phi_{t+1},j / phi_t,i}: the row-stochastic softmax of the
     * log-kernel of the reference with the potential {@code log phi_{t+1}}. Over one step it is the P* of a static bridge. Rows that lead
     * to no mass are zero.
     *
     * @param t 0 to T - 1
     * @return the operator of all heads
     * @throws IndexOutOfBoundsException if there is no such step
     * @throws IllegalStateException     if a head has no bridge
     */
    public Operator transition(int t) {
        Checks.index(t, steps, "step");
        double[][] potentials = new double[heads.size()][];
        for (int h = 0; h < potentials.length; h++) {
            Convergence.requireFeasible(heads, h);
            potentials[h] = Potentials.inLogTwo(heads.get(h).logPhi()[t + 1]);
        }
        return reference.driven(potentials);
    }
}
