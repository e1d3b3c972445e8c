package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.LogStrips;
import dev.gatun.kernel.stored.StoredRows;

/**
 * The chain {@code P_ij = 2^(z_ij + u_i + v_j)} of one head, applied to densities without forming P. Densities are given by their
 * logarithms in units of log 2, minus infinity for 0. Sums are in float64, whatever the range of the densities.
 */
final class Chain {

    private final LogKernel kernel;
    private final LogKernel transposed;
    private final double[] u;
    private final double[] v;
    private final HeadLoop.Pieces pieces;

    /** @param scaling has its log-kernel in float64, since densities may lie far apart */
    Chain(Scaling scaling, HeadLoop.Pieces pieces) {
        this.kernel = scaling.kernel();
        this.transposed = kernel.transposed();
        this.u = scaling.u();
        this.v = scaling.v() == null ? new double[kernel.columns()] : scaling.v();
        this.pieces = pieces;
    }

    /** {@code log2 (P phi)}: phi one step earlier. */
    double[] backward(double[] logPhi) {
        return logSums(kernel, u, Scaling.sum(v, logPhi));
    }

    /** {@code log2 (P' phi)}: phi one step later. */
    double[] forward(double[] logPhi) {
        return logSums(transposed, v, Scaling.sum(u, logPhi));
    }

    private double[] logSums(LogKernel z, double[] rowPotentials, double[] columnPotentials) {
        LogStrips strips = new LogStrips(z, rowPotentials, columnPotentials);
        int columns = z.columns();
        double[] logSums = new double[z.rows()];
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

    /** {@code out_i = sum_j P_ij phi_j w_j / sum_j P_ij phi_j}: the mean of w one step later. */
    double[] expectLater(double[] logPhi, double[] w) {
        return expect(kernel, Scaling.sum(v, logPhi), w);
    }

    /** {@code out_j = sum_i P_ij phi_i w_i / sum_i P_ij phi_i}: the mean of w one step earlier. */
    double[] expectEarlier(double[] logPhi, double[] w) {
        return expect(transposed, Scaling.sum(u, logPhi), w);
    }

    private double[] expect(LogKernel z, double[] potential, double[] w) {
        float[] float32 = new float[w.length];
        for (int j = 0; j < float32.length; j++) {
            float32[j] = (float) w[j];
        }
        Values<ValuePanel> values = new Values<>(new ValuePanel(w.length, 1));
        values.load(StoredRows.of(float32, 1), w.length, StoredRows.chunk(1));
        float[] product = new float[z.rows()];
        BlockPass pass = new BlockPass(z, potential);
        pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values.panel(), product));
        values.restore(product, 0, product.length);
        double[] expected = new double[product.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = product[i];
        }
        return expected;
    }
}
