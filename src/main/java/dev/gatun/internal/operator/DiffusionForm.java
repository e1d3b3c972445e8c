package dev.gatun.internal.operator;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.Scaling;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.util.function.Supplier;

/**
 * Diffusion, {@code P+ = softmax_j(-beta d_ij + v_j)} with the potential {@code v = -alpha log r} of the row sums r of
 * {@code exp(-beta d)} (Coifman and Lafon 2006).
 */
public record DiffusionForm(double alpha) implements RowStochasticForm {

    @Override
    public String label() {
        return "diffusion";
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
    public boolean hasConjugate() {
        return true;
    }

    @Override
    public boolean isReversible() {
        return true;
    }

    @Override
    public double alpha(int head) {
        return alpha;
    }

    @Override
    public double growth() {
        return 1 + Math.abs(alpha);
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return side == Normalised.ROWS ? inputs.diffusion(alpha) : inputs.symmetric(side);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return inputs.mask(Direction.SYMMETRIC);
    }

    @Override
    public double[] columnPotential(int head, Supplier<double[]> logSums) {
        return alpha == 0 ? null : Scaling.alphaPotential(logSums.get(), alpha);
    }

    @Override
    public LogTransitions.Stationary stationary(int head, HeadScores inputs, boolean symmetric) {
        return symmetric ? LogTransitions.Stationary.REVERSIBLE : LogTransitions.Stationary.UNKNOWN;
    }
}
