package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.marginals.Components;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/**
 * The best shift {@code (u + t, v - t)} of each connected component of the kernel, and the dual that it leads to.
 *
 * <p>At the best shift {@code R = sum_i mu_i e^(-u_i / rho_1)} and {@code T = sum_j nu_j e^(-v_j / rho_2)} of the component are equal:
 * {@code t (1 / (1 + rho_1) + 1 / rho_2) = log R - log T}, with the rows fitted again (Sejourne, Vialard and Peyre 2022). Shifts are
 * stored apart from the potentials, which they may exceed by a factor of rho. Logarithms are in units of log 2.
 */
final class ComponentShifts {

    /** Weights above which {@code (1 + w) log(1 + x / w)} is x in float64. */
    private static final double NEARLY_ENFORCED = 1e20;

    /** Exponents up to which a mean of exponentials is computed by its distance from 1. */
    private static final double SMALL = 0.5;

    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private int[] rowComponent;
    private int[] columnComponent;
    private Shift[] shifts = {new Shift()};

    /** The shift t of a component, in two forms that float64 holds for every weight, and its dual. */
    private static final class Shift {
        /** {@code t / (1 + rho_1)}. */
        private double ofRows;
        /** {@code t / rho_2}. */
        private double ofColumns;
        private double addedToRows;
        private double addedToColumns;
        private double logMass;
        private double dual;
        private double markedMass;
        private double markedDual;
    }

    /** One component of all rows and columns, with a shift of 0. */
    ComponentShifts(SoftMarginal rows, SoftMarginal columns) {
        this.rows = rows;
        this.columns = columns;
        this.rowComponent = new int[rows.size()];
        this.columnComponent = new int[columns.size()];
    }

    /** Sets the components, with shifts of 0: their {@link Components#labels}. */
    void setComponents(int[] labels) {
        rowComponent = Arrays.copyOf(labels, rows.size());
        columnComponent = Arrays.copyOfRange(labels, rows.size(), labels.length);
        shifts = new Shift[Math.max(Arrays.stream(labels).max().orElseThrow() + 1, 0)];
        Arrays.setAll(shifts, k -> new Shift());
    }

    /** Whether row i has mass and sees a column with mass. */
    boolean connectsRow(int i) {
        return rowComponent[i] != Components.NONE;
    }

    /** Whether column j has mass and a row with mass sees it. */
    boolean connectsColumn(int j) {
        return columnComponent[j] != Components.NONE;
    }

    /** {@code t / (1 + rho_1)} of the component of row i, which must be connected. */
    double ofRow(int i) {
        return shifts[rowComponent[i]].ofRows;
    }

    /** {@code t / rho_2} of the component of column j, which must be connected. */
    double ofColumn(int j) {
        return shifts[columnComponent[j]].ofColumns;
    }

    /** The shift t of row i: its potential is {@code u + t}. */
    double rowShift(int i) {
        return connectsRow(i) ? shift(shifts[rowComponent[i]]) : 0;
    }

    /** The shift t of column j: its potential is {@code v - t}. */
    double columnShift(int j) {
        return connectsColumn(j) ? shift(shifts[columnComponent[j]]) : 0;
    }

    private double shift(Shift shift) {
        double t = columns.weight() <= 1 + rows.weight() ? columns.weight() * shift.ofColumns
                : (1 + rows.weight()) * shift.ofRows;
        return Math.clamp(t, -Double.MAX_VALUE, Double.MAX_VALUE);
    }

    /**
     * Adds to each shift what makes {@code R = T}, and updates what depends on it.
     *
     * @param u          row potentials
     * @param logRows    logarithms of the row sums
     * @param logSums    logarithms of the column sums
     * @param logTargets logarithms of the targets of the columns
     */
    void solve(double[] u, double[] logRows, double[] logSums, double[] logTargets) {
        double[] logR = logTotals(logRows, rowComponent);
        double[] logT = logTotals(logTargets, columnComponent);
        for (int k = 0; k < shifts.length; k++) {
            Shift shift = shifts[k];
            double difference = logR[k] - logT[k];
            shift.addedToRows = difference / (1 + (1 + rows.weight()) / columns.weight());
            shift.addedToColumns = difference / (1 + columns.weight() / (1 + rows.weight()));
            shift.ofRows += shift.addedToRows;
            shift.ofColumns += shift.addedToColumns;
            shift.logMass = logR[k] - shift.addedToRows;
        }
        for (int i = 0; i < u.length; i++) {
            u[i] -= connectsRow(i) ? shifts[rowComponent[i]].addedToRows : 0;
            logRows[i] -= connectsRow(i) ? shifts[rowComponent[i]].addedToRows : 0;
        }
        for (int j = 0; j < logSums.length; j++) {
            if (connectsColumn(j)) {
                logSums[j] -= shifts[columnComponent[j]].addedToRows;
                logTargets[j] += shifts[columnComponent[j]].addedToColumns;
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
                totals[component[i]] += LogTwo.exp2(logarithms[i] - largest[component[i]]);
            }
        }
        Arrays.setAll(totals, k -> largest[k] + LogTwo.log2(totals[k]));
        return totals;
    }

    /**
     * Computes the dual of each component at its best shift, {@code w m} with the mass m and {@code w = 1 + rho_1 + rho_2}. It is stored
     * as {@code w log m} up to a constant, {@code (1 + rho_1) log R + rho_2 log T} at a shift of 0, each term by its distance from its
     * limit for infinite weights.
     *
     * @param gap log2 of the row masses less the logarithms of the row sums, before the rows are fitted
     * @param g   column potentials relative to the reference measure, before the shift
     */
    void measureDual(double[] gap, double[] g) {
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
                double share = LogTwo.exp2(side.logMass()[i] - logMass[k]);
                largest[k] = Math.max(largest[k], Math.abs(x[i] / weight) * LogTwo.VALUE);
                means[k] += share * (limit ? -x[i] * LogTwo.VALUE : StrictMath.expm1(-x[i] / weight * LogTwo.VALUE));
                logTerms[i] = side.logMass()[i] - x[i] / weight;
            }
        }
        double[] logTotals = logTotals(logTerms, component);
        for (int k = 0; k < means.length; k++) {
            double logMean = largest[k] <= SMALL ? StrictMath.log1p(means[k]) : (logTotals[k] - logMass[k]) * LogTwo.VALUE;
            means[k] = limit ? means[k] : weight * logMean;
        }
        return means;
    }

    /** Marks the current dual, with masses in units of 2 to the power {@code unit}. */
    void mark(double unit) {
        for (Shift shift : shifts) {
            shift.markedDual = shift.dual;
            shift.markedMass = LogTwo.exp2(shift.logMass - unit);
        }
    }

    /** The current dual less the marked one. */
    double change() {
        double weight = 1 + rows.weight() + columns.weight();
        double change = 0;
        for (Shift shift : shifts) {
            double difference = shift.dual - shift.markedDual;
            change += shift.markedMass * (weight > NEARLY_ENFORCED ? difference : weight * StrictMath.expm1(difference / weight));
        }
        return change;
    }

    /** Subtracts from {@code gradient} its component along the shifts, which is rounding; {@code sums} are the column sums. */
    void project(double[] gradient, double[] sums) {
        double[] surplus = new double[shifts.length];
        double[] total = new double[shifts.length];
        for (int j = 0; j < gradient.length; j++) {
            if (connectsColumn(j)) {
                surplus[columnComponent[j]] += gradient[j];
                total[columnComponent[j]] += sums[j];
            }
        }
        for (int j = 0; j < gradient.length; j++) {
            gradient[j] -= connectsColumn(j) ? surplus[columnComponent[j]] * (sums[j] / total[columnComponent[j]]) : 0;
        }
    }
}
