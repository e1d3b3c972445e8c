package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Matrix;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-width")
class BandwidthTest {

    /** Where {@code r = 1 + e^-r}. */
    private static final double RATIO = 1.2784645427610738;

    private static Bandwidth of(float[] entries, int d) {
        try (Arena arena = Arena.ofConfined()) {
            return Bandwidth.of(Matrix.copyOf(arena, entries, entries.length / d, d));
        }
    }

    /** The slope of two points is {@code r e^-r / (1 + e^-r)} with r the square over epsilon: largest, {@code r - 1}, at RATIO. */
    @ParameterizedTest
    @ValueSource(floats = {1e-10f, 0.5f, 1, 3e10f})
    void ofTwoPointsItIsKnown(float apart) {
        Bandwidth bandwidth = of(new float[] {2 * apart, 0, 2 * apart, apart}, 2);
        assertEquals((double) apart * apart / RATIO, bandwidth.epsilon(), 2e-6 * apart * apart);
        assertEquals(2 * (RATIO - 1), bandwidth.dimension(), 1e-10);
    }

    /** Points in three directions, each with a close neighbour: the bandwidth of the neighbours has a smaller slope. */
    @ParameterizedTest
    @CsvSource({"3, 0", "2, 1e-4", "1, 1e-8"})
    void theSlopeIsNowhereLarger(int d, double beside) {
        int n = 60;
        float[] entries = Tokens.normal(new Random(d), n * d, 1);
        for (int i = 1; beside > 0 && i < n; i += 2) {
            for (int c = 0; c < d; c++) {
                entries[i * d + c] = entries[(i - 1) * d + c] + (float) (c == 0 ? beside : 0);
            }
        }
        Bandwidth bandwidth = of(entries, d);
        assertEquals(2 * slope(entries, d, Math.log(bandwidth.epsilon())), bandwidth.dimension(), 1e-9);
        for (double log = -50; log < 20; log += 0.05) {
            assertTrue(bandwidth.dimension() >= 2 * slope(entries, d, log) - 1e-9, "larger at epsilon " + Math.exp(log));
        }
    }

    /** By definition: {@code d log sum_ij exp(-|x_i - x_j|^2 / epsilon) / d log epsilon}. */
    private static double slope(float[] entries, int d, double logEpsilon) {
        double sum = 0;
        double weighted = 0;
        for (int i = 0; i < entries.length; i += d) {
            for (int j = 0; j < entries.length; j += d) {
                double square = 0;
                for (int c = 0; c < d; c++) {
                    square += Math.pow((double) entries[i + c] - entries[j + c], 2);
                }
                double ratio = square / Math.exp(logEpsilon);
                sum += Math.exp(-ratio);
                weighted += ratio * Math.exp(-ratio);
            }
        }
        return weighted / sum;
    }

    /** Of 1500 points, the points 0, 1, 3, 4, 6 and so on are used; the others may lie anywhere. */
    @Test
    void ofManyPointsAThousandAreLookedAt() {
        int n = 1500;
        float[] all = Tokens.normal(new Random(1), n, 0.2);
        for (int i = 0; i < n; i++) {
            all[i] += i;
        }
        float[] seen = new float[1000];
        for (int a = 0; a < seen.length; a++) {
            seen[a] = all[a * 3 / 2];
        }
        for (int i = 2; i < n; i += 3) {
            all[i] = 10 * all[i];
        }
        assertEquals(of(seen, 1), of(all, 1));
    }

    @Test
    void whatIsNoNumberIsRefused() {
        float[] entries = new float[6];
        entries[5] = Float.NaN;
        assertEquals("points holds NaN at row 2, column 1; every entry must be finite",
                assertThrows(IllegalArgumentException.class, () -> of(entries, 2)).getMessage());
    }
}
