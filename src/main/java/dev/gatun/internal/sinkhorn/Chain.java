package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.LogStrips;
import dev.gatun.kernel.stored.StoredRows;
import java.io.Serial;

/**
 * The chain {@code P_ij = 2^(z_ij + u_i + v_j)} of one head, applied to densities without forming P. Densities are given by their
 * logarithms in units of log 2, minus infinity for 0. Sums are in float64, whatever the range of the densities. Machines
 * share the passes.
 */
final class Chain {

    private final Side rows;
    private final Side columns;
    private final double[] u;
    private final double[] v;
    private final HeadLoop.Pieces pieces;

    /**
     * @param scaling has its log-kernel in float64, since densities may lie far apart
     * @param source  says which log-kernel it is
     */
    Chain(Scaling scaling, KernelSource source, HeadLoop.Pieces pieces) {
        this.rows = new Side(source, scaling.kernel());
        this.columns = new Side(source.transposed(), scaling.kernel().transposed());
        this.u = scaling.u();
        this.v = scaling.v() == null ? new double[scaling.kernel().columns()] : scaling.v();
        this.pieces = pieces;
    }

    /** {@code log2 (P phi)}: phi one step earlier. */
    double[] backward(double[] logPhi) {
        return logSums(rows, u, Scaling.sum(v, logPhi));
    }

    /** {@code log2 (P' phi)}: phi one step later. */
    double[] forward(double[] logPhi) {
        return logSums(columns, v, Scaling.sum(u, logPhi));
    }

    /** {@code log2 sum_j 2^(z_ij + u_i + v_j)} of each row. */
    private double[] logSums(Side side, double[] u, double[] v) {
        return run(new Pass(side.source, u, v, null), side.kernel);
    }

    /** {@code out_i = sum_j P_ij phi_j w_j / sum_j P_ij phi_j}: the mean of w one step later. */
    double[] expectLater(double[] logPhi, double[] w) {
        return run(new Pass(rows.source, null, Scaling.sum(v, logPhi), w), rows.kernel);
    }

    /** {@code out_j = sum_i P_ij phi_i w_i / sum_i P_ij phi_i}: the mean of w one step earlier. */
    double[] expectEarlier(double[] logPhi, double[] w) {
        return run(new Pass(columns.source, null, Scaling.sum(u, logPhi), w), columns.kernel);
    }

    private double[] run(Pass pass, LogKernel kernel) {
        return pieces.machines() == null ? pass.of(kernel, pieces)
                : RowEntries.joined(pieces.machines().run(pass, Lanes.blocks(kernel.rows())), kernel.rows());
    }

    /** The log-kernel or its transpose. */
    private record Side(KernelSource source, LogKernel kernel) {
    }

    /**
     * A pass, whose parts are blocks of rows.
     *
     * @param u potentials of the rows; not for a mean
     * @param v potentials of the columns
     * @param w the vector whose mean is asked for; null for the logarithms of sums
     */
    private record Pass(KernelSource source, double[] u, double[] v, double[] w) implements HeadRequest<LogKernel> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public RowEntries run(LogKernel kernel, int first, int end) {
            return RowEntries.ofBlocks(first, end, of(kernel, HeadLoop.Pieces.between(first, end)));
        }

        double[] of(LogKernel kernel, HeadLoop.Pieces pieces) {
            return w == null ? logSums(kernel, pieces) : expect(kernel, pieces);
        }

        private double[] logSums(LogKernel kernel, HeadLoop.Pieces pieces) {
            LogStrips strips = new LogStrips(kernel, u, v);
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

        private double[] expect(LogKernel kernel, HeadLoop.Pieces pieces) {
            float[] float32 = new float[w.length];
            for (int j = 0; j < float32.length; j++) {
                float32[j] = (float) w[j];
            }
            Values<ValuePanel> values = new Values<>(new ValuePanel(w.length, 1));
            values.load(StoredRows.of(float32, 1), w.length, StoredRows.chunk(1));
            float[] product = new float[kernel.rows()];
            BlockPass pass = new BlockPass(kernel, v);
            pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values.panel(), product));
            values.restore(product, 0, product.length);
            double[] expected = new double[product.length];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = product[i];
            }
            return expected;
        }

        @Override
        public String toString() {
            return w == null ? "takes a step in the log domain" : "takes means a step away";
        }
    }
}
