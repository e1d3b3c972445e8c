package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.marginals.Components;
import java.util.Arrays;

/**
 * The dual of a relaxed problem with the row potentials and the translations eliminated:
 *
 * <pre>
 *   F(u, v) = rho_1 sum_i mu_i (e^(-u_i / rho_1) - 1) + rho_2 sum_j nu_j (e^(-v_j / rho_2) - 1) + sum_ij e^(z_ij + u_i + v_j)
 * </pre>
 *
 * (weights relative to eps). For given v the best rows are {@code u_i = part (log mu_i - log sum_j e^(z_ij + v_j))}. The best shift
 * {@code (u + t, v - t)} of each connected component of the kernel makes {@code R = sum_i mu_i e^(-u_i / rho_1)} and
 * {@code T = sum_j nu_j e^(-v_j / rho_2)} equal: {@code t (1 / (1 + rho_1) + 1 / rho_2) = log R - log T}, with rows fitted again. Both
 * are closed forms, so a {@link #fit} is one pass over the kernel. Shifts are kept apart from the potentials, which they may exceed
 * by as much as rho does. What is left is a smooth convex function of the columns' potentials with the gradient
 * {@code columnSums - targets}.
 *
 * <p>Potentials and logarithms are in units of log 2. Sums are in a unit of mass that keeps the largest of them within float64.
 */
final class RelaxedDual {

    private static final double LOG_TWO = Math.log(2);

    /** Column sums below this have lost entries to underflow. */
    private static final double UNDERFLOW = 1e-250;

    /** Weights from which {@code (1 + w) log(1 + x / w)} is x to the last bit. */
    private static final double NEARLY_ENFORCED = 1e20;

    /** Values up to which an average of exponentials is taken by its distance from 1. */
    private static final double SMALL = 0.5;

    private final KernelSweep sweep;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final boolean translated;
    private final double[] v;
    private final double[] u;
    private final double[] gap;
    private final double[] logRows;
    private final double[] sums;
    private final double[] logSums;
    private final double[] logTargets;
    private int[] rowComponent;
    private int[] columnComponent;
    private Shift[] shifts = {new Shift()};
    private Components components;
    private double unit;

    /** Column potentials less what the reference measure gives, before the shift. */
    final double[] g;

    /** The shift t of a component, in the two forms that are ordinary numbers for any weight, and what it leads to. */
    private static final class Shift {
        /** {@code t / (1 + rho_1)}. */
        private double ofRows;
        /** {@code t / rho_2}. */
        private double ofColumns;
        private double logMass;
        private double dual;
        private double earlierMass;
        private double earlierDual;
    }

    /** @param translated whether shifts are solved for; without, they stay 0 */
    RelaxedDual(KernelSweep sweep, SoftMarginal rows, SoftMarginal columns, boolean translated) {
        this.sweep = sweep;
        this.rows = rows;
        this.columns = columns;
        this.translated = translated;
        this.v = new double[columns.size()];
        this.u = new double[rows.size()];
        this.gap = new double[rows.size()];
        this.logRows = new double[rows.size()];
        this.sums = new double[columns.size()];
        this.logSums = new double[columns.size()];
        this.logTargets = new double[columns.size()];
        this.g = new double[columns.size()];
        this.rowComponent = new int[rows.size()];
        this.columnComponent = new int[columns.size()];
        this.components = components();
    }

    private Components components() {
        int ends = 0;
        for (int i = 0; i < rows.size(); i++) {
            ends += rows.has(i) ? 1 : 0;
        }
        for (int j = 0; j < columns.size(); j++) {
            ends += columns.has(j) ? 1 : 0;
        }
        return new Components(rows.size(), columns.size(), ends);
    }

    /** Fits rows and shifts to the columns' potentials {@link #g}, and sums the columns: one pass, seldom two. */
    void fit() {
        for (int j = 0; j < v.length; j++) {
            v[j] = columns.has(j) ? columns.base()[j] + g[j] : Double.NEGATIVE_INFINITY;
        }
        Arrays.fill(sums, 0.0);
        sweep.each(v, this::fitRows, this::add);
        boolean first = components != null;
        if (first) {
            takeComponents();
        }
        takeLogarithms();
        if (translated) {
            translate();
        }
        if (first) {
            unit = Math.max(0, Arrays.stream(logRows).max().orElseThrow());
        }
        for (int j = 0; j < sums.length; j++) {
            sums[j] = live(j) ? Math.pow(2, logSums[j] - unit) : 0;
        }
        if (translated) {
            measureDual();
        }
    }

    private void fitRows(KernelSweep.Block block) {
        for (int r = 0; r < block.rowCount(); r++) {
            int i = block.firstRow() + r;
            double logSum = block.logSums[r];
            boolean empty = !rows.has(i) || logSum == Double.NEGATIVE_INFINITY;
            double shift = empty ? 0 : shifts[rowComponent[i]].ofRows;
            gap[i] = empty ? 0 : rows.logMass()[i] - rows.base()[i] - logSum;
            u[i] = empty ? Double.NEGATIVE_INFINITY : rows.base()[i] + rows.part() * gap[i] - shift;
            logRows[i] = empty ? Double.NEGATIVE_INFINITY : rows.logMass()[i] - rows.rest() * gap[i] - shift;
            block.factors[r] = empty ? 0 : Math.pow(2, logRows[i] - unit) / block.sums[r];
        }
        block.sumColumns();
    }

    private void add(KernelSweep.Block block) {
        if (components != null) {
            connect(block);
        }
        for (int j = 0; j < sums.length; j++) {
            sums[j] += block.ofColumns[j];
        }
    }

    private void connect(KernelSweep.Block block) {
        for (int r = 0; r < block.rowCount() && !components.connected(); r++) {
            int i = block.firstRow() + r;
            for (int j = 0; rows.has(i) && j < sums.length && !components.connected(); j++) {
                if (columns.has(j) && block.visible(r, j)) {
                    components.connect(i, j);
                }
            }
        }
    }

    private void takeComponents() {
        int[] labels = components.labels();
        components = null;
        rowComponent = Arrays.copyOf(labels, rows.size());
        columnComponent = Arrays.copyOfRange(labels, rows.size(), labels.length);
        shifts = new Shift[Math.max(Arrays.stream(labels).max().orElseThrow() + 1, 0)];
        Arrays.setAll(shifts, k -> new Shift());
        for (int j = 0; j < g.length; j++) {
            if (!live(j)) {
                g[j] = Double.NEGATIVE_INFINITY;
                v[j] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    /** Whether a column has mass and sees a row with mass. */
    boolean live(int j) {
        return columnComponent[j] != Components.NONE;
    }

    /** Whether a row does. */
    boolean liveRow(int i) {
        return rowComponent[i] != Components.NONE;
    }

    /** Logarithms of column sums, formed again where sums have left the range of float64, and of their targets. */
    private void takeLogarithms() {
        boolean lost = false;
        for (int j = 0; j < sums.length; j++) {
            logSums[j] = Math.log(sums[j]) / LOG_TWO + unit;
            lost |= live(j) && !(sums[j] >= UNDERFLOW && sums[j] < Double.POSITIVE_INFINITY);
        }
        if (lost) {
            double[] exact = sweep.columnLogSums(u);
            for (int j = 0; j < sums.length; j++) {
                logSums[j] = exact[j] + v[j];
            }
        }
        for (int j = 0; j < sums.length; j++) {
            logTargets[j] = live(j)
                    ? columns.logMass()[j] - g[j] / columns.weight() + shifts[columnComponent[j]].ofColumns
                    : Double.NEGATIVE_INFINITY;
        }
    }

    private void translate() {
        double[] logR = logTotals(logRows, rowComponent);
        double[] logT = logTotals(logTargets, columnComponent);
        double[] ofRows = new double[shifts.length];
        double[] ofColumns = new double[shifts.length];
        for (int k = 0; k < shifts.length; k++) {
            double difference = logR[k] - logT[k];
            ofRows[k] = difference / (1 + (1 + rows.weight()) / columns.weight());
            ofColumns[k] = difference / (1 + columns.weight() / (1 + rows.weight()));
            shifts[k].ofRows += ofRows[k];
            shifts[k].ofColumns += ofColumns[k];
            shifts[k].logMass = logR[k] - ofRows[k];
        }
        for (int i = 0; i < u.length; i++) {
            u[i] -= liveRow(i) ? ofRows[rowComponent[i]] : 0;
            logRows[i] -= liveRow(i) ? ofRows[rowComponent[i]] : 0;
        }
        for (int j = 0; j < sums.length; j++) {
            if (live(j)) {
                logSums[j] -= ofRows[columnComponent[j]];
                logTargets[j] += ofColumns[columnComponent[j]];
            }
        }
    }

    private double[] logTotals(double[] logarithms, int[] component) {
        double[] largest = new double[shifts.length];
        Arrays.fill(largest, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < component.length; i++) {
            if (component[i] != Components.NONE) {
                largest[component[i]] = Math.max(largest[component[i]], logarithms[i]);
            }
        }
        double[] totals = new double[shifts.length];
        for (int i = 0; i < component.length; i++) {
            if (component[i] != Components.NONE) {
                totals[component[i]] += Math.pow(2, logarithms[i] - largest[component[i]]);
            }
        }
        Arrays.setAll(totals, k -> largest[k] + Math.log(totals[k]) / LOG_TWO);
        return totals;
    }

    /**
     * At the best shift the dual of a component is {@code w m} with the mass m and {@code w = 1 + rho_1 + rho_2}. Kept is
     * {@code w log m} up to a constant, by what rows and columns have without a shift:
     * {@code (1 + rho_1) log R + rho_2 log T}, each term by its distance from what infinite weights make of it.
     */
    private void measureDual() {
        double[] ofRows = logMeans(rows, rowComponent, gap, 1 + rows.weight());
        double[] ofColumns = logMeans(columns, columnComponent, g, columns.weight());
        for (int k = 0; k < shifts.length; k++) {
            shifts[k].dual = ofRows[k] + ofColumns[k];
        }
    }

    /** {@code weight log(sum_i m_i e^(-x_i / weight) / sum_i m_i)} over each component, in natural units. */
    private double[] logMeans(SoftMarginal side, int[] component, double[] x, double weight) {
        double[] logMass = logTotals(side.logMass(), component);
        boolean limit = weight > NEARLY_ENFORCED;
        double[] largest = new double[shifts.length];
        double[] means = new double[shifts.length];
        double[] logTerms = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            if (component[i] != Components.NONE) {
                int k = component[i];
                double share = Math.pow(2, side.logMass()[i] - logMass[k]);
                largest[k] = Math.max(largest[k], Math.abs(x[i] / weight) * LOG_TWO);
                means[k] += share * (limit ? -x[i] * LOG_TWO : Math.expm1(-x[i] / weight * LOG_TWO));
                logTerms[i] = side.logMass()[i] - x[i] / weight;
            }
        }
        double[] logTotals = logTotals(logTerms, component);
        for (int k = 0; k < means.length; k++) {
            double logMean = largest[k] <= SMALL ? Math.log1p(means[k]) : (logTotals[k] - logMass[k]) * LOG_TWO;
            means[k] = limit ? means[k] : weight * logMean;
        }
        return means;
    }

    /** Remembers the dual at hand, for {@link #change}. */
    void mark() {
        for (Shift shift : shifts) {
            shift.earlierDual = shift.dual;
            shift.earlierMass = Math.pow(2, shift.logMass - unit);
        }
    }

    /** By how much the dual has grown since it was marked. */
    double change() {
        double weight = 1 + rows.weight() + columns.weight();
        double change = 0;
        for (Shift shift : shifts) {
            double difference = shift.dual - shift.earlierDual;
            change += shift.earlierMass * (weight > NEARLY_ENFORCED ? difference : weight * Math.expm1(difference / weight));
        }
        return change;
    }

    /** The largest {@code |columnSum / target - 1|}. */
    double error() {
        double largest = 0;
        for (int j = 0; j < sums.length; j++) {
            if (live(j)) {
                largest = Math.max(largest, Math.abs(Math.expm1(excess(j) * LOG_TWO)));
            }
        }
        return largest;
    }

    /** {@code log2 (columnSum / target)}. */
    double excess(int j) {
        return logSums[j] - logTargets[j];
    }

    /** Column sums, in the unit of mass. */
    double[] sums() {
        return sums;
    }

    /** What column j is to sum to by its potential, {@code nu_j e^(-v_j / rho_2)}, in the unit of mass. */
    double target(int j) {
        return Math.pow(2, logTargets[j] - unit);
    }

    /** What row i sums to, {@code mu_i e^(-u_i / rho_1)}, in the unit of mass. */
    double rowSum(int i) {
        return Math.pow(2, logRows[i] - unit);
    }

    /** log2 of the sums of the rows, {@code mu_i e^(-u_i / rho_1)}; minus infinity for one without entries. */
    double[] logRowSums() {
        return logRows;
    }

    /** log2 of what the columns are to sum to; minus infinity for one without entries. */
    double[] logTargets() {
        return logTargets;
    }

    /** Potentials of the columns but for the shift, as the kernel takes them. */
    double[] v() {
        return v;
    }

    /** Potentials of the rows but for the shift. */
    double[] u() {
        return u;
    }

    /** The shift t of a row: its potential is {@code u + t}. */
    double rowShift(int i) {
        return liveRow(i) ? shift(shifts[rowComponent[i]]) : 0;
    }

    /** That of a column: its potential is {@code v - t}. */
    double columnShift(int j) {
        return live(j) ? shift(shifts[columnComponent[j]]) : 0;
    }

    private double shift(Shift shift) {
        double t = columns.weight() <= 1 + rows.weight() ? columns.weight() * shift.ofColumns
                : (1 + rows.weight()) * shift.ofRows;
        return Math.clamp(t, -Double.MAX_VALUE, Double.MAX_VALUE);
    }

    /** Takes from {@code gradient} what a shift of each component would add, which is rounding. */
    void project(double[] gradient) {
        double[] surplus = new double[shifts.length];
        double[] total = new double[shifts.length];
        for (int j = 0; j < gradient.length; j++) {
            if (live(j)) {
                surplus[columnComponent[j]] += gradient[j];
                total[columnComponent[j]] += sums[j];
            }
        }
        for (int j = 0; j < gradient.length; j++) {
            gradient[j] -= live(j) ? surplus[columnComponent[j]] * (sums[j] / total[columnComponent[j]]) : 0;
        }
    }
}
