package dev.gatun.kernel.dense;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Equations of a graph: what is found, put into them again, gives the right-hand side. */
class LaplacianTest {

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "3, 1", "4, 4", "5, 70", "17, 9", "64, 64", "70, 65", "131, 200"})
    void solutionsSolve(int size, int products) {
        Random random = new Random(size);
        Laplacian laplacian = new Laplacian(size);
        for (int round = 0; round < 2; round++) {
            double[][] weights = new double[size][size];
            laplacian.clear();
            for (int product = 0; product < products; product++) {
                double[] p = positive(random, size);
                double factor = random.nextDouble();
                laplacian.addProduct(factor, p);
                for (int i = 0; i < size; i++) {
                    for (int j = 0; j < size; j++) {
                        weights[i][j] += factor * p[i] * p[j];
                    }
                }
            }
            double[] excess = positive(random, size);
            double[] b = random.doubles(size, -1, 1).toArray();
            double[] x = b.clone();
            laplacian.solve(excess, x);
            assertSolved(weights, excess, b, x);
            double[] other = random.doubles(size, -1, 1).toArray();
            x = other.clone();
            laplacian.solveAgain(x);
            assertSolved(weights, excess, other, x);
        }
    }

    private static double[] positive(Random random, int size) {
        double[] values = new double[size];
        Arrays.setAll(values, i -> Math.exp(3 * random.nextGaussian()));
        return values;
    }

    /** {@code e_j x_j + sum_k w_jk (x_j - x_k) = b_j}. */
    private static void assertSolved(double[][] weights, double[] excess, double[] b, double[] x) {
        for (int j = 0; j < x.length; j++) {
            double sum = excess[j] * x[j];
            double terms = Math.abs(sum);
            for (int k = 0; k < x.length; k++) {
                sum += weights[j][k] * (x[j] - x[k]);
                terms += weights[j][k] * (Math.abs(x[j]) + Math.abs(x[k]));
            }
            assertEquals(b[j], sum, 1e-12 * terms + 1e-14);
        }
    }

    /** A path with ever smaller weights, with a right-hand side of 0 except at its first unknown. */
    @ParameterizedTest
    @CsvSource({"5", "40"})
    void smallWeightsCount(int size) {
        Laplacian laplacian = new Laplacian(size);
        laplacian.clear();
        for (int i = 0; i + 1 < size; i++) {
            double[] pair = new double[size];
            pair[i] = Math.pow(10, -i / 4.0);
            pair[i + 1] = Math.pow(10, -i / 4.0);
            laplacian.addProduct(1, pair);
        }
        double[] excess = new double[size];
        excess[0] = 1;
        double[] x = new double[size];
        x[0] = 1;
        laplacian.solve(excess, x);
        for (double value : x) {
            assertEquals(1, value, 1e-12);
        }
    }
}
