package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.ColumnHalves;
import dev.gatun.kernel.pass.ColumnPass;
import java.io.Serial;

/** {@code softmax_i(z_ij)} of one head, streamed by groups of columns. */
final class ColumnStochasticHead extends RealHead {

    ColumnStochasticHead(ColumnStochasticForm form, HeadScores inputs, int head) {
        super(form, inputs, head);
    }

    @Override
    public void multiply(PackedValues values, float[] out, HeadLoop.Pieces pieces) {
        LogKernel kernel = kernel();
        if (kernel.isFloat64()) {
            multiply(values, columnWeights(pieces), out, pieces);
        } else {
            multiply(new ColumnPass(kernel, values), out, pieces);
        }
    }

    @Override
    public void multiply(PackedValues values, ColumnWeights weights, float[] out, HeadLoop.Pieces pieces) {
        LogKernel kernel = kernel();
        if (weights.exact()) {
            multiply(Scaling.ofColumns(kernel, weights.weights()), values, out, pieces);
        } else {
            ColumnHalves pass = new ColumnHalves(kernel);
            PackedValues scaled = pass.scaledValues(values, weights.weights());
            pieces.each(pass.blocks(), (block, scratch) -> pass.multiply(block, scratch.tile, scaled, out));
        }
    }

    /** Potentials in double precision, else the inverse of the sum of each column. */
    @Override
    public ColumnWeights columnWeights(HeadLoop.Pieces pieces) {
        int columns = inputs.columns();
        double[] weights = pieces.machines() == null ? weights(pieces)
                : RowEntries.joined(pieces.machines().run(new Weights(form), Lanes.blocks(columns)), columns);
        return new ColumnWeights(kernel().isFloat64(), weights);
    }

    private double[] weights(HeadLoop.Pieces pieces) {
        LogKernel kernel = kernel();
        if (kernel.isFloat64()) {
            return Scaling.negative(Scaling.logSums(kernel.transposed(), null, pieces));
        }
        ColumnHalves pass = new ColumnHalves(kernel);
        double[] inverse = new double[kernel.columns()];
        pieces.each(Lanes.blocks(inverse.length), (block, scratch) -> pass.invert(block * Lanes.DEPTH, scratch.tile, inverse));
        return inverse;
    }

    /** The weights of columns, whose blocks are its parts. */
    private record Weights(RealForm form) implements HeadRequest<HeadOperator> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public HeadSource<HeadOperator> source() {
            return new ProductRows.OfForm(form);
        }

        @Override
        public RowEntries run(HeadOperator head, int first, int end) {
            return RowEntries.ofBlocks(first, end, ((ColumnStochasticHead) head).weights(HeadLoop.Pieces.between(first, end)));
        }

        @Override
        public String toString() {
            return "sums the columns";
        }
    }

    private static void multiply(ColumnPass pass, float[] out, HeadLoop.Pieces pieces) {
        for (int g = 0; g < pass.groups(); g++) {
            int group = g;
            pieces.each(pass.blocks(), (block, scratch) -> pass.exponentiate(group, block, scratch.tile));
            pass.normalise(group);
            pieces.each(pass.blocks(), (block, scratch) -> pass.accumulate(group, block, scratch.tile));
        }
        pieces.each(pass.blocks(), (block, scratch) -> pass.write(block, scratch.tile, out));
    }

    @Override
    Scaling scaling(HeadLoop.Pieces pieces) {
        return Scaling.ofColumns(kernel(), Scaling.negative(Scaling.logSums(kernel().transposed(), null, pieces)));
    }

    @Override
    public LogTransitions transitions(boolean symmetric, HeadLoop.Pieces pieces) {
        return LogTransitions.of(exactKernel().transposed(), form.source(head).transposed(), null, LogTransitions.Stationary.UNKNOWN,
                inputs.maxScore(), pieces);
    }
}
