package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Powers and logarithms to base 2 compared with series of 40 digits. */
@Tag("any-width")
class LogTwoTest {

    private static final MathContext DIGITS = new MathContext(40);
    private static final BigDecimal LOG_TWO = new BigDecimal("0.69314718055994530941723212145817656807550013436");

    @Test
    void powersAreNearlyRounded() {
        Random random = new Random(1);
        for (int n = 0; n < 4000; n++) {
            double x = n % 2 == 0 ? 4 * random.nextDouble() - 2 : 1e-3 * random.nextGaussian();
            BigDecimal exact = power(x);
            assertTrue(ulps(LogTwo.exp2(x), exact) <= 0.7, () -> "2^" + x);
        }
    }

    @Test
    void logarithmsAreAccurate() {
        Random random = new Random(2);
        for (int n = 0; n < 4000; n++) {
            double log = n % 2 == 0 ? 4 * random.nextDouble() - 2 : 1e-3 * random.nextGaussian();
            BigDecimal power = power(log);
            double x = power.doubleValue();
            // log2 x = log + log2(x / 2^log), whose argument is within rounding of 1.
            BigDecimal d = new BigDecimal(x).subtract(power).divide(power, DIGITS);
            BigDecimal exact = new BigDecimal(log)
                    .add(d.subtract(d.multiply(d, DIGITS).divide(BigDecimal.TWO, DIGITS)).divide(LOG_TWO, DIGITS));
            assertTrue(ulps(LogTwo.log2(x), exact) <= 1, () -> "log2 " + x);
        }
    }

    @Test
    void integersAreExact() {
        for (int n = Double.MIN_EXPONENT - 52; n <= Double.MAX_EXPONENT; n++) {
            assertEquals(Math.scalb(1.0, n), LogTwo.exp2(n));
            assertEquals(n, LogTwo.log2(Math.scalb(1.0, n)));
        }
    }

    @ParameterizedTest
    @CsvSource({"-Infinity, 0", "-1e300, 0", "-1077, 0", "1024, Infinity", "1e300, Infinity", "Infinity, Infinity", "NaN, NaN",
        "-1060.3, 6.575e-320", "1023.9, 1.6773070034857416e308", "-1021.5, 3.1467296279827175e-308"})
    void powersBeyondTheRange(double x, double power) {
        assertNear(power, LogTwo.exp2(x), 1e-13);
    }

    @ParameterizedTest
    @CsvSource({"0, -Infinity", "-0.0, -Infinity", "-1, NaN", "NaN, NaN", "Infinity, Infinity", "1.7976931348623157e308, 1024",
        "3e-320, -1061.4320439245846"})
    void logarithmsBeyondTheRange(double x, double logarithm) {
        assertNear(logarithm, LogTwo.log2(x), 1e-15);
    }

    private static void assertNear(double expected, double actual, double part) {
        assertEquals(expected, actual, Double.isFinite(expected) ? part * Math.abs(expected) + Double.MIN_VALUE : Double.MIN_VALUE);
    }

    private static BigDecimal power(double x) {
        BigDecimal t = new BigDecimal(x).multiply(LOG_TWO, DIGITS);
        BigDecimal term = BigDecimal.ONE;
        BigDecimal sum = term;
        for (int k = 1; k < 40; k++) {
            term = term.multiply(t, DIGITS).divide(BigDecimal.valueOf(k), DIGITS);
            sum = sum.add(term, DIGITS);
        }
        return sum;
    }

    private static double ulps(double value, BigDecimal exact) {
        return new BigDecimal(value).subtract(exact).abs().doubleValue() / Math.ulp(exact.doubleValue());
    }
}
