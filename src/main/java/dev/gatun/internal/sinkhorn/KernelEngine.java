package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.SinkhornPass;
import java.util.Arrays;
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

    /** Logarithms of the marginals of the rows. */
    final double[] logMu;

    private final double[] boundMu;
    private final double[] boundNu;
    private final double[] logNu;
    private final Supplier<LogKernel> float64;
    private HeadLoop.Pieces pieces;
    private SinkhornPass pass;
    private int sweeps;

    /**
     * @param mu      marginals of the rows, as they are whenever a log-kernel is bound
     * @param nu      those of the columns
     * @param float64 the log-kernel bound last in double precision, for potentials that are too far apart for single
     */
    KernelEngine(double[] mu, double[] nu, Supplier<LogKernel> float64) {
        this.mu = mu;
        this.nu = nu;
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.boundMu = new double[mu.length];
        this.boundNu = new double[nu.length];
        this.logMu = Potentials.logTwo(boundMu);
        this.logNu = Potentials.logTwo(boundNu);
        this.float64 = float64;
    }

    /** Takes a log-kernel, and marginals anew. */
    void bind(LogKernel kernel, HeadLoop.Pieces newPieces) {
        pieces = newPieces;
        sweeps = 0;
        takeLogarithms(mu, boundMu, logMu);
        takeLogarithms(nu, boundNu, logNu);
        if (pass == null) {
            pass = new SinkhornPass(kernel);
        } else {
            pass.bind(kernel);
        }
    }

    /** Of masses that may be the same as the last. */
    private static void takeLogarithms(double[] masses, double[] last, double[] logarithms) {
        if (!Arrays.equals(masses, last)) {
            System.arraycopy(masses, 0, last, 0, last.length);
            Potentials.logTwo(masses, logarithms);
        }
    }

    /** Whether the log-kernel is in double precision by now. */
    final boolean isFloat64() {
        return pass.kernel().isFloat64();
    }

    /**
     * Sums of the entries that an operator with these potentials has, in double precision.
     *
     * @param kernel   takes the place of the one that is bound
     * @param naturalU in natural units
     * @param naturalV in natural units
     */
    final void measure(LogKernel kernel, double[] naturalU, double[] naturalV, double[] rowSums, double[] columnSums) {
        pass.bind(kernel);
        Potentials.inLogTwo(naturalU, u);
        Potentials.inLogTwo(naturalV, v);
        if (!isFloat64() && !Scaling.factored(kernel, u, v)) {
            pass.bind(float64.get());
        }
        pass.sums(u, v, rowSums, columnSums);
    }

    /**
     * As {@link #measure} of the potentials of the last {@link #fit}, where no pass of its own over the kernel is needed for it;
     * false where one is.
     */
    boolean measureLast(double[] rowSums, double[] columnSums) {
        return false;
    }

    /** As {@link #measure}, where the engine keeps the entries that the potentials multiply; false where it does not. */
    boolean measureKept(double[] naturalU, double[] naturalV, double[] rowSums, double[] columnSums) {
        return false;
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

    @Override
    public final void countSweep() {
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
        if (!isFloat64() && Potentials.spread(v, pass.kernel()) > SinkhornPass.MAX_SPREAD) {
            pass.bind(float64.get());
        }
        sweep(columnSums);
        for (int lift = 0; lift < LIFTS && underflowed(columnSums); lift++) {
            lift(columnSums);
            sweep(columnSums);
        }
    }

    private void sweep(double[] columnSums) {
        fitRows(columnSums);
        sweeps++;
    }

    /** One pass over the kernel at v, which gives u and the column sums. */
    abstract void fitRows(double[] columnSums);

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
