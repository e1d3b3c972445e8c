package dev.gatun.dynamics;

import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Sharing;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.ejml.data.Complex_F64;

/**
 * The gap {@code 1 - |lambda_2|} of a closed class from the smallest eigenvalues mu of {@code I - P}, or of {@code I - P^m} if P nearly
 * has the period m and eigenvalues lie near the other m-th roots of 1.
 *
 * <p>A stochastic matrix of order n has {@code 1 - lambda} in the sector {@code |Im| <= Re cot(pi / n)} (Dmitriev and Dynkin 1945). An
 * eigenvalue of modulus at least {@code 1 - mu} therefore lies within {@code n |mu|} of 1, where it is a large eigenvalue of the inverse
 * ({@link GeneratorInverse}), or farther than {@code 1 / n} from 1, where it is an outer eigenvalue of P.
 */
final class InverseGap {

    /** States up to which P is raised to a power. */
    private static final int MAX_RAISED = 1024;

    /** The largest power of P that is tried. */
    private static final int MAX_POWER = 64;

    private InverseGap() {
    }

    /**
     * The gap.
     *
     * @param p      the transitions
     * @param logPi  log2 of their stationary distribution
     * @param outer  the outer eigenvalues of p, as far as they were found
     * @param sharing runs the work of the elimination
     */
    static SpectralGap of(double[][] p, double[] logPi, RitzValues outer, Sharing sharing) {
        int size = p.length;
        int power = power(outer.values(), size);
        if (power == 0 || power > 1 && size > MAX_RAISED) {
            return SpectralGap.unconverged(outer);
        }
        int[] order = commonestFirst(logPi);
        double[] logScale = Arrays.stream(logPi).map(log -> log / 2).toArray();
        GeneratorInverse inverse = new GeneratorInverse(power > 1 ? SquareMatrix.power(p, power) : p, order, logScale, sharing);
        if (!inverse.usable()) {
            return new SpectralGap(positive(inverse.rate()), outer.products(), false);
        }
        double[] root = Arrays.stream(order).mapToDouble(i -> LogTwo.exp2(logScale[i])).toArray();
        ToDoubleFunction<Complex_F64[]> gapOf = values -> gapOfInverse(values, inverse.rate(), size);
        RitzValues slow = RitzValues.of(size, x -> {
            double[] y = x.clone();
            inverse.solve(y);
            return y;
        }, root, root, gapOf);
        double near = power == 1 ? slow.gap() : -StrictMath.expm1(StrictMath.log1p(-Math.min(slow.gap(), 1)) / power);
        ToDoubleFunction<Complex_F64[]> farOf = values -> SpectralGap.outerGap(Arrays.stream(values)
                .filter(value -> fromOne(value, power) >= 1.0 / (2 * size)).toArray(Complex_F64[]::new));
        double far = farOf.applyAsDouble(outer.values());
        boolean nearFound = slow.settled() && near >= GeneratorInverse.MIN_RATE && slow.steady(gapOf);
        boolean farFound = near <= far || outer.settled() && outer.steady(farOf);
        return new SpectralGap(positive(Math.min(near, far)), outer.products() + slow.products(), nearFound && farFound);
    }

    /** The states, one of the largest mass first: without it the inverse is at most n times as large as the slowest time. */
    private static int[] commonestFirst(double[] logPi) {
        int commonest = 0;
        int[] order = new int[logPi.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
            commonest = logPi[i] > logPi[commonest] ? i : commonest;
        }
        order[0] = commonest;
        order[commonest] = 0;
        return order;
    }

    /** The smallest m for which {@code lambda^m} is near 1 for every eigenvalue near the unit circle; 0 for none. */
    private static int power(Complex_F64[] values, int size) {
        int power = 1;
        for (Complex_F64 value : values) {
            if (value.getMagnitude() > 1 - SpectralGap.MIN_OUTER_GAP) {
                int step = power;
                while (power <= MAX_POWER && fromOne(value, power) >= 1.0 / (2 * size)) {
                    power += step;
                }
            }
        }
        return power <= MAX_POWER ? power : 0;
    }

    /** {@code |lambda^m - 1|}. */
    private static double fromOne(Complex_F64 value, int power) {
        double modulus = StrictMath.pow(value.getMagnitude(), power);
        double angle = power * StrictMath.atan2(value.imaginary, value.real);
        return StrictMath.hypot(modulus * StrictMath.cos(angle) - 1, modulus * StrictMath.sin(angle));
    }

    /** The minimum of {@code 1 - |1 - mu|} over the larger eigenvalues theta of the inverse, with {@code mu = rate / theta}. */
    private static double gapOfInverse(Complex_F64[] values, double rate, int size) {
        double max = Arrays.stream(values).mapToDouble(Complex_F64::getMagnitude).max().orElse(0);
        double sector = StrictMath.sin(Math.PI / size);
        double gap = Double.POSITIVE_INFINITY;
        for (Complex_F64 theta : values) {
            double modulus = theta.getMagnitude();
            // A value outside the sector has not converged.
            if (modulus * 4 * size >= max && theta.real >= 0.5 * sector * modulus) {
                double real = rate / modulus * (theta.real / modulus);
                double imaginary = rate / modulus * (theta.imaginary / modulus);
                double found = (2 * real - real * real - imaginary * imaginary) / (1 + StrictMath.hypot(1 - real, imaginary));
                gap = found > 0 ? Math.min(gap, found) : gap;
            }
        }
        return gap;
    }

    /** The gap of a chain of period 1 is positive, even if it is below the range of float64. */
    private static double positive(double gap) {
        return gap > Double.MIN_NORMAL ? gap : Double.MIN_NORMAL;
    }
}
