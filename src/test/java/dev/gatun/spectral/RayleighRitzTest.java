package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrices {@code U D U*} whose eigenvalues are given, on bases of complex vectors: each v has i v after it. */
@Tag("any-width")
class RayleighRitzTest {

    /** Columns of length 1, orthogonal in the complex sense. */
    private static double[][] unitary(int n, Random random) {
        double[][] columns = new double[n][2 * n];
        for (int m = 0; m < n; m++) {
            double[] column = columns[m];
            Arrays.setAll(column, i -> random.nextGaussian());
            for (int pass = 0; pass < 2; pass++) {
                for (int earlier = 0; earlier < m; earlier++) {
                    double real = product(columns[earlier], column);
                    double imaginary = product(timesI(columns[earlier]), column);
                    double[] unit = columns[earlier];
                    double[] turned = timesI(unit);
                    Arrays.setAll(column, i -> column[i] - real * unit[i] - imaginary * turned[i]);
                }
            }
            double length = Math.sqrt(product(column, column));
            Arrays.setAll(column, i -> column[i] / length);
        }
        return columns;
    }

    /** Real and imaginary parts lie side by side. */
    private static double[] timesI(double[] v) {
        double[] turned = new double[v.length];
        Arrays.setAll(turned, i -> i % 2 == 0 ? -v[i + 1] : v[i - 1]);
        return turned;
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[][] matrix(double[] values, double[][] vectors) {
        int size = 2 * values.length;
        double[][] matrix = new double[size][size];
        for (int m = 0; m < values.length; m++) {
            double[] turned = timesI(vectors[m]);
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    matrix[i][j] += values[m] * (vectors[m][i] * vectors[m][j] + turned[i] * turned[j]);
                }
            }
        }
        return matrix;
    }

    /** Apart, equal, and so near to each other that pairs run into one another. */
    @ParameterizedTest
    @ValueSource(doubles = {0.125, 0, 1e-14, 1e-12, 1e-9, 3e-8})
    void oneOfEachPairIsTaken(double apart) {
        int n = 8;
        double[] values = new double[n];
        Arrays.setAll(values, m -> m < 5 ? 0.75 - m * apart : -0.25 - m * apart);
        Random random = new Random(5);
        for (int trial = 0; trial < 10; trial++) {
            double[][] matrix = matrix(values, unitary(n, random));
            RayleighRitz ritz = RayleighRitz.of(matrix, 2 * n, true, n);
            assertEquals(n, ritz.size());
            for (int m = 0; m < n; m++) {
                double[] v = ritz.vectors()[m];
                assertEquals(values[m], ritz.values()[m], 1e-13);
                for (int i = 0; i < v.length; i++) {
                    // A vector may be one of those of values that run into one another.
                    assertEquals(values[m] * v[i], product(matrix[i], v), 1e-13 + (apart < 0.1 ? 5 * apart : 0));
                }
                for (int earlier = 0; earlier <= m; earlier++) {
                    assertEquals(earlier == m ? 1 : 0, product(v, ritz.vectors()[earlier]), 1e-14 * n);
                    assertEquals(0, product(v, timesI(ritz.vectors()[earlier])), 1e-14 * n);
                }
            }
        }
    }

    /** On its own vectors a matrix is diagonal. */
    @Test
    void whatIsProjectedOnItsVectorsIsDiagonal() {
        int n = 6;
        double[] values = {0.9, 0.7, 0.7, 0.1, -0.2, -0.8};
        double[][] matrix = matrix(values, unitary(n, new Random(2)));
        for (boolean complex : new boolean[] {true, false}) {
            RayleighRitz ritz = RayleighRitz.of(matrix, 2 * n, complex, 2 * n);
            int count = complex ? 4 : 8;
            double[][] projected = ritz.projected(matrix, count, complex);
            assertEquals(8, projected.length);
            for (int i = 0; i < 8; i++) {
                for (int j = 0; j < 8; j++) {
                    assertEquals(i == j ? values[i / 2] : 0, projected[i][j], 1e-13);
                }
            }
        }
    }

    /** A part of the matrix alone, largest first. */
    @Test
    void theLeadingPartIsTaken() {
        RayleighRitz ritz = RayleighRitz.of(new double[][] {{1, 2, 7}, {2, 1, 7}, {7, 7, 7}}, 2, false, 3);
        assertEquals(2, ritz.size());
        assertEquals(3, ritz.values()[0], 1e-15);
        assertEquals(-1, ritz.values()[1], 1e-15);
        assertEquals(Math.sqrt(0.5), Math.abs(ritz.vectors()[0][0]), 1e-15);
    }
}
