package dev.gatun.laws;

/** A complex matrix by its real and imaginary parts. */
record Complex(double[][] real, double[][] imaginary) {

    /** Of entries whose real and imaginary parts take turns. */
    static Complex of(float[] entries, int columns) {
        double[][] both = Law.rows(entries, 2 * columns);
        double[][] real = new double[both.length][columns];
        double[][] imaginary = new double[both.length][columns];
        for (int i = 0; i < both.length; i++) {
            for (int j = 0; j < columns; j++) {
                real[i][j] = both[i][2 * j];
                imaginary[i][j] = both[i][2 * j + 1];
            }
        }
        return new Complex(real, imaginary);
    }

    /** With each row times a factor. */
    Complex timesRows(double[] factors) {
        return new Complex(times(real, factors), times(imaginary, factors));
    }

    private static double[][] times(double[][] matrix, double[] factors) {
        double[][] times = new double[matrix.length][];
        for (int i = 0; i < times.length; i++) {
            times[i] = matrix[i].clone();
            for (int j = 0; j < times[i].length; j++) {
                times[i][j] *= factors[i];
            }
        }
        return times;
    }
}
