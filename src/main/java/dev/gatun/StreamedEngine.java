package dev.gatun;

import dev.gatun.kernel.LogKernel;
import java.util.function.Supplier;

/** Keeps nothing of the plan but a strip of rows: every pass computes the kernel anew, one product and one exponential an entry. */
final class StreamedEngine extends KernelEngine {

    StreamedEngine(double[] mu, double[] nu, Supplier<LogKernel> precise) {
        super(mu, nu, precise);
    }

    @Override
    public void scale(double[] factors) {
        for (int j = 0; j < v.length; j++) {
            v[j] += nu[j] > 0 ? logTwo(factors[j]) : 0;
        }
    }

    @Override
    public void fit(double[] columnSums) {
        compute(columnSums);
    }

    @Override
    void fitRows(double[] columnSums) {
        pass().fitRows(logMu, v, u, columnSums);
    }

    @Override
    public void couple(double[] w, double[] out) {
        pass().couple(u, v, mu, w, out);
        countSweep();
    }

    @Override
    public void multiply(double[] w, double[] out) {
        pass().multiply(u, v, w, out);
        countSweep();
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
