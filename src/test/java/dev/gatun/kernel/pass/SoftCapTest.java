package dev.gatun.kernel.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.Lanes;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The soft cap compared with {@code Math.tanh}, which is within 2.5 ULP in float64. */
class SoftCapTest {

    private static final int ENTRIES = Lanes.DEPTH * Lanes.BLOCK;

    @Test
    void isWithinSixUnitsInSinglePrecision() {
        double worst = 0;
        for (double cap : new double[] {1e-3, 1, 72, 1e9}) {
            double whole = (float) cap;
            float[] z = new float[ENTRIES];
            fill(whole, z);
            float[] capped = z.clone();
            new SoftCap(whole, Lanes.DEPTH).apply(capped, Lanes.DEPTH, new float[Lanes.DEPTH], 0);
            for (int at = 0; at < ENTRIES; at++) {
                double expected = whole * StrictMath.tanh(z[at] / whole);
                worst = Math.max(worst, Math.abs(capped[at] - expected) / Math.ulp((float) expected));
            }
        }
        assertTrue(worst <= 6, "ULP: " + worst);
        assertTrue(worst > 0.5, "ULP: " + worst);
    }

    @Test
    void isWithinSixUnitsInDoublePrecision() {
        double worst = 0;
        for (double cap : new double[] {1e-3, 1, 72, 1e9}) {
            float[] z = new float[ENTRIES];
            fill(cap, z);
            double[] capped = new double[ENTRIES];
            for (int at = 0; at < ENTRIES; at++) {
                capped[at] = z[at];
            }
            new SoftCap(cap, Lanes.DEPTH).apply(capped, Lanes.DEPTH, new double[Lanes.DEPTH], 0);
            for (int at = 0; at < ENTRIES; at++) {
                double expected = cap * StrictMath.tanh(z[at] / cap);
                double error = new BigDecimal(capped[at]).subtract(new BigDecimal(expected)).abs().doubleValue();
                worst = Math.max(worst, error / Math.ulp(expected));
            }
        }
        assertTrue(worst <= 6 + 2.5, "ULP: " + worst);
    }

    /** Of every magnitude from a billionth of the cap to a thousand times it; then the ends. */
    private static void fill(double cap, float[] z) {
        Random random = new Random(5);
        for (int at = 0; at < z.length; at++) {
            z[at] = (float) (cap * Math.pow(10, random.nextDouble(-9, 3)) * (random.nextBoolean() ? 1 : -1));
        }
        z[0] = 0;
        z[1] = Float.MAX_VALUE;
        z[2] = -Float.MAX_VALUE;
    }

    @Test
    void addsTheOffsetsOfColumnsAfterwards() {
        float[] tile = new float[2 * Lanes.BLOCK];
        double[] scores = new double[2 * Lanes.BLOCK];
        SoftCap cap = new SoftCap(3, 4);
        cap.apply(tile, 2, new float[] {0, 0, 7, -5}, 2);
        cap.apply(scores, 2, new double[] {0, 0, 7, -5}, 2);
        assertEquals(7f, tile[Lanes.BLOCK - 1]);
        assertEquals(-5f, tile[Lanes.BLOCK]);
        assertEquals(7.0, scores[Lanes.BLOCK - 1]);
        assertEquals(-5.0, scores[Lanes.BLOCK]);
    }
}
