package dev.gatun.internal.head;

import dev.gatun.internal.work.Machines;
import dev.gatun.kernel.Lanes;

/**
 * The machines that compute the passes over a chain which is not stored.
 *
 * @param u potentials of the rows; null as long as they are not known
 * @param v potentials of the columns; null for none
 */
record ChainMachines(Machines machines, KernelSource source, double[] u, double[] v) {

    /** The logarithms of the sums of {@code rows} rows. */
    double[] logSums(int rows) {
        return run(new ChainRequest(ChainRequest.Kind.LOG_SUMS, source, null, v, null), rows);
    }

    /** A product with as many entries as {@code x} has. */
    double[] product(ChainRequest.Kind kind, double[] x) {
        return run(new ChainRequest(kind, source, u, v, x), x.length);
    }

    private double[] run(ChainRequest request, int rows) {
        return RowEntries.joined(machines.run(request, Lanes.blocks(rows)), rows);
    }
}
