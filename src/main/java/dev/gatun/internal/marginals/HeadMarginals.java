package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import java.util.Arrays;
import java.util.List;

/**
 * The row and column sums asked of one head's coupling, and what its visible entries allow of them.
 *
 * <p>Totals may differ by as much as the tolerance allows. No coupling has both, so a solve is given targets between them: in
 * each block of entries that sees no other, the geometric mean of its two totals.
 *
 * @param mu            row sums asked for
 * @param nu            column sums asked for
 * @param rowTargets    row sums to solve for, of the same total as {@code columnTargets} in every block
 * @param columnTargets column sums to solve for
 * @param imbalance     the largest part by which a target differs from what is asked for
 * @param support       whether there is such a coupling, and whether finite potentials make it
 * @param why           why not, in one sentence; empty where they do
 */
public record HeadMarginals(double[] mu, double[] nu, double[] rowTargets, double[] columnTargets, double imbalance, Support support,
                     String why) {

    /** Totals that differ by less than this part of the tolerance are left alone. */
    private static final double NEGLIGIBLE = 1.0 / 16;

    /** Masses from here to its inverse leave float32 entries, and float32 sums of them, in their range. */
    private static final double MIN_ORDINARY = 1e-26;

    /** Masses further apart than this lose entries of scaled rows and columns to underflow. */
    private static final double MAX_RATIO = 1e24;

    /**
     * Marginals of a chain over some steps, of a kernel over one.
     *
     * @param tolerance the largest {@code |sum / target - 1|} that a solve may leave
     */
    public static HeadMarginals of(Mask mask, int steps, double[] mu, double[] nu, double tolerance) {
        return mask instanceof PairMask pattern ? ofPairs(Support.pairs(pattern, steps, mu, nu, tolerance), mu, nu, tolerance)
                : ofBlocks(Support.reached(mask, steps, mu.length, nu.length), mu, nu, tolerance);
    }

    /** Of pairs that are hidden one by one: their totals as a whole are brought together. */
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

    /** Whether masses lie so far from 1, or from each other, that they are solved for by their logarithms. */
    public boolean wide() {
        return wide(mu) || wide(nu);
    }

    /** Whether masses of one side do. */
    public static boolean wide(double[] masses) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = 0;
        for (double mass : masses) {
            least = mass > 0 ? Math.min(least, mass) : least;
            greatest = Math.max(greatest, mass);
        }
        return greatest > 0 && (least < MIN_ORDINARY || greatest > 1 / MIN_ORDINARY || greatest / least > MAX_RATIO);
    }
}
