package dev.gatun.internal.operator;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.sinkhorn.Outcome;
import dev.gatun.internal.sinkhorn.Solution;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.util.List;
import java.util.function.Supplier;

/**
 * A coupling, {@code exp(z_ij + u_i + v_j)} with the potentials of a Sinkhorn solve.
 *
 * @param direction the divergence that z is minus beta times
 * @param heads     the potentials of each head
 * @param uniform   whether the solve was for uniform marginals, enforced
 */
public record CouplingForm(Direction direction, List<HeadCoupling> heads, boolean uniform) implements RealForm {

    /** The largest error of a sum up to which the uniform distribution counts as stationary. */
    private static final double UNIFORM_ERROR = 1e-3;

    @Override
    public String label() {
        return "bistochastic";
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
    public boolean hasConjugate() {
        return direction == Direction.SYMMETRIC;
    }

    @Override
    public Normalised normalised() {
        return Normalised.BOTH;
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return inputs.of(direction, side);
    }

    @Override
    public KernelSource source(int head) {
        return new KernelSource.OfDivergence(direction);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return inputs.mask(direction);
    }

    @Override
    public double[] columnPotential(int head, Supplier<double[]> logSums) {
        return Potentials.inLogTwo(heads.get(head).v());
    }

    @Override
    public LogTransitions.Stationary stationary(int head, HeadScores inputs, boolean symmetric) {
        return symmetric && direction == Direction.SYMMETRIC ? LogTransitions.Stationary.REVERSIBLE
                : isBistochastic(heads.get(head).solution()) ? LogTransitions.Stationary.UNIFORM : LogTransitions.Stationary.UNKNOWN;
    }

    /** Whether row and column sums are 1 closely enough for the uniform distribution to be stationary. */
    private boolean isBistochastic(Solution solution) {
        return uniform && solution.outcome() == Outcome.CONVERGED
                && Math.max(solution.rowError(), solution.columnError()) <= UNIFORM_ERROR;
    }

    @Override
    public RealHead head(HeadScores inputs, int head) {
        return new CouplingHead(this, inputs, head);
    }
}
