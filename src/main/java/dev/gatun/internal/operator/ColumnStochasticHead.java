package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.ColumnPass;

/** {@code softmax_i(z_ij)} of one head, streamed by groups of columns. */
final class ColumnStochasticHead extends RealHead {

    ColumnStochasticHead(ColumnStochasticForm form, HeadScores inputs, int head) {
        super(form, inputs, head);
    }

    @Override
    public void multiply(PackedValues values, float[] out, HeadLoop.Pieces pieces) {
        LogKernel kernel = kernel();
        if (kernel.isFloat64()) {
            multiply(Scaling.ofColumns(kernel, pieces), values, out, pieces);
        } else {
            multiply(new ColumnPass(kernel, values), out, pieces);
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
        return Scaling.ofColumns(kernel(), pieces);
    }

    @Override
    public LogTransitions transitions(boolean symmetric, HeadLoop.Pieces pieces) {
        return LogTransitions.of(exactKernel().transposed(), form.source(head).transposed(), null, LogTransitions.Stationary.UNKNOWN,
                inputs.maxScore(), pieces);
    }
}
