package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Squares, products and centring against plain loops in the documented order: equal to the last bit at every width. */
class MomentsTest {

    private static final int COUNT = 5;
    private static final double FACTOR = 0.37;

    private final Random random = new Random(3);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 31, 32, 33, 64, 80, 129})
    void sumsRunInEightChains(int d) {
        float[] vectors = normal(COUNT * d);
        double[] mean = random.doubles(d, -1, 1).toArray();
        double[] other = random.doubles(d, -1, 1).toArray();
        double[] centredSquares = new double[COUNT];
        double[] products = new double[COUNT];
        Moments.add(vectors, COUNT, d, mean, FACTOR, centredSquares, other, FACTOR, products,
                new double[Moments.CHAINS], new double[Moments.CHAINS]);
        for (int i = 0; i < COUNT; i++) {
            double[] centredSquare = new double[Moments.CHAINS];
            double[] product = new double[Moments.CHAINS];
            for (int k = 0; k < d; k++) {
                int chain = k % Moments.CHAINS;
                double v = vectors[i * d + k];
                centredSquare[chain] = Math.fma(v - mean[k], v - mean[k], centredSquare[chain]);
                product[chain] = Math.fma(v, other[k], product[chain]);
            }
            assertEquals(FACTOR * folded(centredSquare), centredSquares[i]);
            assertEquals(FACTOR * folded(product), products[i]);
        }
    }

    private static double folded(double[] c) {
        return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 13, 16, 33, 64})
    void centredVectorsAreRoundedOnce(int d) {
        int width = d + 3;
        float[] vectors = normal(COUNT * d);
        double[] mean = new double[d];
        Moments.mean(vectors, COUNT, d, mean);
        float[] float32 = new float[COUNT * width];
        double[] float64 = new double[COUNT * width];
        Moments.centre(vectors, COUNT, d, mean, FACTOR, float32, width, 2);
        Moments.centre(vectors, COUNT, d, mean, FACTOR, float64, width, 2);
        float[] expectedFloat32 = new float[COUNT * width];
        double[] expectedFloat64 = new double[COUNT * width];
        for (int i = 0; i < COUNT; i++) {
            for (int k = 0; k < d; k++) {
                double centred = FACTOR * (vectors[i * d + k] - mean[k]);
                expectedFloat32[i * width + 2 + k] = (float) centred;
                expectedFloat64[i * width + 2 + k] = centred;
            }
        }
        assertArrayEquals(expectedFloat32, float32);
        assertArrayEquals(expectedFloat64, float64);
    }

    private float[] normal(int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }
}
