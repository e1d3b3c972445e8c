package dev.gatun.reference;

/** The normal distribution in float64. */
public final class ReferenceNormal {

    /** From here on the continued fraction converges fast, below the series loses no digits to speak of. */
    private static final double FRACTION = 2.5;
    private static final int TERMS = 200;

    private ReferenceNormal() {
    }

    /** {@code Phi(x)}, the probability of at most x; relative error about 1e-14. */
    public static double distribution(double x) {
        if (x >= FRACTION) {
            return 1 - upperTail(x);
        }
        return x <= -FRACTION ? upperTail(-x) : 0.5 + density(x) * series(x);
    }

    private static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /** {@code x + x^3 / 3 + x^5 / (3 5) + ...}. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < TERMS; n++) {
            term *= x * x / (2 * n + 1);
            sum += term;
        }
        return sum;
    }

    /** {@code density(x) / (x + 1 / (x + 2 / (x + 3 / ...)))}. */
    private static double upperTail(double x) {
        double fraction = x;
        for (int n = TERMS; n > 0; n--) {
            fraction = x + n / fraction;
        }
        return density(x) / fraction;
    }
}
