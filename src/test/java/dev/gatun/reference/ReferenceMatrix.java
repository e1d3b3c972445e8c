package dev.gatun.reference;

import java.util.Arrays;

/** Dense float64 matrices as {@code double[rows][columns]}: the few operations the reference definitions need. */
public final class ReferenceMatrix {

    private ReferenceMatrix() {
    }

    /** The matrix whose rows lie one after another in {@code values}. */
    public static double[][] of(float[] values, int rows, int columns) {
        if (values.length != rows * columns) {
            throw new IllegalArgumentException(values.length + " values cannot fill " + rows + " x " + columns);
        }
        double[][] a = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                a[i][j] = values[i * columns + j];
            }
        }
        return a;
    }

    /** The rows of {@code a} one after another, rounded to float32. */
    public static float[] toFloats(double[][] a) {
        int columns = columns(a);
        float[] values = new float[a.length * columns];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < columns; j++) {
                values[i * columns + j] = (float) a[i][j];
            }
        }
        return values;
    }

    public static double[][] identity(int n) {
        double[][] a = new double[n][n];
        for (int i = 0; i < n; i++) {
            a[i][i] = 1;
        }
        return a;
    }

    /** A vector of {@code n} equal entries. */
    public static double[] constant(int n, double value) {
        double[] x = new double[n];
        Arrays.fill(x, value);
        return x;
    }

    public static double[][] copy(double[][] a) {
        double[][] b = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            b[i] = a[i].clone();
        }
        return b;
    }

    public static double[][] transpose(double[][] a) {
        double[][] b = new double[columns(a)][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                b[j][i] = a[i][j];
            }
        }
        return b;
    }

    public static double[][] multiply(double[][] a, double[][] b) {
        if (columns(a) != b.length) {
            throw new IllegalArgumentException(columns(a) + " columns cannot meet " + b.length + " rows");
        }
        double[][] c = new double[a.length][columns(b)];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < b.length; k++) {
                for (int j = 0; j < c[i].length; j++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    /** The column vector {@code a x}. */
    public static double[] multiply(double[][] a, double[] x) {
        double[] y = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < x.length; j++) {
                y[i] += a[i][j] * x[j];
            }
        }
        return y;
    }

    /** The row vector {@code x a}. */
    public static double[] multiply(double[] x, double[][] a) {
        return multiply(transpose(a), x);
    }

    public static double[][] add(double[][] a, double[][] b) {
        double[][] c = copy(a);
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                c[i][j] += b[i][j];
            }
        }
        return c;
    }

    public static double[][] scale(double factor, double[][] a) {
        double[][] b = copy(a);
        for (double[] row : b) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= factor;
            }
        }
        return b;
    }

    /** {@code a_ij + f_i + g_j}: the gauge transformation of a log-kernel. */
    public static double[][] shift(double[][] a, double[] f, double[] g) {
        double[][] b = copy(a);
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                b[i][j] += f[i] + g[j];
            }
        }
        return b;
    }

    public static double[] rowSums(double[][] a) {
        double[] sums = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            for (double entry : a[i]) {
                sums[i] += entry;
            }
        }
        return sums;
    }

    public static double[] columnSums(double[][] a) {
        return rowSums(transpose(a));
    }

    public static double sum(double[] x) {
        double sum = 0;
        for (double entry : x) {
            sum += entry;
        }
        return sum;
    }

    /** The largest |a_ij - b_ij|; equal infinities differ by 0, and a NaN on either side gives NaN. */
    public static double maxAbsDifference(double[][] a, double[][] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(a.length + " rows against " + b.length);
        }
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, maxAbsDifference(a[i], b[i]));
        }
        return largest;
    }

    /** The largest |x_i - y_i|; equal infinities differ by 0, and a NaN on either side gives NaN. */
    public static double maxAbsDifference(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException(x.length + " entries against " + y.length);
        }
        double largest = 0;
        for (int i = 0; i < x.length; i++) {
            largest = Math.max(largest, x[i] == y[i] ? 0 : Math.abs(x[i] - y[i]));
        }
        return largest;
    }

    static int columns(double[][] a) {
        return a.length == 0 ? 0 : a[0].length;
    }

    /** Refuses what needs a self-score s_ii when queries and keys differ in number. */
    static int requireSquare(double[][] a, String what) {
        if (a.length != columns(a)) {
            throw new IllegalArgumentException(
                    what + " needs as many queries as keys, not " + a.length + " and " + columns(a));
        }
        return a.length;
    }
}
