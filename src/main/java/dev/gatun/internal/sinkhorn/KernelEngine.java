package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.rows.KernelChoice;
import dev.gatun.internal.rows.RowRequest;
import dev.gatun.internal.sinkhorn.trace.SolveTrace;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Machines;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.PartRequest;
import dev.gatun.kernel.pass.PartRows;
import dev.gatun.kernel.pass.SinkhornPass;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** An engine over the log-kernel of one head; how entries are stored is left to its subclasses. */
abstract class KernelEngine implements SinkhornEngine {

    /** Column sums below this part of their targets have lost entries to underflow. */
    private static final double UNDERFLOW = 1e-30;

    /** The corrections of underflowed columns in one computation of the kernel. */
    private static final int MAX_CORRECTIONS = 4;

    /** Row marginals. */
    final double[] mu;

    /** Column marginals. */
    final double[] nu;

    /** The row potentials of the last computation of the kernel. */
    final double[] u;

    /** The column potentials of the last computation of the kernel. */
    final double[] v;

    /** log2 of the row marginals. */
    final double[] logMu;

    /** Row sums of the operator with the potentials of the last fit, if it was measured. */
    final double[] measuredRows;

    /** Column sums likewise. */
    final double[] measuredColumns;

    /** Whether the next fit must be measured. */
    boolean measuresNextFit;

    /** Whether the last fit was measured. */
    boolean measured;

    /** Notes what a fit does beside fitting. */
    SolveTrace trace = SolveTrace.NONE;

    private final double[] boundMu;
    private final double[] boundNu;
    private final double[] logNu;
    private final Supplier<LogKernel> float64;
    private KernelChoice choice;
    private HeadLoop.Pieces pieces;
    private SinkhornPass pass;
    private int passes;

    /**
     * @param mu      row marginals, read whenever a log-kernel is bound
     * @param nu      column marginals likewise
     * @param float64 builds the bound log-kernel in float64, for potentials too far apart for float32
     */
    KernelEngine(double[] mu, double[] nu, Supplier<LogKernel> float64) {
        this.mu = mu;
        this.nu = nu;
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.measuredRows = new double[mu.length];
        this.measuredColumns = new double[nu.length];
        this.boundMu = new double[mu.length];
        this.boundNu = new double[nu.length];
        this.logMu = Potentials.logTwo(boundMu);
        this.logNu = Potentials.logTwo(boundNu);
        this.float64 = float64;
    }

    /**
     * Binds a log-kernel, the current marginals and the trace of a solve, and sets the passes to 0.
     *
     * @param newChoice says to other machines which log-kernel it is; null if there are none
     */
    void bind(LogKernel kernel, KernelChoice newChoice, HeadLoop.Pieces newPieces, SolveTrace newTrace) {
        choice = newChoice;
        pieces = newPieces;
        trace = newTrace;
        passes = 0;
        takeLogarithms(mu, boundMu, logMu);
        takeLogarithms(nu, boundNu, logNu);
        if (pass == null) {
            pass = machines() == null ? new SinkhornPass(kernel) : SinkhornPass.on(this::elsewhere, kernel);
        } else {
            pass.bind(kernel);
        }
        pass.share(pieces);
    }

    /** The other machines that compute the rows of passes; null if this one does. */
    Machines machines() {
        return null;
    }

    final HeadLoop.Pieces pieces() {
        return pieces;
    }

    /** Has other machines compute the rows of a pass. */
    private List<PartRows> elsewhere(PartRequest request, int groups) {
        return machines().run(new RowRequest.Pass(choice, request), groups).stream().map(PartRows.class::cast).toList();
    }

    /** Takes logarithms of masses that differ from the last ones. */
    private static void takeLogarithms(double[] masses, double[] last, double[] logarithms) {
        if (!Arrays.equals(masses, last)) {
            System.arraycopy(masses, 0, last, 0, last.length);
            Potentials.logTwo(masses, logarithms);
        }
    }

    /** Whether the bound log-kernel is in float64. */
    final boolean isFloat64() {
        return pass.kernel().isFloat64();
    }

    /**
     * Sums the entries of the operator with these potentials in float64.
     *
     * @param kernel    is bound in place of the current one
     * @param newChoice says which log-kernel it is
     * @param naturalU  row potentials in natural units
     * @param naturalV  column potentials in natural units
     */
    final void measure(LogKernel kernel, KernelChoice newChoice, double[] naturalU, double[] naturalV, double[] rowSums,
                       double[] columnSums) {
        choice = newChoice;
        pass.bind(kernel);
        Potentials.inLogTwo(naturalU, u);
        Potentials.inLogTwo(naturalV, v);
        if (!isFloat64() && !Scaling.factored(kernel, u, v)) {
            pass.bind(float64.get());
        }
        pass.sums(u, v, rowSums, columnSums);
    }

    /** As {@link #measure} of the potentials of the last {@link #fit}, if stored sums or entries have them; false if not. */
    boolean measureLastFit(double[] rowSums, double[] columnSums) {
        return false;
    }

    /** Copies the sums of the last fit, which was measured. */
    final void copyMeasured(double[] rowSums, double[] columnSums) {
        System.arraycopy(measuredRows, 0, rowSums, 0, rowSums.length);
        System.arraycopy(measuredColumns, 0, columnSums, 0, columnSums.length);
    }

    /** As {@link #measure}, if the engine stores the entries that the potentials multiply; false if not. */
    boolean measureStored(double[] naturalU, double[] naturalV, double[] rowSums, double[] columnSums) {
        return false;
    }

    @Override
    public void start(double[] newV) {
        System.arraycopy(newV, 0, v, 0, v.length);
        measuresNextFit = false;
    }

    @Override
    public final void measureNextFit() {
        measuresNextFit = true;
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
    public final int passes() {
        return passes;
    }

    @Override
    public final void countPass() {
        passes++;
    }

    final SinkhornPass pass() {
        return pass;
    }

    /** {@code log2 factor}, exactly 0 for 1. */
    static double logTwo(double factor) {
        return factor == 1 ? 0 : LogTwo.log2(factor);
    }

    /** Computes the kernel at v, fits its rows and sums its columns. */
    final void compute(double[] columnSums) {
        if (!isFloat64() && Potentials.spread(v, pass.kernel()) > SinkhornPass.MAX_SPREAD) {
            pass.bind(float64.get());
            trace.note(StepKind.FLOAT64);
        }
        fitAndCount(columnSums);
        for (int c = 0; c < MAX_CORRECTIONS && underflowed(columnSums); c++) {
            correct(columnSums);
            fitAndCount(columnSums);
        }
    }

    private void fitAndCount(double[] columnSums) {
        fitRows(columnSums);
        passes++;
    }

    /** Computes u and the column sums in one pass over the kernel at v. */
    abstract void fitRows(double[] columnSums);

    private boolean underflowed(double[] columnSums) {
        for (int j = 0; j < columnSums.length; j++) {
            if (columnSums[j] < UNDERFLOW * nu[j]) {
                return true;
            }
        }
        return false;
    }

    /** Fits the potentials of underflowed columns in the log domain. */
    private void correct(double[] columnSums) {
        double[] logSums = columnLogSums();
        passes++;
        trace.note(StepKind.UNDERFLOW);
        for (int j = 0; j < v.length; j++) {
            if (columnSums[j] < UNDERFLOW * nu[j]) {
                v[j] = logNu[j] - logSums[j];
            }
        }
    }

    /** {@code log2 sum_i 2^(z_ij + u_i)} of each column. */
    private double[] columnLogSums() {
        if (machines() == null) {
            return Scaling.logSums(pass.kernel().transposed(), u, pieces);
        }
        return RowEntries.joined(machines().run(new RowRequest.ColumnLogSums(choice, isFloat64(), u), Lanes.blocks(v.length)), v.length);
    }
}
