package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;

/**
 * One side of a relaxed problem: the term {@code weight KL(sums | masses)}, or sums that are enforced.
 *
 * @param weight  {@code rho / eps}, positive; infinite where sums are enforced
 * @param logMass log2 of the masses, minus infinity for none
 * @param base    log2 of what the reference measure gives each row or column beside the kernel
 */
record SoftMarginal(double weight, double[] logMass, double[] base) {

    /** The weights of which {@code 1 + weight} and {@code 1 / weight} are ordinary numbers. */
    private static final double MIN_WEIGHT = 1e-300;
    private static final double MAX_WEIGHT = 1e300;

    /**
     * @param rho    infinite to enforce the sums
     * @param beta   {@code 1 / eps}
     * @param masses not negative
     */
    static SoftMarginal of(double rho, double beta, double[] masses, boolean ofMarginals) {
        double weight = rho == Double.POSITIVE_INFINITY ? rho : Math.clamp(rho * beta, MIN_WEIGHT, MAX_WEIGHT);
        double[] logMass = Potentials.logTwo(masses);
        return new SoftMarginal(weight, logMass,
                ofMarginals ? logMass : new double[masses.length]);
    }

    /** The side at {@code part} of the inverse temperature. */
    SoftMarginal heated(double part) {
        return new SoftMarginal(enforced() ? weight : Math.max(part * weight, MIN_WEIGHT), logMass, base);
    }

    boolean enforced() {
        return weight == Double.POSITIVE_INFINITY;
    }

    /** {@code weight / (1 + weight)}, the exponent of Sinkhorn's iteration. */
    double part() {
        return 1 / (1 + 1 / weight);
    }

    /** {@code 1 / (1 + weight)}. */
    double rest() {
        return 1 / (1 + weight);
    }

    int size() {
        return logMass.length;
    }

    /** Whether a row or column has mass. */
    boolean has(int index) {
        return logMass[index] > Double.NEGATIVE_INFINITY;
    }
}
