package dev.gatun;

import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.PlanEntries;
import dev.gatun.kernel.SinkhornPass;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Keeps the plan's entries, with the potentials that they were formed with absorbed, so that an iteration is one read of
 * them and has no exponentials. Where scalings leave a safe range the potentials are absorbed anew.
 */
final class AbsorbedEngine implements SinkhornEngine {

    /** Scalings beyond this, or below its inverse, are absorbed; entries that were flushed to 0 are negligible up to there. */
    private static final double GREATEST_SCALING = 0x1p40;

    /** Column sums below this have lost entries to underflow, and are formed again in the log domain. */
    private static final double UNDERFLOW = 1e-30;

    /** How often columns may be lifted out of underflow for one absorption. */
    private static final int LIFTS = 4;

    private static final double LOG_TWO = Math.log(2);

    private final Supplier<LogKernel> precise;
    private final double[] mu;
    private final double[] nu;
    private final double[] logMu;
    private final double[] logNu;
    private final double[] u;
    private final double[] v;
    private final double[] scale;
    private final double[] rowSums;
    private final double[] scratch;
    private final double[] rowFactors;
    private final PlanEntries entries;
    private final HeadLoop.Pieces pieces;
    private SinkhornPass pass;
    private boolean absorbed;
    private int sweeps;

    /** @param precise the log-kernel in double precision, for potentials that are too far apart for single precision */
    AbsorbedEngine(LogKernel kernel, Supplier<LogKernel> precise, double[] mu, double[] nu, HeadLoop.Pieces pieces) {
        this.precise = precise;
        this.mu = mu;
        this.nu = nu;
        this.logMu = Potentials.logTwo(mu);
        this.logNu = Potentials.logTwo(nu);
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.scale = new double[nu.length];
        this.rowSums = new double[mu.length];
        this.scratch = new double[nu.length];
        this.rowFactors = new double[mu.length];
        this.entries = new PlanEntries(Arena.ofAuto(), mu.length, nu.length);
        this.pieces = pieces;
        this.pass = new SinkhornPass(kernel);
    }

    @Override
    public void start(double[] newV) {
        System.arraycopy(newV, 0, v, 0, v.length);
        Arrays.fill(scale, 1.0);
        absorbed = false;
    }

    @Override
    public void scale(double[] factors) {
        for (int j = 0; j < scale.length; j++) {
            scale[j] *= nu[j] > 0 ? factors[j] : 1;
        }
    }

    @Override
    public void fit(double[] columnSums) {
        if (!absorbed || !within(scale, nu, nu)) {
            absorb(columnSums);
            return;
        }
        entries.fit(scale, mu, rowSums, columnSums);
        sweeps++;
        for (int j = 0; j < columnSums.length; j++) {
            columnSums[j] *= scale[j];
        }
        if (!within(rowSums, mu, mu)) {
            absorb(columnSums);
        }
    }

    /** Whether what has mass is within the safe range of {@code targets}, where mass is 1. */
    private boolean within(double[] values, double[] masses, double[] targets) {
        for (int i = 0; i < values.length; i++) {
            double target = values == scale ? 1 : targets[i];
            if (masses[i] > 0 && !(values[i] <= GREATEST_SCALING * target && values[i] * GREATEST_SCALING >= target)) {
                return false;
            }
        }
        return true;
    }

    private void absorb(double[] columnSums) {
        for (int j = 0; j < v.length; j++) {
            v[j] += scale[j] == 1 ? 0 : Math.log(scale[j]) / LOG_TWO;
        }
        Arrays.fill(scale, 1.0);
        System.arraycopy(mu, 0, rowSums, 0, mu.length);
        if (!pass.kernel().precise() && spread() > SinkhornPass.WIDEST) {
            pass = new SinkhornPass(precise.get());
        }
        form(columnSums);
        for (int lift = 0; lift < LIFTS && underflowed(columnSums); lift++) {
            lift(columnSums);
            form(columnSums);
        }
        absorbed = true;
    }

    private double spread() {
        return Potentials.greatest(v, pass.kernel()::columnOffset) - Potentials.least(v, pass.kernel()::columnOffset);
    }

    private void form(double[] columnSums) {
        pass.fitRows(logMu, v, u, columnSums, entries);
        sweeps++;
    }

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

    @Override
    public void couple(double[] w, double[] out) {
        for (int j = 0; j < w.length; j++) {
            scratch[j] = scale[j] * w[j];
        }
        for (int i = 0; i < mu.length; i++) {
            rowFactors[i] = mu[i] > 0 ? mu[i] / (rowSums[i] * rowSums[i]) : 0;
        }
        entries.couple(scratch, rowFactors, out);
        sweeps++;
        for (int j = 0; j < out.length; j++) {
            out[j] *= scale[j];
        }
    }

    @Override
    public void row(int i, double[] out) {
        double factor = mu[i] > 0 ? mu[i] / rowSums[i] : 0;
        entries.row(i, out);
        for (int j = 0; j < out.length; j++) {
            out[j] *= factor * scale[j];
        }
    }

    @Override
    public void potentials(double[] newU, double[] newV) {
        for (int i = 0; i < u.length; i++) {
            newU[i] = mu[i] > 0 ? u[i] + Math.log(mu[i] / rowSums[i]) / LOG_TWO : Double.NEGATIVE_INFINITY;
        }
        for (int j = 0; j < v.length; j++) {
            newV[j] = v[j] + Math.log(scale[j]) / LOG_TWO;
        }
    }

    @Override
    public int sweeps() {
        return sweeps;
    }
}
