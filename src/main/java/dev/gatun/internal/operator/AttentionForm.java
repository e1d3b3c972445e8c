package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;

/** Attention, {@code A>+ = softmax_j(beta s_ij)}. */
public record AttentionForm() implements RowStochasticForm {

    @Override
    public String label() {
        return "attention";
    }

    @Override
    public boolean needsSelfScores() {
        return false;
    }

    @Override
    public boolean needsVisibleSelf() {
        return false;
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return inputs.scores(side);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return inputs.mask();
    }

    @Override
    public LogTransitions.Stationary stationary(int head, HeadScores inputs, boolean symmetric) {
        return symmetric && inputs.points() ? LogTransitions.Stationary.REVERSIBLE : LogTransitions.Stationary.UNKNOWN;
    }
}
