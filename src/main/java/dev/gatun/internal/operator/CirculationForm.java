package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.Numbers;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.util.Arrays;

/**
 * Circulation, {@code softmax_j(beta ((1+c)/2 s_ij + (1-c)/2 s_ji))}.
 *
 * @param c the circulation of all heads, or one for each
 */
public record CirculationForm(Numbers c) implements RowStochasticForm {

    /** Copies the circulations. */
    public CirculationForm(double... c) {
        this(new Numbers(c.clone()));
    }

    private double of(int head) {
        return c.values()[c.values().length == 1 ? 0 : head];
    }

    @Override
    public String label() {
        return "circulation";
    }

    @Override
    public boolean needsSelfScores() {
        return true;
    }

    @Override
    public boolean needsVisibleSelf() {
        return false;
    }

    @Override
    public double growth() {
        return 1 + Arrays.stream(c.values()).map(Math::abs).max().orElse(0);
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return inputs.circulation(of(head), side);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return inputs.circulationMask(of(head));
    }

    @Override
    public LogTransitions.Stationary stationary(int head, HeadScores inputs, boolean symmetric) {
        return symmetric && (of(head) == 0 || inputs.points()) ? LogTransitions.Stationary.REVERSIBLE : LogTransitions.Stationary.UNKNOWN;
    }
}
