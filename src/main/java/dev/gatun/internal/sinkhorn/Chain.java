package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.StoredRows;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.LogStrips;

/**
 * One head's chain, {@code P_ij = 2^(z_ij + u_i + v_j)}, applied to densities without forming it. Densities are given by their
 * logarithms, in units of log 2: minus infinity where there is nothing. Sums are in double precision throughout, whatever the
 * range of the densities.
 */
public final class Chain {

    private final LogKernel forth;
    private final LogKernel back;
    private final double[] u;
    private final double[] v;
    private final HeadLoop.Pieces pieces;

    /** A chain whose log-kernel is in double precision, as densities may lie far apart. */
    public Chain(Scaling scaling, HeadLoop.Pieces pieces) {
        this.forth = scaling.kernel();
        this.back = forth.transposed();
        this.u = scaling.u();
        this.v = scaling.v() == null ? new double[forth.columns()] : scaling.v();
        this.pieces = pieces;
    }

    /** {@code log (P phi)}: phi a step earlier. */
    double[] backward(double[] logPhi) {
        return logSums(forth, u, Scaling.sum(v, logPhi));
    }

    /** {@code log (P' phi)}: phi a step later. */
    double[] forward(double[] logPhi) {
        return logSums(back, v, Scaling.sum(u, logPhi));
    }

    private double[] logSums(LogKernel kernel, double[] ofRows, double[] ofColumns) {
        LogStrips strips = new LogStrips(kernel, ofRows, ofColumns);
        int columns = kernel.columns();
        double[] logSums = new double[kernel.rows()];
        pieces.each(strips.blocks(), (block, scratch) -> {
            double[] strip = scratch.float64(0, LogStrips.length(columns));
            strips.fill(block, scratch.tile, strip, 0);
            double[] sums = new double[Lanes.BLOCK];
            LogStrips.logSums(strip, 0, columns, scratch.float64(1, LogStrips.length(columns)), sums);
            int first = block * Lanes.BLOCK;
            System.arraycopy(sums, 0, logSums, first, Math.min(Lanes.BLOCK, logSums.length - first));
        });
        return logSums;
    }

    /** {@code out_i = sum_j P_ij phi_j w_j / sum_j P_ij phi_j}: what w is expected to be a step later. */
    double[] expectLater(double[] logPhi, double[] w) {
        return expect(forth, Scaling.sum(v, logPhi), w);
    }

    /** {@code out_j = sum_i P_ij phi_i w_i / sum_i P_ij phi_i}: what w is expected to have been a step earlier. */
    double[] expectEarlier(double[] logPhi, double[] w) {
        return expect(back, Scaling.sum(u, logPhi), w);
    }

    private double[] expect(LogKernel kernel, double[] potential, double[] w) {
        float[] single = new float[w.length];
        for (int j = 0; j < single.length; j++) {
            single[j] = (float) w[j];
        }
        Values values = new Values(w.length, 1);
        values.load(StoredRows.of(single, 1), StoredRows.chunk(1));
        float[] product = new float[kernel.rows()];
        BlockPass pass = new BlockPass(kernel, potential);
        pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values.panel(), product));
        values.restore(product, 0, product.length);
        double[] expected = new double[product.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = product[i];
        }
        return expected;
    }
}
