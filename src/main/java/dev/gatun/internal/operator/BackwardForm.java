package dev.gatun.internal.operator;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;

/** The backward message, {@code A<+ = softmax_j(-beta d<_ij)}. */
public record BackwardForm() implements RowStochasticForm {

    @Override
    public String label() {
        return "backward";
    }

    @Override
    public boolean needsSelfScores() {
        return true;
    }

    @Override
    public boolean needsVisibleSelf() {
        return true;
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return inputs.of(Direction.BACKWARD, side);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return inputs.mask(Direction.BACKWARD);
    }
}
