package dev.gatun.internal.sinkhorn;

import dev.gatun.kernel.pass.CouplingEntries;

/**
 * What a solve of one head is asked for, beside its marginals.
 *
 * @param tolerance        the largest relative error of a sum
 * @param maxIterations    passes over the kernel that are allowed
 * @param accelerated      whether over-relaxation and Newton steps are taken
 * @param memory           bytes for the kernel of a head
 * @param bfloat16           whether a kept kernel is rounded to bfloat16
 * @param uniform          whether marginals are the uniform ones
 * @param rowRelaxation    the weight of relaxed row marginals, infinite to enforce them
 * @param columnRelaxation the weight of relaxed column marginals, infinite to enforce them
 * @param ofMarginals      whether the entropy is relative to the marginals, not to the kernel alone
 */
public record SolveOptions(double tolerance, int maxIterations, boolean accelerated, long memory, boolean bfloat16,
                           boolean uniform, double rowRelaxation, double columnRelaxation, boolean ofMarginals) {

    /** Whether the kernel of a head may be kept. */
    boolean keeps(int rows, int columns) {
        return CouplingEntries.bytes(rows, columns, bfloat16) <= memory;
    }
}
