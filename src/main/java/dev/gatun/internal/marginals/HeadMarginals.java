package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import java.util.Arrays;
import java.util.List;

/**
 * The marginals of one head, and whether a coupling on its visible entries can have them.
 *
 * <p>The totals of mu and nu may differ within the tolerance. As the totals of a coupling are equal, a solve has targets between them:
 * in each block of the mask both are scaled to the geometric mean of its two totals.
 *
 * @param mu            row sums asked for, N of them
 * @param nu            column sums asked for, M of them
 * @param rowTargets    row sums to solve for, of the same total as {@code columnTargets} in every block
 * @param columnTargets column sums to solve for
 * @param imbalance     the largest relative difference of a target and its marginal
 * @param support       whether a coupling exists, and whether finite potentials have its marginals
 * @param why           why not, in one sentence; empty if they do
 */
public record HeadMarginals(double[] mu, double[] nu, double[] rowTargets, double[] columnTargets, double imbalance, Support support,
                     String why) {

    /** Totals that differ by less than this part of the tolerance are not scaled. */
    private static final double NEGLIGIBLE = 1.0 / 16;

    /** Masses from this to its inverse keep entries and their sums in the range of float32. */
    private static final double MIN_MASS = 1e-26;

    /** The largest ratio of two masses for which entries of scaled rows and columns do not underflow. */
    private static final double MAX_RATIO = 1e24;

    /**
     * The marginals of a kernel ({@code steps} 1), or of a chain over several steps.
     *
     * @param tolerance the largest {@code |sum / target - 1|} that a solve may leave
     */
    public static HeadMarginals of(Mask mask, int steps, double[] mu, double[] nu, double tolerance) {
        return mask instanceof PairMask pattern ? ofPairs(Support.pairs(pattern, steps, mu, nu, tolerance), mu, nu, tolerance)
                : ofBlocks(Support.reached(mask, steps, mu.length, nu.length), mu, nu, tolerance);
    }

    /** Marginals on any visible pairs: their totals are scaled as a whole. */
    private static HeadMarginals ofPairs(PairMasses masses, double[] mu, double[] nu, double tolerance) {
        double ratio = Support.total(nu) / Support.total(mu);
        if (masses.support() == Support.NONE || !(Math.abs(ratio - 1) > NEGLIGIBLE * tolerance)) {
            return new HeadMarginals(mu, nu, mu, nu, 0, masses.support(), masses.why());
        }
        double factor = Math.sqrt(ratio);
        return new HeadMarginals(mu, nu, Arrays.stream(mu).map(mass -> mass * factor).toArray(),
                Arrays.stream(nu).map(mass -> mass / factor).toArray(), Math.max(factor, 1 / factor) - 1, masses.support(),
                masses.why());
    }

    private static HeadMarginals ofBlocks(List<Staircase> blocks, double[] mu, double[] nu, double tolerance) {
        Support support = Support.of(blocks, mu, nu, tolerance);
        String why = Support.why(support, blocks, mu, nu, tolerance);
        double[] rows = mu;
        double[] columns = nu;
        double imbalance = 0;
        for (Staircase block : blocks) {
            double ratio = block.totalOfColumns(nu) / block.totalOfRows(mu);
            if (support == Support.NONE || !(Math.abs(ratio - 1) > NEGLIGIBLE * tolerance)) {
                continue;
            }
            double factor = Math.sqrt(ratio);
            rows = rows == mu ? mu.clone() : rows;
            columns = columns == nu ? nu.clone() : columns;
            block.scaleRows(rows, factor);
            block.scaleColumns(columns, 1 / factor);
            imbalance = Math.max(imbalance, Math.max(factor, 1 / factor) - 1);
        }
        return new HeadMarginals(mu, nu, rows, columns, imbalance, support, why);
    }

    /** Whether some masses are so far from 1, or from each other, that they are solved for in the log domain. */
    public boolean beyondFloat32() {
        return beyondFloat32(mu) || beyondFloat32(nu);
    }

    /** As above, of the masses of rows or of columns. */
    public static boolean beyondFloat32(double[] masses) {
        double least = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (double mass : masses) {
            least = mass > 0 ? Math.min(least, mass) : least;
            largest = Math.max(largest, mass);
        }
        return largest > 0 && (least < MIN_MASS || largest > 1 / MIN_MASS || largest / least > MAX_RATIO);
    }
}
