package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.PartRows;
import java.io.Serial;

/**
 * A pass of a {@link KernelSweep} on other machines, whose parts are those of groups of rows.
 *
 * @param fraction the fraction of the inverse temperature
 * @param v        column potentials
 */
record SweepRequest(KernelSource source, double fraction, double[] v, SweepPass pass) implements HeadRequest<LogKernel> {

    @Serial
    private static final long serialVersionUID = 1;

    @Override
    public PartRows run(LogKernel kernel, int first, int end) {
        return KernelSweep.compute(kernel, this, first, end);
    }

    @Override
    public long sumBytes() {
        return pass.sumsColumns() ? (long) Double.BYTES * v.length : 0;
    }

    @Override
    public String toString() {
        return pass.toString();
    }
}
