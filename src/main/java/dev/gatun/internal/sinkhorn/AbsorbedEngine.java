package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.CouplingEntries;
import dev.gatun.kernel.pass.SinkhornPass;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Keeps the plan's entries, with the potentials that they were formed with absorbed, so that an iteration is one read of
 * them and has no exponentials. Where scalings leave a safe range the potentials are absorbed anew.
 */
final class AbsorbedEngine extends KernelEngine {

    /** Scalings beyond this, or below its inverse, are absorbed; entries that were flushed to 0 are negligible up to there. */
    private static final double MAX_SCALING = 0x1p40;

    private final double[] scale;
    private final double[] rowSums;
    private final double[] absorbedSums;
    private final double[] scratch;
    private final double[] rowFactors;
    private final double[] measuredRows;
    private final double[] measuredColumns;
    private final CouplingEntries entries;
    private final boolean bfloat16;
    private boolean absorbed;
    private boolean exact;
    private boolean direct;
    private boolean measuring;
    private boolean measured;

    /**
     * @param arena  where entries are kept
     * @param bfloat16 whether they are rounded to bfloat16
     */
    AbsorbedEngine(Arena arena, double[] mu, double[] nu, boolean bfloat16, Supplier<LogKernel> float64) {
        super(mu, nu, float64);
        this.scale = new double[nu.length];
        this.rowSums = new double[mu.length];
        this.absorbedSums = new double[mu.length];
        this.scratch = new double[nu.length];
        this.rowFactors = new double[mu.length];
        this.measuredRows = new double[mu.length];
        this.measuredColumns = new double[nu.length];
        this.bfloat16 = bfloat16;
        this.entries = new CouplingEntries(arena, mu.length, nu.length, bfloat16);
    }

    @Override
    void bind(LogKernel kernel, HeadLoop.Pieces pieces) {
        super.bind(kernel, pieces);
        exact = false;
        direct = false;
    }

    @Override
    public void start(double[] newV) {
        super.start(newV);
        Arrays.fill(scale, 1.0);
        absorbed = false;
        measuring = false;
    }

    @Override
    public void measureNext() {
        measuring = true;
    }

    @Override
    public void scale(double[] factors) {
        for (int j = 0; j < scale.length; j++) {
            scale[j] *= nu[j] > 0 ? factors[j] : 1;
        }
    }

    @Override
    public void fit(double[] columnSums) {
        measured = false;
        if (absorbed && columnsAreSafe()) {
            fitKept(columnSums);
        } else {
            absorb(columnSums);
        }
        measuring = false;
        if (!rowsAreSafe()) {
            absorb(columnSums);
        }
    }

    private void fitKept(double[] columnSums) {
        countSweep();
        double level = measuring && !exact ? operatorLevel() : 0;
        if (level > 0) {
            takeFactors(level);
            entries.fitAndSum(scratch, mu, rowSums, measuredRows, measuredColumns);
            for (int i = 0; i < rowSums.length; i++) {
                rowSums[i] *= level;
            }
            System.arraycopy(measuredColumns, 0, columnSums, 0, columnSums.length);
            measured = true;
            return;
        }
        if (exact) {
            entries.fitExactly(scale, mu, rowSums, columnSums);
        } else {
            entries.fit(scale, mu, rowSums, columnSums);
        }
        for (int j = 0; j < columnSums.length; j++) {
            columnSums[j] *= scale[j];
        }
    }

    /** The largest scaling, where an operator multiplies the entries as they are kept by scalings relative to it; else 0. */
    private double operatorLevel() {
        double level = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int j = 0; j < scale.length; j++) {
            level = scale[j] > level ? scale[j] : level;
            least = nu[j] > 0 && scale[j] < least ? scale[j] : least;
        }
        return direct && !bfloat16 && Math.scalb(least, (int) SinkhornPass.MAX_SPREAD) >= level ? level : 0;
    }

    private void takeFactors(double level) {
        for (int j = 0; j < scale.length; j++) {
            scratch[j] = scale[j] / level;
        }
    }

    private boolean columnsAreSafe() {
        for (int j = 0; j < scale.length; j++) {
            if (nu[j] > 0 && !safe(scale[j])) {
                return false;
            }
        }
        return true;
    }

    private boolean rowsAreSafe() {
        for (int i = 0; i < mu.length; i++) {
            // Products, for quotients take several times as long.
            boolean safe = rowSums[i] <= MAX_SCALING * absorbedSums[i] && MAX_SCALING * rowSums[i] >= absorbedSums[i]
                    && absorbedSums[i] > 0;
            if (mu[i] > 0 && !safe) {
                return false;
            }
        }
        return true;
    }

    private static boolean safe(double scaling) {
        return scaling <= MAX_SCALING && scaling >= 1 / MAX_SCALING;
    }

    private void absorb(double[] columnSums) {
        measured = false;
        for (int j = 0; j < v.length; j++) {
            v[j] += logTwo(scale[j]);
        }
        Arrays.fill(scale, 1.0);
        absorbed = true;
        if (leaveToScale()) {
            pass().keepRows(logMu, v, u, absorbedSums, entries);
            countSweep();
            direct = true;
            fitKept(columnSums);
        } else {
            compute(columnSums);
            System.arraycopy(absorbedSums, 0, rowSums, 0, rowSums.length);
        }
    }

    /**
     * Leaves potentials of the columns to their scalings where single precision can have them so, for entries to be those that
     * an operator multiplies by its factors; false where there is nothing to leave.
     */
    private boolean leaveToScale() {
        LogKernel kernel = pass().kernel();
        if (!pass().keepsDirectly(mu) || Potentials.spread(v, kernel) > SinkhornPass.MAX_SPREAD) {
            return false;
        }
        double level = Potentials.level(v, kernel);
        boolean apart = false;
        for (int j = 0; j < v.length; j++) {
            double below = v[j] + kernel.columnOffset(j) - level;
            scale[j] = below == 0 ? 1 : Math.pow(2, below);
            apart |= below != 0;
            v[j] = -kernel.columnOffset(j);
        }
        return apart;
    }

    @Override
    void fitRows(double[] columnSums) {
        direct = pass().fitRows(mu, logMu, v, u, columnSums, absorbedSums, entries);
    }

    /** By the factors that the entries have had, as {@link #measureKept} does by potentials. */
    @Override
    boolean measureLast(double[] sumsOfRows, double[] columnSums) {
        double level = measured ? 0 : operatorLevel();
        if (measured) {
            System.arraycopy(measuredRows, 0, sumsOfRows, 0, sumsOfRows.length);
            System.arraycopy(measuredColumns, 0, columnSums, 0, columnSums.length);
        } else if (level > 0) {
            takeFactors(level);
            for (int i = 0; i < mu.length; i++) {
                rowFactors[i] = mu[i] > 0 ? mu[i] / rowSums[i] * level : 0;
            }
            entries.sums(scratch, rowFactors, sumsOfRows, columnSums);
        }
        return measured || level > 0;
    }

    /** Entries that were kept before any potential was absorbed are those that an operator multiplies by its factors. */
    @Override
    boolean measureKept(double[] naturalU, double[] naturalV, double[] sumsOfRows, double[] columnSums) {
        if (!direct || bfloat16) {
            return false;
        }
        LogKernel kernel = pass().kernel();
        Potentials.inLogTwo(naturalU, u);
        Potentials.inLogTwo(naturalV, v);
        if (!Scaling.factored(kernel, u, v)) {
            return false;
        }
        double level = Potentials.level(v, kernel);
        for (int j = 0; j < v.length; j++) {
            scratch[j] = Math.pow(2, v[j] + kernel.columnOffset(j) - level);
        }
        for (int i = 0; i < u.length; i++) {
            rowFactors[i] = Math.pow(2, u[i] + kernel.rowOffset(i) + level);
        }
        entries.sums(scratch, rowFactors, sumsOfRows, columnSums);
        return true;
    }

    @Override
    public void sumExactly() {
        exact = true;
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
        countSweep();
        for (int j = 0; j < out.length; j++) {
            out[j] *= scale[j];
        }
    }

    @Override
    public void multiply(double[] w, double[] out) {
        for (int j = 0; j < w.length; j++) {
            scratch[j] = scale[j] * w[j];
        }
        for (int i = 0; i < mu.length; i++) {
            rowFactors[i] = mu[i] > 0 ? 1 / rowSums[i] : 0;
        }
        entries.multiply(scratch, rowFactors, out);
        countSweep();
    }

    @Override
    public boolean keepsRows() {
        return true;
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
            newU[i] = mu[i] > 0 ? u[i] + logTwo(absorbedSums[i] / rowSums[i]) : Double.NEGATIVE_INFINITY;
        }
        for (int j = 0; j < v.length; j++) {
            newV[j] = v[j] + logTwo(scale[j]);
        }
    }
}
