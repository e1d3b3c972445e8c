package dev.gatun.spectral;

import java.util.Arrays;

/**
 * The projection {@code V^T A V} of a self-adjoint matrix A on a {@link Basis} V of a Krylov space, and the coupling B of its last block
 * X to the next block Y: {@code A X = V (V^T A X) + Y B}.
 */
final class Projection {

    private final boolean complex;
    private final double[][] entries;
    private double[][] coupling;

    /** @param maxOrder the maximum number of real vectors of the basis */
    Projection(int maxOrder, boolean complex) {
        this.complex = complex;
        this.entries = new double[maxOrder][maxOrder];
    }

    /** Sets all entries to 0. */
    void clear() {
        for (double[] row : entries) {
            Arrays.fill(row, 0.0);
        }
    }

    /** Replaces the projection by that on other vectors. */
    void restart(double[][] leading) {
        clear();
        for (int j = 0; j < leading.length; j++) {
            System.arraycopy(leading[j], 0, entries[j], 0, leading.length);
        }
    }

    /**
     * Sets the column of a vector v, that of {@code i v} if vectors are complex, and the rows that mirror them.
     *
     * @param coefficients {@code V^T A v}; those of a block's later vectors override entries that an earlier column has set
     */
    void setColumn(int column, double[] coefficients) {
        if (complex) {
            // <i v, A v> is 0. Its rounding would separate a pair of equal eigenvalues.
            coefficients[column + 1] = 0;
        }
        set(column, coefficients);
        if (complex) {
            set(column + 1, RayleighRitz.turned(coefficients));
        }
    }

    private void set(int column, double[] coefficients) {
        for (int i = 0; i < coefficients.length; i++) {
            entries[i][column] = coefficients[i];
            entries[column][i] = coefficients[i];
        }
    }

    /**
     * Sets the coupling to the next block.
     *
     * @param columns the coefficients of each product in the next block; missing ones are 0
     * @param order   the number of real vectors of the next block
     */
    void couple(double[][] columns, int order) {
        int parts = complex ? 2 : 1;
        coupling = new double[order][columns.length * parts];
        for (int k = 0; k < columns.length; k++) {
            double[] column = Arrays.copyOf(columns[k], order);
            double[] turned = complex ? RayleighRitz.turned(column) : null;
            for (int i = 0; i < order; i++) {
                coupling[i][k * parts] = column[i];
                if (turned != null) {
                    coupling[i][k * parts + 1] = turned[i];
                }
            }
        }
    }

    /** {@code |A x - lambda x|} of a Ritz vector x, from the part of the last block's products outside the space. */
    double residual(double[] coefficients) {
        int from = coefficients.length - (coupling.length == 0 ? 0 : coupling[0].length);
        double square = 0;
        for (double[] row : coupling) {
            double sum = 0;
            for (int j = 0; j < row.length; j++) {
                sum += row[j] * coefficients[from + j];
            }
            square += sum * sum;
        }
        return Math.sqrt(square);
    }

    /** The {@code count} largest eigenpairs, if there are as many, of the leading part of {@code order} rows and columns. */
    RayleighRitz eigenpairs(int order, int count) {
        return RayleighRitz.of(entries, order, complex, count);
    }

    /** The projection on the first {@code count} Ritz vectors. */
    double[][] on(RayleighRitz ritz, int count) {
        return ritz.projected(entries, count, complex);
    }
}
