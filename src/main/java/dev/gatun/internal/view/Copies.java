package dev.gatun.internal.view;

/** Copies of arrays that results hand out, so that nobody can change a result. */
public final class Copies {

    private Copies() {
    }

    /** A copy, or null of null. */
    public static double[] of(double[] array) {
        return array == null ? null : array.clone();
    }

    /** A copy of all rows, or null of null. */
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
