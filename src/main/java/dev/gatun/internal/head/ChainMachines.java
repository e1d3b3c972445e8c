package dev.gatun.internal.head;

import dev.gatun.internal.work.Machines;
import dev.gatun.kernel.Lanes;
import java.io.Serializable;

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
        double[] all = new double[rows];
        int computed = 0;
        for (Serializable result : machines.run(request, Lanes.blocks(rows))) {
            ChainRequest.Entries part = (ChainRequest.Entries) result;
            System.arraycopy(part.entries(), 0, all, part.first(), part.entries().length);
            computed += part.entries().length;
        }
        if (computed != rows) {
            throw new IllegalStateException("%s of %s rows were computed".formatted(computed, rows));
        }
        return all;
    }
}
