package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.marginals.Components;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.Band;
import java.util.Arrays;

/**
 * The dual of a problem with soft marginals, with the row potentials and the shifts eliminated:
 *
 * <pre>
 *   F(u, v) = rho_1 sum_i mu_i (e^(-u_i / rho_1) - 1) + rho_2 sum_j nu_j (e^(-v_j / rho_2) - 1) + sum_ij e^(z_ij + u_i + v_j)
 * </pre>
 *
 * (weights relative to eps). For given v the best rows are
 * {@code u_i = rho_1 / (1 + rho_1) (log mu_i - log sum_j e^(z_ij + v_j))}, and the best shifts are those of {@link ComponentShifts}. Both
 * are closed forms, so a {@link #fit} is one pass over the kernel. The result is a smooth convex function of the column potentials with
 * the gradient {@code columnSums - targets}.
 *
 * <p>Potentials and logarithms are in units of log 2. Sums are in a unit of mass for which the largest of them is finite in float64.
 */
final class RelaxedDual {

    /** Column sums below this have lost entries to underflow. */
    private static final double UNDERFLOW = 1e-250;

    private final KernelSweep sweep;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final ComponentShifts shifts;
    private final boolean shifted;
    private final double[] v;
    private final double[] u;
    private final double[] gap;
    private final double[] logRows;
    private final double[] sums;
    private final double[] logSums;
    private final double[] logTargets;
    private boolean fitted;
    private double unit;

    /** Column potentials relative to the reference measure, before the shift. */
    final double[] g;

    /** @param shifted whether shifts are solved for; if not, they are 0 */
    RelaxedDual(KernelSweep sweep, SoftMarginal rows, SoftMarginal columns, boolean shifted) {
        this.sweep = sweep;
        this.rows = rows;
        this.columns = columns;
        this.shifts = new ComponentShifts(rows, columns);
        this.shifted = shifted;
        this.v = new double[columns.size()];
        this.u = new double[rows.size()];
        this.gap = new double[rows.size()];
        this.logRows = new double[rows.size()];
        this.sums = new double[columns.size()];
        this.logSums = new double[columns.size()];
        this.logTargets = new double[columns.size()];
        this.g = new double[columns.size()];
    }

    /** The components of the pairs that are visible and have mass. */
    private Components components() {
        int nodes = 0;
        for (int i = 0; i < rows.size(); i++) {
            nodes += rows.hasMass(i) ? 1 : 0;
        }
        for (int j = 0; j < columns.size(); j++) {
            nodes += columns.hasMass(j) ? 1 : 0;
        }
        Components components = new Components(rows.size(), columns.size(), nodes);
        boolean first = true;
        for (int i = 0; i < rows.size() && !components.connected(); i++) {
            if (rows.hasMass(i)) {
                connect(components, i, sweep.mask() == Band.ALL && !first);
                first = false;
            }
        }
        return components;
    }

    /** Connects row i to the columns that it sees; {@code one} of them is enough if the others are connected. */
    private void connect(Components components, int i, boolean one) {
        int end = sweep.mask().endColumn(i, columns.size());
        for (int j = sweep.mask().firstColumn(i); j < end && !components.connected(); j++) {
            if (columns.hasMass(j) && sweep.mask().visible(i, j)) {
                components.connect(i, j);
                if (one) {
                    return;
                }
            }
        }
    }

    /** Fits rows and shifts to the column potentials {@link #g} and sums the columns: one pass, or two after underflow. */
    void fit() {
        for (int j = 0; j < v.length; j++) {
            v[j] = columns.hasMass(j) ? columns.logReference()[j] + g[j] : Double.NEGATIVE_INFINITY;
        }
        boolean first = !fitted;
        fitted = true;
        if (first) {
            takeComponents();
        }
        SweepPass.Fit fit = new SweepPass.Fit(rows, rowShifts(), unit);
        double[] logRowSums = new double[u.length];
        sweep.run(v, fit, logRowSums, sums);
        fitRows(fit, logRowSums);
        takeLogarithms();
        if (shifted) {
            shifts.solve(u, logRows, logSums, logTargets);
        }
        if (first) {
            unit = Math.max(0, Arrays.stream(logRows).max().orElseThrow());
        }
        for (int j = 0; j < sums.length; j++) {
            sums[j] = connectsColumn(j) ? LogTwo.exp2(logSums[j] - unit) : 0;
        }
        if (shifted) {
            shifts.measureDual(gap, g);
        }
    }

    private double[] rowShifts() {
        double[] ofRows = new double[u.length];
        for (int i = 0; i < ofRows.length; i++) {
            ofRows[i] = connectsRow(i) ? shifts.ofRow(i) : 0;
        }
        return ofRows;
    }

    private void fitRows(SweepPass.Fit fit, double[] logRowSums) {
        for (int i = 0; i < u.length; i++) {
            boolean empty = fit.empty(i, logRowSums[i]);
            gap[i] = empty ? 0 : fit.gap(i, logRowSums[i]);
            u[i] = empty ? Double.NEGATIVE_INFINITY : rows.logReference()[i] + rows.exponent() * gap[i] - fit.shifts()[i];
            logRows[i] = empty ? Double.NEGATIVE_INFINITY : fit.logRow(i, logRowSums[i]);
        }
    }

    private void takeComponents() {
        shifts.setComponents(components().labels());
        for (int j = 0; j < g.length; j++) {
            if (!connectsColumn(j)) {
                g[j] = Double.NEGATIVE_INFINITY;
                v[j] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    /** Whether column j has mass and a row with mass sees it. */
    boolean connectsColumn(int j) {
        return shifts.connectsColumn(j);
    }

    /** Whether row i has mass and sees a column with mass. */
    boolean connectsRow(int i) {
        return shifts.connectsRow(i);
    }

    /** Computes logarithms of the column sums, in the log domain if some have left the range of float64, and of their targets. */
    private void takeLogarithms() {
        boolean outOfRange = false;
        for (int j = 0; j < sums.length; j++) {
            logSums[j] = LogTwo.log2(sums[j]) + unit;
            outOfRange |= connectsColumn(j) && !(sums[j] >= UNDERFLOW && sums[j] < Double.POSITIVE_INFINITY);
        }
        if (outOfRange) {
            double[] exact = sweep.columnLogSums(u);
            for (int j = 0; j < sums.length; j++) {
                logSums[j] = exact[j] + v[j];
            }
        }
        for (int j = 0; j < sums.length; j++) {
            logTargets[j] = connectsColumn(j) ? columns.logMass()[j] - g[j] / columns.weight() + shifts.ofColumn(j)
                    : Double.NEGATIVE_INFINITY;
        }
    }

    /** Marks the current dual, for {@link #change}. */
    void mark() {
        shifts.mark(unit);
    }

    /** The current dual less the marked one. */
    double change() {
        return shifts.change();
    }

    /** The largest {@code |columnSum / target - 1|}. */
    double error() {
        double largest = 0;
        for (int j = 0; j < sums.length; j++) {
            if (connectsColumn(j)) {
                largest = Math.max(largest, Math.abs(StrictMath.expm1(logRatio(j) * LogTwo.VALUE)));
            }
        }
        return largest;
    }

    /** {@code log2 (columnSum / target)} of column j. */
    double logRatio(int j) {
        return logSums[j] - logTargets[j];
    }

    /** Column sums, in the unit of mass. */
    double[] sums() {
        return sums;
    }

    /** The target {@code nu_j e^(-v_j / rho_2)} of the sum of column j, in the unit of mass. */
    double target(int j) {
        return LogTwo.exp2(logTargets[j] - unit);
    }

    /** The sum {@code mu_i e^(-u_i / rho_1)} of row i, in the unit of mass. */
    double rowSum(int i) {
        return LogTwo.exp2(logRows[i] - unit);
    }

    /** {@link #rowSum} of all rows; 0 of a row that is not connected. */
    double[] rowSums() {
        double[] all = new double[u.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = connectsRow(i) ? rowSum(i) : 0;
        }
        return all;
    }

    /** log2 of the row sums {@code mu_i e^(-u_i / rho_1)}; minus infinity for a row without entries. */
    double[] logRowSums() {
        return logRows;
    }

    /** log2 of the targets of the column sums; minus infinity for a column without entries. */
    double[] logTargets() {
        return logTargets;
    }

    /** Column potentials of the kernel, before the shift. */
    double[] v() {
        return v;
    }

    /** Row potentials of the kernel, before the shift. */
    double[] u() {
        return u;
    }

    /** The shift t of row i: its potential is {@code u + t}. */
    double rowShift(int i) {
        return shifts.rowShift(i);
    }

    /** The shift t of column j: its potential is {@code v - t}. */
    double columnShift(int j) {
        return shifts.columnShift(j);
    }

    /** Subtracts from {@code gradient} its component along the shifts, which is rounding. */
    void project(double[] gradient) {
        shifts.project(gradient, sums);
    }
}
