package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.rows.KernelChoice;
import dev.gatun.internal.sinkhorn.trace.SolveTrace;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.coupling.CouplingEntries;
import dev.gatun.kernel.pass.SinkhornPass;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Stores the entries {@code 2^(z_ij + u_i + v_j)} with absorbed potentials, so that an iteration is one read of them without
 * exponentials. When a scaling leaves a safe range it is absorbed into the potentials, and the entries are computed again.
 */
final class AbsorbedEngine extends KernelEngine {

    /** Scalings above this or below its inverse are absorbed; within, entries that were flushed to 0 are negligible. */
    private static final double MAX_SCALING = 0x1p40;

    private final double[] scale;
    private final double[] rowSums;
    private final double[] absorbedSums;
    private final double[] scratch;
    private final double[] rowFactors;
    private final CouplingEntries entries;
    private final boolean bfloat16;
    private boolean stored;
    private boolean float64Sums;

    /** Whether the entries were stored before any potential was absorbed: an operator multiplies them by its factors. */
    private boolean storesOperator;

    /**
     * @param arena    memory of the entries
     * @param bfloat16 whether entries are rounded to bfloat16
     */
    AbsorbedEngine(Arena arena, double[] mu, double[] nu, boolean bfloat16, Supplier<LogKernel> float64) {
        super(mu, nu, float64);
        this.scale = new double[nu.length];
        this.rowSums = new double[mu.length];
        this.absorbedSums = new double[mu.length];
        this.scratch = new double[nu.length];
        this.rowFactors = new double[mu.length];
        this.bfloat16 = bfloat16;
        this.entries = new CouplingEntries(arena, mu.length, nu.length, bfloat16);
    }

    @Override
    void bind(LogKernel kernel, KernelChoice choice, HeadLoop.Pieces pieces, SolveTrace newTrace) {
        super.bind(kernel, choice, pieces, newTrace);
        entries.share(pieces);
        float64Sums = false;
        storesOperator = false;
    }

    @Override
    public void start(double[] newV) {
        super.start(newV);
        Arrays.fill(scale, 1.0);
        stored = false;
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
        if (stored && columnsAreSafe()) {
            fitStored(columnSums);
        } else {
            absorb(columnSums);
        }
        measuresNextFit = false;
        if (!rowsAreSafe()) {
            absorb(columnSums);
        }
    }

    private void fitStored(double[] columnSums) {
        countPass();
        double level = measuresNextFit && !float64Sums ? operatorLevel() : 0;
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
        if (float64Sums) {
            entries.fitExactly(scale, mu, rowSums, columnSums);
        } else {
            entries.fit(scale, mu, rowSums, columnSums);
        }
        for (int j = 0; j < columnSums.length; j++) {
            columnSums[j] *= scale[j];
        }
    }

    /** The largest column scaling, if the stored entries times scalings relative to it are those of the operator; 0 if not. */
    private double operatorLevel() {
        double level = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int j = 0; j < scale.length; j++) {
            level = scale[j] > level ? scale[j] : level;
            least = nu[j] > 0 && scale[j] < least ? scale[j] : least;
        }
        return storesOperator && !bfloat16 && Math.scalb(least, (int) SinkhornPass.MAX_SPREAD) >= level ? level : 0;
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
            // Products: quotients take several times as long.
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
        if (stored) {
            trace.note(StepKind.ABSORPTION);
        }
        stored = true;
        if (moveToScaling()) {
            pass().keepRows(logMu, v, u, absorbedSums, entries);
            countPass();
            storesOperator = true;
            fitStored(columnSums);
        } else {
            compute(columnSums);
            System.arraycopy(absorbedSums, 0, rowSums, 0, rowSums.length);
        }
    }

    /**
     * Moves the column potentials to the scalings if float32 can hold them, so that the stored entries are those that the operator
     * multiplies by its factors; false if no potential has moved.
     */
    private boolean moveToScaling() {
        LogKernel kernel = pass().kernel();
        if (!pass().keepsDirectly(mu) || Potentials.spread(v, kernel) > SinkhornPass.MAX_SPREAD) {
            return false;
        }
        double level = Potentials.level(v, kernel);
        boolean moved = false;
        for (int j = 0; j < v.length; j++) {
            double below = v[j] + kernel.columnOffset(j) - level;
            scale[j] = below == 0 ? 1 : LogTwo.exp2(below);
            moved |= below != 0;
            v[j] = -kernel.columnOffset(j);
        }
        return moved;
    }

    @Override
    void fitRows(double[] columnSums) {
        storesOperator = pass().fitRows(mu, logMu, v, u, columnSums, absorbedSums, entries);
    }

    /** Sums the stored entries times the factors of the last fit, unless it was measured. */
    @Override
    boolean measureLastFit(double[] sumsOfRows, double[] columnSums) {
        double level = measured ? 0 : operatorLevel();
        if (measured) {
            copyMeasured(sumsOfRows, columnSums);
        } else if (level > 0) {
            takeFactors(level);
            for (int i = 0; i < mu.length; i++) {
                rowFactors[i] = mu[i] > 0 ? mu[i] / rowSums[i] * level : 0;
            }
            entries.sums(scratch, rowFactors, sumsOfRows, columnSums);
        }
        return measured || level > 0;
    }

    /** Sums the stored entries times the factors of an operator with these potentials. */
    @Override
    boolean measureStored(double[] naturalU, double[] naturalV, double[] sumsOfRows, double[] columnSums) {
        if (!storesOperator || bfloat16) {
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
            scratch[j] = LogTwo.exp2(v[j] + kernel.columnOffset(j) - level);
        }
        for (int i = 0; i < u.length; i++) {
            rowFactors[i] = LogTwo.exp2(u[i] + kernel.rowOffset(i) + level);
        }
        entries.sums(scratch, rowFactors, sumsOfRows, columnSums);
        return true;
    }

    @Override
    public void useFloat64Sums() {
        if (!float64Sums) {
            trace.note(StepKind.FLOAT64);
        }
        float64Sums = true;
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
        countPass();
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
        countPass();
    }

    @Override
    public boolean storesRows() {
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
