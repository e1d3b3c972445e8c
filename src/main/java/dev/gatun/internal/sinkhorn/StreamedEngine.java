package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.Machines;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.SinkhornPass;
import java.util.function.Supplier;

/** Stores no entries: every pass computes the kernel again, a strip of rows at a time, one product and one exponential an entry. */
final class StreamedEngine extends KernelEngine {

    StreamedEngine(double[] mu, double[] nu, Supplier<LogKernel> float64) {
        super(mu, nu, float64);
    }

    @Override
    Machines machines() {
        return pieces().machines();
    }

    @Override
    public void scale(double[] factors) {
        for (int j = 0; j < v.length; j++) {
            v[j] += nu[j] > 0 ? logTwo(factors[j]) : 0;
        }
    }

    @Override
    public void fit(double[] columnSums) {
        measured = measuresNextFit && !isFloat64() && Potentials.spread(v, pass().kernel()) <= SinkhornPass.MAX_SPREAD;
        measuresNextFit = false;
        if (measured) {
            pass().fitRowsAndSum(logMu, v, u, measuredRows, measuredColumns);
            countPass();
            System.arraycopy(measuredColumns, 0, columnSums, 0, columnSums.length);
        } else {
            compute(columnSums);
        }
    }

    @Override
    boolean measureLastFit(double[] rowSums, double[] columnSums) {
        if (!measured || !Scaling.factored(pass().kernel(), u, v)) {
            return false;
        }
        copyMeasured(rowSums, columnSums);
        return true;
    }

    @Override
    void fitRows(double[] columnSums) {
        pass().fitRows(logMu, v, u, columnSums);
    }

    @Override
    public void couple(double[] w, double[] out) {
        pass().couple(u, v, mu, w, out);
        countPass();
    }

    @Override
    public void multiply(double[] w, double[] out) {
        pass().multiply(u, v, w, out);
        countPass();
        for (int i = 0; i < out.length; i++) {
            out[i] = mu[i] > 0 ? out[i] / mu[i] : 0;
        }
    }

    @Override
    public void potentials(double[] newU, double[] newV) {
        System.arraycopy(u, 0, newU, 0, u.length);
        System.arraycopy(v, 0, newV, 0, v.length);
    }
}
