package dev.gatun;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.view.Checks;
import java.util.List;

/** The Schroedinger bridges of all heads, and the transitions that they are driven by. */
public final class BridgeResult {

    private final Operator reference;
    private final int steps;
    private final List<BridgeSolution> heads;

    BridgeResult(Operator reference, int steps, List<BridgeSolution> heads) {
        this.reference = reference;
        this.steps = steps;
        this.heads = List.copyOf(heads);
    }

    /** The operator whose chain is driven. */
    public Operator reference() {
        return reference;
    }

    /** One solution a head, the head varying fastest. */
    public List<BridgeSolution> heads() {
        return heads;
    }

    /** The number of steps, T. */
    public int steps() {
        return steps;
    }

    /** Whether every head converged. */
    public boolean converged() {
        return heads.stream().allMatch(head -> head.status() == SinkhornStatus.CONVERGED);
    }

    /**
     * This result, if every head converged.
     *
     * @throws IllegalStateException if one did not; the message names it and says why
     */
    public BridgeResult requireConverged() {
        Convergence.requireConverged(heads);
        return this;
    }

    /**
     * The driven transition from time t to t + 1, {@code P_t,ij = P_ij phi_{t+1},j / phi_t,i}, row-stochastic: the
     * softmax of the reference's log-kernel with the potential {@code log phi_{t+1}}. Over one step it is the P* of a static
     * bridge. A row that reaches nothing with mass gives zeros.
     *
     * @param t 0 to T - 1
     * @throws IllegalStateException if a head has no bridge
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
