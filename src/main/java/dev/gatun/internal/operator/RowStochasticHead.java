package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.BlockPass;

/** {@code softmax_j(z_ij + v_j)} of one head, streamed row block by row block. */
final class RowStochasticHead extends RealHead {

    RowStochasticHead(RealForm form, HeadScores inputs, int head) {
        super(form, inputs, head);
    }

    @Override
    public void multiply(PackedValues values, float[] out, HeadLoop.Pieces pieces) {
        RowKernel rows = rowKernel(pieces);
        BlockPass pass = new BlockPass(rows.kernel, rows.v);
        pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values, out));
    }

    @Override
    public HeadSource<HeadOperator> rowsApart() {
        return form.rowsApart(head) ? new ProductRows.OfForm(form) : null;
    }

    @Override
    Scaling scaling(HeadLoop.Pieces pieces) {
        RowKernel rows = rowKernel(pieces);
        return Scaling.ofRows(rows.kernel, rows.v, pieces, form.isReversible());
    }

    /**
     * @param kernel the log-kernel z
     * @param v      the potential of its columns; null for none
     */
    private record RowKernel(LogKernel kernel, double[] v) {
    }

    /**
     * In double precision where the potential is too wide for a factor: alpha times the logarithm of a row sum is, where tokens see
     * other numbers of tokens.
     */
    private RowKernel rowKernel(HeadLoop.Pieces pieces) {
        LogKernel kernel = kernel();
        double[] v = form.columnPotential(head, kernel, pieces);
        if (!Potentials.tooWide(v, kernel)) {
            return new RowKernel(kernel, v);
        }
        LogKernel exact = exactKernel();
        return new RowKernel(exact, form.columnPotential(head, exact, pieces));
    }
}
