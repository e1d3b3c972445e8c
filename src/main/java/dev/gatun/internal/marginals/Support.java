package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.VisiblePairs;
import java.util.List;

/**
 * Whether a coupling with given marginals exists on the visible entries of a kernel, and whether every visible entry can carry mass:
 * the support and total support of Sinkhorn and Knopp (1967), by the masses alone. Of several blocks the least support counts.
 */
public enum Support {
    /** Every visible entry of a row and a column with mass carries mass in some coupling. */
    TOTAL,
    /** A coupling exists, but some visible entries are zero in every one. */
    PARTIAL,
    /** No coupling exists. */
    NONE;

    /**
     * The support on any visible pairs, or on the pairs that {@code steps} steps along them connect.
     *
     * @param tolerance the part by which masses may differ
     */
    static PairMasses pairs(PairMask mask, int steps, double[] mu, double[] nu, double tolerance) {
        VisiblePairs pairs = mask.base() == Band.ALL ? mask.pairs() : VisiblePairs.of(mask, mu.length, nu.length);
        return new PairMasses(steps == 1 ? pairs : pairs.power(steps), mu, nu, tolerance);
    }

    /** The blocks of the pairs that {@code steps} steps connect, of a mask other than a pattern. */
    static List<Staircase> reached(Mask mask, int steps, int rows, int columns) {
        List<Staircase> blocks = Staircase.of(mask, rows, columns);
        return steps == 1 ? blocks : blocks.stream().flatMap(block -> block.power(steps).stream()).toList();
    }

    /** The least support of some blocks. */
    static Support of(List<Staircase> blocks, double[] mu, double[] nu, double tolerance) {
        Support least = TOTAL;
        for (Staircase block : blocks) {
            Support own = new BlockMasses(block, mu, nu, tolerance).support();
            least = own.compareTo(least) > 0 ? own : least;
        }
        return least;
    }

    /**
     * Why no coupling exists, or why no finite potentials reach the marginals, in one sentence; empty if they do.
     *
     * @param worst the least support of the blocks
     */
    static String why(Support worst, List<Staircase> blocks, double[] mu, double[] nu, double tolerance) {
        for (int b = 0; b < blocks.size() && worst != TOTAL; b++) {
            BlockMasses masses = new BlockMasses(blocks.get(b), mu, nu, tolerance);
            if (masses.support() == worst) {
                return blocks.get(b).place() + masses.why();
            }
        }
        return "";
    }

    /** The sum of all masses. */
    public static double total(double[] masses) {
        double total = 0;
        for (double mass : masses) {
            total += mass;
        }
        return total;
    }
}
