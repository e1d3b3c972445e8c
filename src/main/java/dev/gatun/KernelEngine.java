package dev.gatun;

import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.SinkhornPass;
import java.util.function.Supplier;

/** The plan of one head's log-kernel, {@code 2^(z_ij + u_i + v_j)}. */
abstract class KernelEngine implements SinkhornEngine {

    /** Column sums below this have lost entries to underflow, and are formed again in the log domain. */
    private static final double UNDERFLOW = 1e-30;

    /** How often columns may be lifted out of underflow for one computation of the kernel. */
    private static final int LIFTS = 4;

    private static final double LOG_TWO = Math.log(2);

    /** Marginals. */
    final double[] mu;
    final double[] nu;

    /** The potentials that the kernel was last computed with. */
    final double[] u;
    final double[] v;

    private final Supplier<LogKernel> precise;
    private final double[] logMu;
    private final double[] logNu;
    private final HeadLoop.Pieces pieces;
    private SinkhornPass pass;
    private int sweeps;

    /** @param precise the log-kernel in double precision, for potentials that are too far apart for single precision */
    KernelEngine(LogKernel kernel, Supplier<LogKernel> precise, double[] mu, double[] nu, HeadLoop.Pieces pieces) {
        this.precise = precise;
        this.mu = mu;
        this.nu = nu;
        this.logMu = Potentials.logTwo(mu);
        this.logNu = Potentials.logTwo(nu);
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.pieces = pieces;
        this.pass = new SinkhornPass(kernel);
    }

    @Override
    public void start(double[] newV) {
        System.arraycopy(newV, 0, v, 0, v.length);
    }

    @Override
    public final double[] mu() {
        return mu;
    }

    @Override
    public final double[] nu() {
        return nu;
    }

    @Override
    public final int sweeps() {
        return sweeps;
    }

    final void countSweep() {
        sweeps++;
    }

    final SinkhornPass pass() {
        return pass;
    }

    /** {@code log2 factor}, exactly 0 for 1. */
    static double logTwo(double factor) {
        return factor == 1 ? 0 : Math.log(factor) / LOG_TWO;
    }

    /** Computes the kernel at v, with its rows fitted, and sums its columns. */
    final void compute(double[] columnSums) {
        if (!pass.kernel().precise() && spread() > SinkhornPass.WIDEST) {
            pass = new SinkhornPass(precise.get());
        }
        sweep(columnSums);
        for (int lift = 0; lift < LIFTS && underflowed(columnSums); lift++) {
            lift(columnSums);
            sweep(columnSums);
        }
    }

    private double spread() {
        return Potentials.greatest(v, pass.kernel()::columnOffset) - Potentials.least(v, pass.kernel()::columnOffset);
    }

    private void sweep(double[] columnSums) {
        pass(logMu, columnSums);
        sweeps++;
    }

    /** One pass over the kernel at v, which gives u and the column sums. */
    abstract void pass(double[] logMu, double[] columnSums);

    private boolean underflowed(double[] columnSums) {
        for (int j = 0; j < columnSums.length; j++) {
            if (columnSums[j] < UNDERFLOW * nu[j]) {
                return true;
            }
        }
        return false;
    }

    /** Gives columns that underflowed the potentials that fit them, in the log domain. */
    private void lift(double[] columnSums) {
        double[] logSums = Scaling.logSums(pass.kernel().transposed(), u, pieces);
        sweeps++;
        for (int j = 0; j < v.length; j++) {
            if (columnSums[j] < UNDERFLOW * nu[j]) {
                v[j] = logNu[j] - logSums[j];
            }
        }
    }
}
