package dev.gatun.internal.sinkhorn;

import dev.gatun.kernel.coupling.CouplingEntries;

/**
 * Options of the solve of one head, beside its marginals.
 *
 * @param tolerance        the largest {@code |sum / target - 1|}
 * @param maxIterations    the number of passes over the kernel that are allowed
 * @param accelerated      whether over-relaxation and Newton steps are taken
 * @param memory           bytes for the kernel of a head
 * @param bfloat16         whether stored entries are rounded to bfloat16
 * @param uniform          whether the marginals are uniform
 * @param rowRelaxation    the weight rho_1 of soft row marginals, in units of scores; infinite to enforce them
 * @param columnRelaxation the weight rho_2 of soft column marginals likewise
 * @param ofMarginals      whether the entropy is relative to the marginals, not to the kernel alone
 * @param traced           whether the steps of the solve are recorded
 */
public record SolveOptions(double tolerance, int maxIterations, boolean accelerated, long memory, boolean bfloat16,
                           boolean uniform, double rowRelaxation, double columnRelaxation, boolean ofMarginals, boolean traced) {

    /** Whether a marginal is a soft constraint. */
    public boolean isRelaxed() {
        return !(rowRelaxation == Double.POSITIVE_INFINITY && columnRelaxation == Double.POSITIVE_INFINITY);
    }

    /** Whether the entries of a kernel fit the memory. */
    boolean stores(int rows, int columns) {
        return CouplingEntries.bytes(rows, columns, bfloat16) <= memory;
    }
}
