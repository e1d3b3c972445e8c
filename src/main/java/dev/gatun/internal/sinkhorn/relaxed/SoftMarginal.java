package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.head.Potentials;
import java.io.Serial;
import java.io.Serializable;

/**
 * The marginal of the rows or of the columns: the term {@code weight KL(sums | masses)} of the objective, or enforced sums.
 *
 * @param weight       {@code rho / eps}, positive; infinite if the sums are enforced
 * @param logMass      log2 of the masses, minus infinity for 0
 * @param logReference log2 of the factor that the reference measure has for each row or column beside the kernel
 */
record SoftMarginal(double weight, double[] logMass, double[] logReference) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** The range of weights for which {@code 1 + weight} and {@code 1 / weight} are finite and positive. */
    private static final double MIN_WEIGHT = 1e-300;
    private static final double MAX_WEIGHT = 1e300;

    /**
     * The marginal of a weight in units of scores.
     *
     * @param rho         infinite to enforce the sums
     * @param beta        {@code 1 / eps}
     * @param masses      not negative
     * @param ofMarginals whether the reference measure has the masses as factors
     */
    static SoftMarginal of(double rho, double beta, double[] masses, boolean ofMarginals) {
        double weight = rho == Double.POSITIVE_INFINITY ? rho : Math.clamp(rho * beta, MIN_WEIGHT, MAX_WEIGHT);
        double[] logMass = Potentials.logTwo(masses);
        return new SoftMarginal(weight, logMass, ofMarginals ? logMass : new double[masses.length]);
    }

    /** The same marginal at a fraction of the inverse temperature. */
    SoftMarginal atFraction(double fraction) {
        return new SoftMarginal(enforced() ? weight : Math.max(fraction * weight, MIN_WEIGHT), logMass, logReference);
    }

    /** Whether the sums are enforced. */
    boolean enforced() {
        return weight == Double.POSITIVE_INFINITY;
    }

    /** {@code weight / (1 + weight)}, the exponent of the relaxed Sinkhorn iteration. */
    double exponent() {
        return 1 / (1 + 1 / weight);
    }

    /** {@code 1 / (1 + weight)}. */
    double complement() {
        return 1 / (1 + weight);
    }

    /** The number of rows or columns. */
    int size() {
        return logMass.length;
    }

    /** Whether a row or column has mass. */
    boolean hasMass(int index) {
        return logMass[index] > Double.NEGATIVE_INFINITY;
    }
}
