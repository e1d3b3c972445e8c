package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.VisiblePairs;
import java.util.List;

/**
 * Whether a plan with given marginals exists on the visible entries of a kernel, and whether every visible entry can
 * carry mass: known from masses alone, before any iteration. Blocks that do not see each other are told apart; what
 * {@link BlockMasses} says of the worst holds for all.
 */
public enum Support {
    /** Every visible entry between rows and columns with mass carries mass in some plan. */
    TOTAL,
    /** There is a plan, but some visible entries are zero in each. */
    PARTIAL,
    /** There is no plan. */
    NONE;

    /**
     * The masses of a kernel whose pairs are hidden one by one, or of a chain over some steps of it.
     *
     * @param tolerance the part by which masses may differ
     */
    static PairMasses pairs(PairMask mask, int steps, double[] mu, double[] nu, double tolerance) {
        VisiblePairs pairs = mask.base() == Band.ALL ? mask.pairs() : VisiblePairs.of(mask, mu.length, nu.length);
        return new PairMasses(steps == 1 ? pairs : pairs.power(steps), mu, nu, tolerance);
    }

    /** The blocks of what is reached in some steps, of a mask other than a pattern. */
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
     * Why there is no plan, or why no finite potentials reach the marginals, in one sentence; empty where there is nothing.
     *
     * @param worst what {@link #of} says of the blocks
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
