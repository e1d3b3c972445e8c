package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.Scaling;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.util.function.Supplier;

/**
 * Another operator with a potential added to its columns and its rows normalised anew, {@code softmax_j(z_ij + v_j + h_j)}: the
 * transition of a Schroedinger bridge.
 *
 * @param base  the operator without h, whose rows are normalised, or both sides by potentials
 * @param drive h of each head, in units of log 2
 */
public record DrivenForm(RealForm base, double[][] drive) implements RealForm {

    /** {@code base} with {@code drive}, beside what drives it already. */
    public static DrivenForm of(RealForm base, double[][] drive) {
        if (!(base instanceof DrivenForm driven)) {
            return new DrivenForm(base, drive);
        }
        double[][] sum = new double[drive.length][];
        for (int head = 0; head < sum.length; head++) {
            sum[head] = Scaling.sum(driven.drive[head], drive[head]);
        }
        return new DrivenForm(driven.base, sum);
    }

    @Override
    public String label() {
        return "a driven operator";
    }

    @Override
    public boolean needsSelfScores() {
        return base.needsSelfScores();
    }

    @Override
    public boolean needsVisibleSelf() {
        return base.needsVisibleSelf();
    }

    @Override
    public double growth() {
        return base.growth();
    }

    @Override
    public Normalised normalised() {
        return Normalised.BOTH;
    }

    @Override
    public LogKernel kernel(int head, HeadScores inputs, Normalised side) {
        return base.kernel(head, inputs, side);
    }

    @Override
    public Mask mask(int head, HeadScores inputs) {
        return base.mask(head, inputs);
    }

    @Override
    public KernelSource source(int head) {
        return base.source(head);
    }

    @Override
    public double[] columnPotential(int head, Supplier<double[]> logSums) {
        double[] potential = base.columnPotential(head, logSums);
        return potential == null ? drive[head] : Scaling.sum(potential, drive[head]);
    }

    @Override
    public RealHead head(HeadScores inputs, int head) {
        return new RowStochasticHead(this, inputs, head);
    }
}
