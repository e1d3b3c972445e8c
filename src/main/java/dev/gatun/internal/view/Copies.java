package dev.gatun.internal.view;

/** Copies of arrays: results return copies, so that a caller cannot change a result. */
public final class Copies {

    private Copies() {
    }

    /** A copy; null for null. */
    public static double[] of(double[] array) {
        return array == null ? null : array.clone();
    }

    /** A copy of all rows; null for null. */
    public static double[][] of(double[][] rows) {
        if (rows == null) {
            return null;
        }
        double[][] copy = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            copy[i] = of(rows[i]);
        }
        return copy;
    }
}
