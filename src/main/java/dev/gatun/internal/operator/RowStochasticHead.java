package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
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
        multiply(values, columnWeights(pieces), out, pieces);
    }

    @Override
    public void multiply(PackedValues values, ColumnWeights v, float[] out, HeadLoop.Pieces pieces) {
        BlockPass pass = new BlockPass(kernel(v), v.weights());
        pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values, out));
    }

    @Override
    Scaling scaling(HeadLoop.Pieces pieces) {
        ColumnWeights v = columnWeights(pieces);
        return Scaling.ofRows(kernel(v), v.weights(), pieces, form.isReversible());
    }

    private LogKernel kernel(ColumnWeights v) {
        return v.exact() ? exactKernel() : kernel();
    }

    /**
     * The potential of the columns. In double precision where it is too wide for a factor: alpha times the logarithm of a row sum is,
     * where tokens see other numbers of tokens.
     */
    @Override
    public ColumnWeights columnWeights(HeadLoop.Pieces pieces) {
        double[] v = columnPotential(false, pieces);
        return v == null || !Potentials.tooWide(v, kernel()) ? new ColumnWeights(false, v)
                : new ColumnWeights(true, columnPotential(true, pieces));
    }
}
