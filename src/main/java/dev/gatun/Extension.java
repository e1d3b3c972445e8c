package dev.gatun;

import dev.gatun.kernel.ValuePanel;

/**
 * The transitions of an operator from new tokens to those of one of its heads, {@code P(x, j)}, each row summing to 1, or its
 * moduli: what functions on the tokens are extended to new ones by (Nystroem). Made by {@link Operator#extension} and
 * {@link MagneticOperator#extension}.
 *
 * <p>Of a token of the head itself it is that token's row. Products are in single precision: their error is below
 * {@code 1e-5 sum_j |P(x, j)| |f_j|}.
 */
public final class Extension {

    private final int rows;
    private final int columns;
    private final boolean complex;
    private final Product product;

    /** Multiplies the rows with packed values; complex results lie as real and imaginary parts side by side. */
    interface Product {
        void apply(ValuePanel values, float[] out);
    }

    Extension(int rows, int columns, boolean complex, Product product) {
        this.rows = rows;
        this.columns = columns;
        this.complex = complex;
        this.product = product;
    }

    /** The number of new tokens. */
    public int rows() {
        return rows;
    }

    /** The number of tokens of the head. */
    public int columns() {
        return columns;
    }

    /**
     * {@code sum_j P(x, j) f_j} for several functions.
     *
     * @param functions each of {@link #columns()} entries, or of as many real parts and then imaginary ones where the operator is
     *                  complex
     * @return for each the same of the new tokens
     */
    public double[][] apply(double[][] functions) {
        int parts = complex ? 2 : 1;
        double[][] results = new double[functions.length][rows * parts];
        double[] units = new double[functions.length];
        float[] values = new float[Math.multiplyExact(columns, functions.length * parts)];
        for (int f = 0; f < functions.length; f++) {
            Checks.size(functions[f].length, columns * parts, "entries of a function");
            units[f] = largest(functions[f]);
            for (int j = 0; j < functions[f].length; j++) {
                values[j % columns * functions.length * parts + f * parts + j / columns] = (float) (functions[f][j] / units[f]);
            }
        }
        int width = functions.length * parts;
        float[] out = new float[Math.multiplyExact(rows, width * parts)];
        product.apply(ValuePanel.of(values, columns, width), out);
        for (int f = 0; f < functions.length; f++) {
            for (int x = 0; x < rows; x++) {
                int at = (x * functions.length + f) * parts * parts;
                // Of a complex function: P times the real part, and P times the imaginary part, each of two floats.
                results[f][x] = units[f] * (complex ? out[at] - (double) out[at + 3] : out[at]);
                if (complex) {
                    results[f][rows + x] = units[f] * (out[at + 1] + (double) out[at + 2]);
                }
            }
        }
        return results;
    }

    private static double largest(double[] function) {
        double largest = Double.MIN_NORMAL;
        for (double entry : function) {
            largest = Math.max(largest, Math.abs(entry));
        }
        return largest;
    }
}
