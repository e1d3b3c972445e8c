package dev.gatun.kernel.dense;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrices {@code U D U*} whose eigenvalues are given: apart, equal, in clusters, of low rank. */
@Tag("any-width")
class DenseEigenpairsTest {

    private static final double ROUNDING = 1e-13;

    private static double[] values(String kind, int n) {
        IntToDoubleFunction value = switch (kind) {
            case "even" -> k -> 1 - 2.0 * k / n;
            case "identity" -> k -> 1;
            case "zero" -> k -> 0;
            case "rank one" -> k -> k == 0 ? 1 : 0;
            case "blocks" -> k -> k < (n + 2) / 3 ? 1 : -0.5;
            case "clusters" -> k -> Math.pow(0.5, k / 5) - 1e-11 * (k % 5);
            case "near" -> k -> 1 - 1e-15 * k;
            case "vanishing" -> k -> Math.pow(1e-16, k);
            case "falling" -> k -> Math.pow(0.3, k);
            default -> throw new IllegalArgumentException(kind);
        };
        double[] values = new double[n];
        Arrays.setAll(values, value::applyAsDouble);
        return values;
    }

    /** Orthonormal rows; real parts before imaginary parts. */
    private static double[][] unitary(int n, boolean complex, Random random) {
        double[][] rows = new double[n][2 * n];
        for (int m = 0; m < n; m++) {
            double[] row = rows[m];
            Arrays.setAll(row, i -> complex || i < n ? random.nextGaussian() : 0);
            for (int pass = 0; pass < 2; pass++) {
                for (int earlier = 0; earlier < m; earlier++) {
                    double[] c = inner(rows[earlier], row);
                    double[] unit = rows[earlier];
                    for (int i = 0; i < n; i++) {
                        row[i] -= c[0] * unit[i] - c[1] * unit[n + i];
                        row[n + i] -= c[0] * unit[n + i] + c[1] * unit[i];
                    }
                }
                double length = Math.sqrt(inner(row, row)[0]);
                Arrays.setAll(row, i -> row[i] / length);
            }
        }
        return rows;
    }

    /** {@code <a, b>}. */
    private static double[] inner(double[] a, double[] b) {
        int n = a.length / 2;
        double[] inner = new double[2];
        for (int i = 0; i < n; i++) {
            inner[0] += a[i] * b[i] + a[n + i] * b[n + i];
            inner[1] += a[i] * b[n + i] - a[n + i] * b[i];
        }
        return inner;
    }

    /** Rows of {@code sum_m lambda_m u_m u_m*}. */
    private static double[][] matrix(double[] values, double[][] u) {
        int n = values.length;
        double[][] matrix = new double[n][2 * n];
        for (int m = 0; m < n; m++) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    matrix[i][j] += values[m] * (u[m][i] * u[m][j] + u[m][n + i] * u[m][n + j]);
                    matrix[i][n + j] += values[m] * (u[m][n + i] * u[m][j] - u[m][i] * u[m][n + j]);
                }
            }
        }
        return matrix;
    }

    private static SymmetricReduction symmetric(double[][] matrix) {
        int n = matrix.length;
        SymmetricReduction reduction = new SymmetricReduction(n);
        for (int i = 0; i < n; i++) {
            System.arraycopy(matrix[i], 0, reduction.entries(), i * reduction.stride(), n);
        }
        return reduction;
    }

    private static DenseEigenpairs largest(double[][] matrix, boolean complex, int count) {
        int n = matrix.length;
        if (!complex) {
            SymmetricReduction reduction = symmetric(matrix);
            reduction.reduce(null);
            return DenseEigenpairs.of(reduction, n, false, count, count);
        }
        HermitianReduction reduction = new HermitianReduction(n);
        for (int i = 0; i < n; i++) {
            System.arraycopy(matrix[i], 0, reduction.real(), i * reduction.stride(), n);
            System.arraycopy(matrix[i], n, reduction.imaginary(), i * reduction.stride(), n);
        }
        reduction.reduce();
        return DenseEigenpairs.of(reduction, n, true, count, count);
    }

    @ParameterizedTest
    @CsvSource({"even, 1", "even, 2", "even, 3", "even, 8", "even, 9", "even, 37", "even, 64", "even, 101", "identity, 1", "identity, 40",
        "zero, 23", "rank one, 2", "rank one, 33", "blocks, 2", "blocks, 60", "clusters, 50", "near, 24", "falling, 45", "vanishing, 30"})
    void eigenpairsAreThoseOfTheMatrix(String kind, int n) {
        double[] values = values(kind, n);
        for (boolean complex : new boolean[] {false, true}) {
            double[][] matrix = matrix(values, unitary(n, complex, new Random(n)));
            for (int count : new int[] {1, Math.min(n, 9), n}) {
                DenseEigenpairs pairs = largest(matrix, complex, count);
                assertEquals(count, pairs.vectors().length);
                assertArrayEquals(Arrays.copyOf(values, count), pairs.values(), ROUNDING);
                for (int k = 0; k < count; k++) {
                    double[] x = complex ? pairs.vectors()[k] : Arrays.copyOf(pairs.vectors()[k], 2 * n);
                    requireEigenvector(matrix, values[k], x);
                    for (int j = 0; j <= k; j++) {
                        double[] other = complex ? pairs.vectors()[j] : Arrays.copyOf(pairs.vectors()[j], 2 * n);
                        double[] inner = inner(other, x);
                        assertEquals(j == k ? 1 : 0, inner[0], ROUNDING);
                        assertEquals(0, inner[1], ROUNDING);
                    }
                }
            }
        }
    }

    /** All but one eigenvalue are 0, and what is left of the matrix after a reflection is rounding, then rounding of it. */
    @Test
    void entriesThatAreAllEqual() {
        for (int n = 1; n < 70; n++) {
            double entry = n % 2 == 0 ? 1.0 / n : (float) (1.0 / n);
            double[][] matrix = new double[n][2 * n];
            double[] ones = new double[2 * n];
            for (double[] row : matrix) {
                Arrays.fill(row, 0, n, entry);
            }
            Arrays.fill(ones, 0, n, Math.sqrt(1.0 / n));
            SymmetricReduction reduction = symmetric(matrix);
            reduction.reduce(Arrays.copyOf(ones, n));
            double[][] rest = DenseEigenpairs.of(reduction, n, false, n - 1, n - 1).vectors();
            for (boolean complex : new boolean[] {false, true}) {
                double[][] all = largest(matrix, complex, n).vectors();
                for (int k = 0; k < n; k++) {
                    double[] x = Arrays.copyOf(all[k], 2 * n);
                    double[] other = k == 0 ? ones : Arrays.copyOf(rest[k - 1], 2 * n);
                    requireEigenvector(matrix, k == 0 ? n * entry : 0, x);
                    requireEigenvector(matrix, k == 0 ? n * entry : 0, other);
                    for (int j = 0; j <= k; j++) {
                        double[] earlier = j == 0 ? ones : Arrays.copyOf(rest[j - 1], 2 * n);
                        assertEquals(j == k ? 1 : 0, Math.hypot(inner(Arrays.copyOf(all[j], 2 * n), x)[0],
                                inner(Arrays.copyOf(all[j], 2 * n), x)[1]), ROUNDING);
                        assertEquals(j == k ? 1 : 0, inner(earlier, other)[0], ROUNDING);
                    }
                }
            }
        }
    }

    /**
     * Tridiagonal matrices with many eigenvalues that are 0 or rounding, where pivots are small one after another: those of conjugates
     * most of whose tokens see one other token.
     */
    @Test
    void tridiagonalMatricesOfPairs() {
        Random random = new Random(5);
        for (int sample = 0; sample < 400; sample++) {
            int n = 10 + random.nextInt(60);
            double[] diagonal = new double[n];
            double[] offDiagonal = new double[n];
            for (int i = 0; i < n; i++) {
                diagonal[i] = random.nextInt(4) > 0 ? 0 : random.nextGaussian() * Math.pow(10, -random.nextInt(60));
                int draw = random.nextInt(10);
                double faint = random.nextDouble() * Math.pow(10, -8 - random.nextInt(10));
                offDiagonal[i] = draw < 5 ? 0 : draw < 8 ? 1 - 1e-8 * random.nextDouble() : faint;
            }
            requireEigenvectors(diagonal, offDiagonal, n);
        }
    }

    private static void requireEigenvectors(double[] diagonal, double[] offDiagonal, int n) {
        double[] values = Bisection.largest(diagonal, offDiagonal, n, n);
        double[][] vectors = new InverseIteration(diagonal, offDiagonal, n).vectors(values);
        for (int k = 0; k < n; k++) {
            double[] x = vectors[k];
            for (int i = 0; i < n; i++) {
                double image = diagonal[i] * x[i] + (i > 0 ? offDiagonal[i - 1] * x[i - 1] : 0)
                        + (i < n - 1 ? offDiagonal[i] * x[i + 1] : 0);
                assertEquals(values[k] * x[i], image, ROUNDING);
            }
            for (int j = 0; j <= k; j++) {
                double[] other = vectors[j];
                double product = IntStream.range(0, n).mapToDouble(i -> other[i] * x[i]).sum();
                assertEquals(j == k ? 1 : 0, product, ROUNDING);
            }
        }
    }

    private static void requireEigenvector(double[][] matrix, double value, double[] x) {
        int n = matrix.length;
        for (int i = 0; i < n; i++) {
            double[] row = matrix[i];
            double re = -value * x[i];
            double im = -value * x[n + i];
            for (int j = 0; j < n; j++) {
                re += row[j] * x[j] - row[n + j] * x[n + j];
                im += row[j] * x[n + j] + row[n + j] * x[j];
            }
            assertEquals(0, re, ROUNDING);
            assertEquals(0, im, ROUNDING);
        }
    }

    /** The rest of the spectrum, on vectors orthogonal to the known one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16, 41})
    void aKnownEigenvectorIsLeftOut(int n) {
        double[] values = values("even", n);
        double[][] u = unitary(n, false, new Random(3));
        SymmetricReduction reduction = symmetric(matrix(values, u));
        reduction.reduce(Arrays.copyOf(u[0], n));
        assertEquals(n - 1, reduction.order());
        if (n > 1) {
            DenseEigenpairs pairs = DenseEigenpairs.of(reduction, n, false, n - 1, n - 1);
            assertArrayEquals(Arrays.copyOfRange(values, 1, n), pairs.values(), ROUNDING);
            for (int k = 1; k < n; k++) {
                double[] x = Arrays.copyOf(pairs.vectors()[k - 1], 2 * n);
                assertEquals(0, inner(u[0], x)[0], ROUNDING);
                assertEquals(1, Math.abs(inner(u[k], x)[0]), ROUNDING);
            }
        }
    }

    /** {@code 2 - 2 cos(pi k / (n + 1))}, more of them than are computed side by side. */
    @Test
    void everyEigenvalueIsCounted() {
        int n = 70;
        double[] diagonal = new double[n];
        double[] offDiagonal = new double[n - 1];
        Arrays.fill(diagonal, 2);
        Arrays.fill(offDiagonal, -1);
        double[] found = Bisection.largest(diagonal, offDiagonal, n, n);
        for (int k = 0; k < n; k++) {
            assertEquals(2 - 2 * Math.cos(Math.PI * (n - k) / (n + 1)), found[k], 1e-14);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void entriesThatAreNotFiniteAreRefused(double entry) {
        double[][] matrix = matrix(values("even", 12), unitary(12, false, new Random(1)));
        matrix[7][2] = entry;
        matrix[2][7] = entry;
        for (boolean complex : new boolean[] {false, true}) {
            String message = assertThrows(IllegalStateException.class, () -> largest(matrix, complex, 3)).getMessage();
            assertTrue(message.contains("not finite"), message);
        }
    }

    /** The same bits as scalar code with eight chains to a sum, whatever the vector width and the rows of a tile. */
    @ParameterizedTest
    @ValueSource(ints = {2, 7, 8, 21, 40, 64})
    void sumsHaveAFixedOrder(int n) {
        double[][] matrix = matrix(values("even", n), unitary(n, false, new Random(8)));
        SymmetricReduction reduction = symmetric(matrix);
        reduction.reduce(null);
        ScalarReduction scalar = new ScalarReduction(matrix);
        assertArrayEquals(scalar.diagonal, Arrays.copyOf(reduction.diagonal(), n), 0.0);
        assertArrayEquals(scalar.offDiagonal, Arrays.copyOf(reduction.offDiagonal(), n - 1), 0.0);
    }

    /** The reduction entry by entry. */
    private static final class ScalarReduction {
        private final int n;
        private final double[][] a;
        private final double[] diagonal;
        private final double[] offDiagonal;

        ScalarReduction(double[][] matrix) {
            n = matrix.length;
            a = Arrays.stream(matrix).map(row -> Arrays.copyOf(row, n)).toArray(double[][]::new);
            diagonal = new double[n];
            offDiagonal = new double[n - 1];
            for (int k = n - 1; k > 0; k--) {
                diagonal[k] = a[k][k];
                take(k);
            }
            diagonal[0] = a[0][0];
        }

        private void take(int k) {
            double[] x = Arrays.copyOf(a[k], k);
            double last = x[k - 1];
            x[k - 1] = 0;
            double square = sum(x, x, k);
            double length = Math.sqrt(square + last * last);
            x[k - 1] = 1;
            offDiagonal[k - 1] = square == 0 ? last : last < 0 ? length : -length;
            if (square == 0) {
                return;
            }
            double scale = 1 / (last - offDiagonal[k - 1]);
            for (int j = 0; j < k - 1; j++) {
                x[j] *= scale;
            }
            double factor = (offDiagonal[k - 1] - last) / offDiagonal[k - 1];
            double[] y = product(x, k);
            double shift = -factor * factor / 2 * sum(x, y, k);
            double[] w = new double[k];
            Arrays.setAll(w, j -> Math.fma(x[j], shift, y[j] * factor));
            for (int i = 0; i < k; i++) {
                for (int j = 0; j < k; j++) {
                    a[i][j] = Math.fma(x[j], -w[i], Math.fma(w[j], -x[i], a[i][j]));
                }
            }
        }

        /** Columns left of a block of 8 come from the rows of the block, by symmetry, after the block's own sums. */
        private double[] product(double[] x, int k) {
            double[] y = new double[k];
            for (int i = 0; i < k; i++) {
                y[i] = sum(a[i], x, Math.min(k, (i | 7) + 1));
                for (int j = 0; j < (i & ~7); j++) {
                    y[j] = Math.fma(a[i][j], x[i], y[j]);
                }
            }
            return y;
        }

        private static double sum(double[] a, double[] b, int end) {
            double[] chains = new double[8];
            for (int i = 0; i < end; i++) {
                chains[i % 8] = Math.fma(a[i], b[i], chains[i % 8]);
            }
            return chains[0] + chains[4] + (chains[2] + chains[6]) + (chains[1] + chains[5] + (chains[3] + chains[7]));
        }
    }
}
