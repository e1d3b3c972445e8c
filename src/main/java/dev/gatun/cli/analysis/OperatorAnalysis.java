package dev.gatun.cli.analysis;

import dev.gatun.OperatorSums;
import dev.gatun.SinkhornSolution;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.operator.OperatorName;
import java.util.List;

/**
 * The analysis of one operator of one head.
 *
 * @param name            the operator
 * @param rowDeviation    the largest deviation of a row sum from 1, of rows that see a key
 * @param columnDeviation the largest deviation of a column sum from 1; for a bistochastic operator the largest relative one from N / M
 * @param asymmetry       see {@link OperatorSums}
 * @param causal          whether a causal mask removes its symmetry
 * @param solution        the Sinkhorn solution; null for an operator without one
 * @param seconds         the time of one product; NaN if there is no operator
 * @param faults          the checks that failed, a clause each
 */
public record OperatorAnalysis(OperatorName name, double rowDeviation, double columnDeviation, double asymmetry,
                        boolean causal, SinkhornSolution solution, double seconds,
                        List<String> faults) {

    /** Whether its Sinkhorn solve converged, if it needs one. */
    boolean converged() {
        return solution == null || solution.status() == SinkhornStatus.CONVERGED;
    }

    /** Whether its row sums must be 1. */
    boolean expectsRows() {
        return name.normalisesRows() && converged();
    }

    /** Whether its column sums must be 1. */
    boolean expectsColumns() {
        return name.normalisesColumns() && converged();
    }

    /** Whether detailed balance must hold: the asymmetry is zero up to rounding. */
    boolean expectsBalance() {
        return name.isReversible() && converged() && !causal;
    }

    /** Whether every check passed. */
    boolean passed() {
        return faults.isEmpty();
    }
}
