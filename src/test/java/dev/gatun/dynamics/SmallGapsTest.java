package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Transitions;
import java.lang.foreign.Arena;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Gaps over 250 orders of magnitude, each accurate to 1e-6 of itself. */
@Tag("any-width")
class SmallGapsTest {

    private static final double RIGHT = 1e-6;

    /** More digits than any difference of numbers down to 1e-250 cancels. */
    private static final MathContext DIGITS = new MathContext(1000);

    /** Below 1e-250 a gap may be reported as not found, but neither as 0 nor as another. */
    private static void assertGap(double truth, double[][] p) {
        Dynamics dynamics = Dynamics.of(Transitions.of(p));
        assertTrue(dynamics.spectralGap() > 0, () -> Arrays.deepToString(p));
        assertTrue(dynamics.gapConverged() || truth < 1e-250, () -> Arrays.deepToString(p));
        if (dynamics.gapConverged()) {
            assertRight(truth, dynamics, p);
        }
    }

    private static void assertRight(double truth, Dynamics dynamics, double[][] p) {
        assertEquals(1, dynamics.spectralGap() / truth, RIGHT, () -> Arrays.deepToString(p));
        double time = truth < 0.5 ? -1 / Math.log1p(-truth) : dynamics.relaxationTime();
        assertEquals(1, dynamics.relaxationTime() / time, 2 * RIGHT);
    }

    /** {@code lambda_2 = 1 - a - b}. */
    @Property(tries = 100)
    void twoStates(@ForAll @DoubleRange(min = -250, max = -0.31) double logA,
                   @ForAll @DoubleRange(min = -250, max = -0.31) double logB) {
        double a = Math.pow(10, logA);
        double b = Math.pow(10, logB);
        assertGap(a + b, new double[][] {{1 - a, a}, {b, 1 - b}});
    }

    /** Two states that are nearly always left: {@code lambda_2} lies near -1, and the diagonal entries determine it. */
    @Property(tries = 100)
    void twoStatesThatNearlyAlternate(@ForAll @DoubleRange(min = -250, max = -0.31) double logA,
                                      @ForAll @DoubleRange(min = -250, max = -0.31) double logB) {
        double a = Math.pow(10, logA);
        double b = Math.pow(10, logB);
        assertGap(a + b, new double[][] {{a, 1 - a}, {1 - b, b}});
    }

    /** A walk along a line with any rates: reversible, with masses that may be far below the range of float64. */
    @Property(tries = 40)
    void birthAndDeath(@ForAll @IntRange(min = 2, max = 8) int n, @ForAll long seed) {
        Random random = new Random(seed);
        double[] up = new double[n];
        double[] down = new double[n];
        for (int i = 0; i < n; i++) {
            up[i] = i < n - 1 ? Math.pow(10, -250 * random.nextDouble()) / 3 : 0;
            down[i] = i > 0 ? Math.pow(10, -250 * random.nextDouble()) / 3 : 0;
        }
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            p[i][i] = 1 - up[i] - down[i];
            if (i < n - 1) {
                p[i][i + 1] = up[i];
            }
            if (i > 0) {
                p[i][i - 1] = down[i];
            }
        }
        assertGap(gapOfLine(up, down), p);
    }

    /** Clusters that mix at once, among which a slow ring runs: {@code lambda_2} is complex. */
    @Property(tries = 40)
    void slowRings(@ForAll @IntRange(min = 3, max = 7) int clusters, @ForAll @IntRange(min = 1, max = 3) int size,
                   @ForAll @DoubleRange(min = -250, max = -8) double logRate) {
        double rate = Math.pow(10, logRate);
        double[][] p = new double[clusters * size][clusters * size];
        for (int i = 0; i < p.length; i++) {
            int cluster = i / size;
            for (int t = 0; t < size; t++) {
                p[i][cluster * size + t] = 1.0 / size;
                p[i][(cluster + 1) % clusters * size + t] += 2 * rate / size;
                p[i][(cluster + clusters - 1) % clusters * size + t] += rate / size;
            }
        }
        double angle = 2 * Math.PI / clusters;
        double real = 3 * rate * (1 - Math.cos(angle));
        double imaginary = rate * Math.sin(angle);
        assertGap(-Math.expm1(Math.log1p(-2 * real + real * real + imaginary * imaginary) / 2), p);
    }

    /** Rings of clusters that are nearly periodic: eigenvalues lie near all roots of 1. */
    @Property(tries = 40)
    void nearlyPeriodicRings(@ForAll @IntRange(min = 2, max = 6) int clusters, @ForAll @IntRange(min = 1, max = 3) int size,
                             @ForAll @DoubleRange(min = -250, max = -8) double logRate) {
        double rate = Math.pow(10, logRate);
        double[][] p = new double[clusters * size][clusters * size];
        for (int i = 0; i < p.length; i++) {
            int cluster = i / size;
            for (int t = 0; t < size; t++) {
                p[i][cluster * size + t] = rate / size;
                p[i][(cluster + 1) % clusters * size + t] = (1 - rate) / size;
            }
        }
        // lambda = rate + (1 - rate) e^(i t): the smallest gap is that of the smallest angle.
        double gap = rate * (1 - rate) * (1 - Math.cos(2 * Math.PI / clusters));
        assertGap(-Math.expm1(Math.log1p(-2 * gap) / 2), p);
    }

    /** A slow open pair that leads to an absorbing token: the smallest eigenvalue is that of the pair. */
    @Property(tries = 40)
    void classesThatAreLeft(@ForAll @DoubleRange(min = -250, max = -1) double logA, @ForAll @DoubleRange(min = -250, max = -1) double logB,
                            @ForAll @DoubleRange(min = -250, max = -1) double logOut) {
        double a = Math.pow(10, logA);
        double b = Math.pow(10, logB);
        double out = Math.pow(10, logOut);
        double[][] p = {{1 - a, a, 0}, {b, 1 - b - out, out}, {0, 0, 1}};
        // The roots of mu^2 - (a + b + out) mu + a out: the smaller one without a difference.
        double sum = a + b + out;
        double root = 2 * (a / sum) * (out / sum);
        assertGap(sum * root / (1 + Math.sqrt(1 - 2 * root)), p);
    }

    /** The two eigenvalues of the pair differ by a part of themselves down to 1e-8: each is nearly defective. */
    @Property(tries = 40)
    void classesOfNearlyEqualRates(@ForAll @DoubleRange(min = -200, max = -1) double logRate,
                                   @ForAll @DoubleRange(min = -16, max = -4) double logRatio) {
        double a = Math.pow(10, logRate);
        double b = a * Math.pow(10, logRatio);
        double[][] p = {{1 - a, a, 0}, {b, 1 - b - a, a}, {0, 0, 1}};
        // mu^2 - (2 a + b) mu + a^2 = 0
        double half = a + b / 2;
        assertGap(half - Math.sqrt(b) * Math.sqrt(a + b / 4), p);
    }

    @Property(tries = 40)
    void tokensThatAreLeft(@ForAll @DoubleRange(min = -300, max = -0.1) double logOut) {
        double out = Math.pow(10, logOut);
        assertGap(out, new double[][] {{1 - out, out}, {0, 1}});
    }

    /** Two tokens that leave themselves with the probability {@code e^-L}, in the log domain. */
    @Property(tries = 40)
    void attention(@ForAll @DoubleRange(min = 0.1, max = 575) double drop, @ForAll boolean alone) {
        float[] tokens = {1, 0, 0, 1};
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = Matrix.copyOf(arena, tokens, 2, 2);
            Scores scores = Scores.of(x, x).withScale(1).withBeta(drop);
            Dynamics dynamics = Dynamics.of(alone ? scores.diffusion() : scores.attention(), 0);
            double truth = 2 / (1 + Math.exp((alone ? 2 : 1) * drop));
            if (truth > 1e-250) {
                assertRight(truth, dynamics, new double[0][]);
            }
        }
    }

    /** The second smallest eigenvalue of {@code I - P}, by bisection on the number of eigenvalues below. */
    private static double gapOfLine(double[] up, double[] down) {
        double low = -308;
        double high = 0.5;
        for (int step = 0; step < 33; step++) {
            double middle = (low + high) / 2;
            if (below(up, down, new BigDecimal(Math.pow(10, middle))) >= 2) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return Math.pow(10, (low + high) / 2);
    }

    /** Negative pivots of {@code I - P - mu I}: so many eigenvalues lie below mu (Sylvester). */
    private static int below(double[] up, double[] down, BigDecimal mu) {
        int count = 0;
        BigDecimal pivot = null;
        for (int i = 0; i < up.length; i++) {
            BigDecimal next = new BigDecimal(up[i]).add(new BigDecimal(down[i])).subtract(mu, DIGITS);
            if (i > 0) {
                BigDecimal product = new BigDecimal(up[i - 1]).multiply(new BigDecimal(down[i]), DIGITS);
                next = next.subtract(product.divide(pivot, DIGITS), DIGITS);
            }
            count += next.signum() < 0 ? 1 : 0;
            pivot = next;
        }
        return count;
    }
}
