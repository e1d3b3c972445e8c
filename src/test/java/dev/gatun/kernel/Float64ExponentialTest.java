package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Float64ExponentialTest {

    private static final int COUNT = 1 << 12;

    private static double[] powers(double[] x) {
        double[] powers = new double[x.length];
        Float64Exponential.exp2(x, 0, x.length, powers);
        return powers;
    }

    /** Against the series in 40 digits. */
    @Test
    void isRightToThreeUlp() {
        Random random = new Random(11);
        double[] x = new double[COUNT];
        for (int i = 0; i < COUNT; i++) {
            x[i] = switch (i % 4) {
                case 0 -> -random.nextDouble();
                case 1 -> -60 * random.nextDouble();
                case 2 -> 1 - 1020 * random.nextDouble();
                default -> 900 * random.nextDouble();
            };
        }
        double[] found = powers(x);
        double largest = 0;
        for (int i = 0; i < COUNT; i++) {
            BigDecimal truth = power(x[i]);
            double ulps = new BigDecimal(found[i]).subtract(truth).abs()
                    .divide(new BigDecimal(Math.ulp(truth.doubleValue())), MathContext.DECIMAL64).doubleValue();
            largest = Math.max(largest, ulps);
        }
        System.out.printf(Locale.ROOT, "2^x in float64 at %d bits: %.3f ULP at most%n", Lanes.vectorBits(), largest);
        assertTrue(largest <= 3, "off by " + largest + " ULP");
    }

    private static final MathContext DIGITS = new MathContext(40);
    private static final BigDecimal LOG_TWO = new BigDecimal("0.6931471805599453094172321214581765680755001343602552541207");

    private static BigDecimal power(double x) {
        long whole = Math.round(x);
        BigDecimal t = new BigDecimal(x).subtract(BigDecimal.valueOf(whole)).multiply(LOG_TWO, DIGITS);
        BigDecimal term = BigDecimal.ONE;
        BigDecimal sum = BigDecimal.ONE;
        for (int k = 1; k < 40; k++) {
            term = term.multiply(t, DIGITS).divide(BigDecimal.valueOf(k), DIGITS);
            sum = sum.add(term, DIGITS);
        }
        BigDecimal two = BigDecimal.TWO.pow((int) Math.abs(whole), DIGITS);
        return whole < 0 ? sum.divide(two, DIGITS) : sum.multiply(two, DIGITS);
    }

    @Test
    void whatIsTooSmallIsZero() {
        double[] x = new double[64];
        Arrays.fill(x, Double.NEGATIVE_INFINITY);
        x[1] = -1e5;
        x[2] = -2041;
        x[3] = -1077;
        x[4] = -Double.MAX_VALUE;
        assertTrue(Arrays.stream(powers(x)).allMatch(power -> power == 0));
    }

    @Test
    void wholePowersAreExact() {
        double[] x = new double[64];
        Arrays.setAll(x, i -> 8 * i - 400);
        double[] powers = powers(x);
        for (int i = 0; i < x.length; i++) {
            assertEquals(Math.pow(2, x[i]), powers[i]);
        }
    }

    /** From any place of an array to itself. */
    @Test
    void mayBeDoneInPlace() {
        double[] x = new Random(3).doubles(256, -50, 0).toArray();
        double[] apart = new double[64];
        Float64Exponential.exp2(x, 17, 64, apart);
        double[] place = Arrays.copyOfRange(x, 17, 81);
        Float64Exponential.exp2(place, 0, 64, place);
        assertEquals(Arrays.toString(apart), Arrays.toString(place));
    }
}
