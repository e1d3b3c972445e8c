package dev.gatun;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.operator.ExtensionProduct;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.PackedValues;
import java.util.Arrays;
import java.util.function.Function;

/**
 * The transitions of an operator from new tokens to those of one of its heads, {@code P(x, j)}, each row summing to 1, or its
 * moduli: what functions on the tokens are extended to new ones by (Nystroem). Made by {@link KernelOperator#extension}.
 *
 * <p>Of a token of the head itself it is that token's row, as masks have it. Products are in single precision: their error is below
 * {@code 1e-5 sum_j |P(x, j)| |f_j|}.
 */
public final class Extension {

    /** How far below the largest value others are taken with it. */
    private static final double RANGE = 0x1p-100;

    private final int rows;
    private final int columns;
    private final boolean complex;
    private final ExtensionProduct product;

    Extension(int rows, int columns, boolean complex, ExtensionProduct product) {
        this.rows = rows;
        this.columns = columns;
        this.complex = complex;
        this.product = product;
    }

    /**
     * The transitions of new tokens, those of the head's own tokens among them being their own.
     *
     * @param all    the transitions as if no token were the head's own
     * @param ofHead the transitions of the head's tokens
     */
    static Extension of(CrossScores crossing, Extension all, Function<CrossScores, Extension> ofHead) {
        if (crossing.head().mask() == Band.ALL) {
            return all;
        }
        int[] own = crossing.own();
        return Arrays.stream(own).allMatch(token -> token < 0) ? all : all.withOwn(own, ofHead.apply(crossing.head().crossing()));
    }

    /**
     * With other rows for some tokens.
     *
     * @param own    for each token the row of {@code others} that is its own, or -1
     * @param others of as many columns
     */
    private Extension withOwn(int[] own, Extension others) {
        boolean all = Arrays.stream(own).allMatch(row -> row >= 0);
        return new Extension(rows, columns, complex, (values, out) -> {
            int width = out.length / rows;
            float[] ofOthers = new float[ArrayLength.of(others.rows, width)];
            others.product.multiply(values, ofOthers);
            if (!all) {
                product.multiply(values, out);
            }
            for (int x = 0; x < rows; x++) {
                if (own[x] >= 0) {
                    System.arraycopy(ofOthers, own[x] * width, out, x * width, width);
                }
            }
        });
    }

    /** {@return the number of new tokens} */
    public int rows() {
        return rows;
    }

    /** {@return the number of tokens of the head} */
    public int columns() {
        return columns;
    }

    /**
     * {@code sum_j P(x, j) f_j} for several functions.
     *
     * @param functions each of {@link #columns()} entries, or of as many real parts and then imaginary ones where the operator is
     *                  complex
     * @return for each the same of the new tokens
     * @throws IllegalArgumentException if a function has another number of entries, or one that is not finite
     */
    public double[][] apply(double[][] functions) {
        double[][] rest = new double[functions.length][];
        for (int f = 0; f < functions.length; f++) {
            Checks.size(functions[f].length, columns * parts(), "entries of a function");
            if (!Arrays.stream(functions[f]).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("function %s has an entry that is not finite".formatted(f));
            }
            rest[f] = functions[f].clone();
        }
        double[][] results = new double[functions.length][rows * parts()];
        // Values that lie farther apart than floats do are multiplied in turn, the largest first.
        do {
            addProduct(rest, results);
        } while (Arrays.stream(rest).anyMatch(function -> largest(function) > 0));
        return results;
    }

    private int parts() {
        return complex ? 2 : 1;
    }

    /** Takes the largest values from each function, and adds their product. */
    private void addProduct(double[][] functions, double[][] results) {
        int width = functions.length * parts();
        double[] units = new double[functions.length];
        float[] values = new float[ArrayLength.of(columns, width)];
        for (int f = 0; f < functions.length; f++) {
            units[f] = Math.max(largest(functions[f]), Double.MIN_NORMAL);
            for (int j = 0; j < functions[f].length; j++) {
                if (Math.abs(functions[f][j]) >= RANGE * units[f]) {
                    values[j % columns * width + f * parts() + j / columns] = (float) (functions[f][j] / units[f]);
                    functions[f][j] = 0;
                }
            }
        }
        float[] out = new float[ArrayLength.of(rows, width * parts())];
        product.multiply(PackedValues.of(values, columns, width), out);
        for (int f = 0; f < functions.length; f++) {
            for (int x = 0; x < rows; x++) {
                add(out, (x * functions.length + f) * parts() * parts(), units[f], results[f], x);
            }
        }
    }

    /** Of a complex function: P times its real part and P times its imaginary part, each of two floats. */
    private void add(float[] out, int at, double unit, double[] result, int x) {
        if (complex) {
            result[x] += unit * (out[at] - (double) out[at + 3]);
            result[rows + x] += unit * (out[at + 1] + (double) out[at + 2]);
        } else {
            result[x] += unit * out[at];
        }
    }

    private static double largest(double[] function) {
        double largest = 0;
        for (double entry : function) {
            largest = Math.max(largest, Math.abs(entry));
        }
        return largest;
    }
}
