package dev.gatun;

import dev.gatun.kernel.BlockPass;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.StoredRows;

/**
 * One head's Markov chain, {@code P_ij = 2^(z_ij + u_i + v_j)}, applied to densities without forming it. Densities are given
 * by their logarithms, in units of log 2: minus infinity where there is nothing.
 */
final class Chain {

    private final LogKernel forth;
    private final LogKernel back;
    private final double[] u;
    private final double[] v;
    private final HeadLoop.Pieces pieces;
    private final Values values;
    private final float[] chunk = StoredRows.chunk(1);
    private final float[] single;
    private final float[] product;

    /** A chain whose log-kernel is in double precision, as densities may lie far apart. */
    Chain(Scaling scaling, HeadLoop.Pieces pieces) {
        this.forth = scaling.kernel();
        this.back = forth.transposed();
        this.u = scaling.u();
        this.v = scaling.v() == null ? new double[u.length] : scaling.v();
        this.pieces = pieces;
        this.values = new Values(u.length, 1);
        this.single = new float[u.length];
        this.product = new float[u.length];
    }

    /** States. */
    int size() {
        return u.length;
    }

    /** {@code log (P phi)}: phi a step earlier. */
    double[] backward(double[] logPhi) {
        return Scaling.sum(Scaling.logSums(forth, Scaling.sum(v, logPhi), pieces), u);
    }

    /** {@code log (P' phi)}: phi a step later. */
    double[] forward(double[] logPhi) {
        return Scaling.sum(Scaling.logSums(back, Scaling.sum(u, logPhi), pieces), v);
    }

    /** {@code out_i = sum_j P_ij phi_j w_j / sum_j P_ij phi_j}: what w is expected to be a step later. */
    void expectLater(double[] logPhi, double[] w, double[] out) {
        expect(forth, Scaling.sum(v, logPhi), w, out);
    }

    /** {@code out_j = sum_i P_ij phi_i w_i / sum_i P_ij phi_i}: what w is expected to have been a step earlier. */
    void expectEarlier(double[] logPhi, double[] w, double[] out) {
        expect(back, Scaling.sum(u, logPhi), w, out);
    }

    private void expect(LogKernel kernel, double[] potential, double[] w, double[] out) {
        for (int j = 0; j < single.length; j++) {
            single[j] = (float) w[j];
        }
        values.load(StoredRows.of(single, 1), chunk);
        BlockPass pass = new BlockPass(kernel, potential);
        pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values.panel(), product));
        values.restore(product, 0, product.length);
        for (int i = 0; i < out.length; i++) {
            out[i] = product[i];
        }
    }
}
