package dev.gatun.internal.operator;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;

/**
 * {@code softmax_i(-beta d_ij)} of the forward or backward divergence d: each column sums to 1. Self-scores do not cancel in the
 * columns of the forward one; across two sequences the scores stand for it.
 *
 * @param direction {@link Direction#FORWARD} for the column form of attention, {@link Direction#BACKWARD} for that of the backward
 *                  message
 */
public record ColumnStochasticForm(Direction direction) implements RealForm {

    @Override
    public String label() {
        return needsSelfScores() ? "backward-column" : "attention-column";
    }

    @Override
    public boolean needsSelfScores() {
        return direction == Direction.BACKWARD;
    }

    @Override
    public boolean needsVisibleSelf() {
        return direction == Direction.FORWARD;
    }

    @Override
    public Normalised normalised() {
        return Normalised.COLUMNS;
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return inputs.of(direction, side);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return direction == Direction.FORWARD ? inputs.mask() : inputs.mask(direction);
    }

    @Override
    public RealHead head(HeadScores inputs, int head) {
        return new ColumnStochasticHead(this, inputs, head);
    }
}
