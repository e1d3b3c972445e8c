package dev.gatun.cli.analysis;

import dev.gatun.OperatorSums;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.operator.OperatorName;
import java.util.List;

/**
 * What was found about one operator of one head.
 *
 * @param rowDeviation    largest deviation of a row sum from 1, over rows that see a key
 * @param columnDeviation largest deviation of a column sum from 1, or from N / M where that is what the columns of a
 *                        bistochastic operator sum to (as part of it)
 * @param asymmetry       see {@link OperatorSums}
 * @param causal          whether a mask takes its symmetry away
 * @param solution        how its Sinkhorn solve ended; null for an operator that needs none
 * @param seconds         the time of one application; NaN if there is nothing to apply
 * @param faults          the checks that failed, a clause each
 */
public record OperatorAnalysis(OperatorName name, double rowDeviation, double columnDeviation, double asymmetry,
                        boolean causal, SinkhornSolution solution, double seconds,
                        List<String> faults) {

    /** Whether its Sinkhorn solve, if it needs one, reached the marginals. */
    boolean converged() {
        return solution == null || solution.status() == SinkhornStatus.CONVERGED;
    }

    /** Whether its row sums ought to be 1. */
    boolean expectsRows() {
        return name.normalisesRows() && converged();
    }

    /** Whether its column sums ought to be 1. */
    boolean expectsColumns() {
        return name.normalisesColumns() && converged();
    }

    /** Whether detailed balance ought to hold, so that the asymmetry is zero up to rounding. */
    boolean expectsBalance() {
        return name.isReversible() && converged() && !causal;
    }

    boolean passed() {
        return faults.isEmpty();
    }
}
