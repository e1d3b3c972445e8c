package dev.gatun;

import dev.gatun.internal.head.Strips;

/**
 * What the float entries of one head's operator add up to.
 *
 * @param rows      sums of the rows, N of them; of the moduli for a complex operator
 * @param columns   sums of the columns, M of them; of the moduli for a complex operator
 * @param asymmetry the largest {@code |w_i P_ij - w_j P_ji|}, where w is the stationary distribution scaled to a largest entry of 1
 *                  for diffusion and its magnetic form (whose distribution is known) and 1 for all others; for a complex
 *                  operator the conjugate of {@code P_ji} is meant. NaN where N and M differ
 */
public record OperatorSums(double[] rows, double[] columns, double asymmetry) {

    /** Copies the sums. */
    public OperatorSums {
        rows = rows.clone();
        columns = columns.clone();
    }

    static OperatorSums of(Strips.Totals totals) {
        return new OperatorSums(totals.rows(), totals.columns(), totals.asymmetry());
    }

    /**
     * Sums of the rows: a copy.
     *
     * @return N sums
     */
    @Override
    public double[] rows() {
        return rows.clone();
    }

    /**
     * Sums of the columns: a copy.
     *
     * @return M sums
     */
    @Override
    public double[] columns() {
        return columns.clone();
    }

    /** {@return the largest deviation of a row sum from 1} */
    public double rowDeviation() {
        return deviation(rows);
    }

    /** {@return the largest deviation of a column sum from 1} */
    public double columnDeviation() {
        return deviation(columns);
    }

    private static double deviation(double[] sums) {
        double largest = 0;
        for (double sum : sums) {
            largest = Math.max(largest, Math.abs(sum - 1));
        }
        return largest;
    }
}
