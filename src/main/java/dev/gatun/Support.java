package dev.gatun;

import dev.gatun.kernel.Band;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Pattern;
import dev.gatun.kernel.VisiblePairs;
import java.util.List;

/**
 * Whether a plan with given marginals exists on the visible entries of a kernel, and whether every visible entry can
 * carry mass: known from masses alone, before any iteration. Blocks that do not see each other are told apart; what
 * {@link BlockMasses} says of the worst holds for all.
 */
enum Support {
    /** Every visible entry between rows and columns with mass carries mass in some plan. */
    TOTAL,
    /** There is a plan, but some visible entries are zero in each. */
    PARTIAL,
    /** There is no plan. */
    NONE;

    /** The support of a kernel with the entries of {@code mask} visible. */
    static Support of(Mask mask, double[] mu, double[] nu) {
        return of(mask, 1, mu, nu);
    }

    /** That of a chain over some steps; sequences have as many queries as keys where they are more than one. */
    static Support of(Mask mask, int steps, double[] mu, double[] nu) {
        if (mask instanceof Pattern pattern) {
            return pairs(pattern, steps, mu, nu).support();
        }
        return of(reached(mask, steps, mu, nu), mu, nu);
    }

    private static PairMasses pairs(Pattern mask, int steps, double[] mu, double[] nu) {
        VisiblePairs pairs = mask.whole() == Band.ALL ? mask.pairs() : VisiblePairs.of(mask, mu.length, nu.length);
        return new PairMasses(steps == 1 ? pairs : pairs.power(steps), mu, nu);
    }

    private static List<Staircase> reached(Mask mask, int steps, double[] mu, double[] nu) {
        List<Staircase> blocks = Staircase.of(mask, mu.length, nu.length);
        return steps == 1 ? blocks : blocks.stream().flatMap(block -> block.power(steps).stream()).toList();
    }

    private static Support of(List<Staircase> blocks, double[] mu, double[] nu) {
        Support least = TOTAL;
        for (Staircase block : blocks) {
            Support own = new BlockMasses(block, mu, nu).support();
            least = own.compareTo(least) > 0 ? own : least;
        }
        return least;
    }

    /** Why there is no plan, or why no finite potentials reach the marginals, in one sentence; empty where there is nothing. */
    static String why(Mask mask, double[] mu, double[] nu) {
        return why(mask, 1, mu, nu);
    }

    /** The same of a chain over some steps. */
    static String why(Mask mask, int steps, double[] mu, double[] nu) {
        if (mask instanceof Pattern pattern) {
            return pairs(pattern, steps, mu, nu).why();
        }
        List<Staircase> blocks = reached(mask, steps, mu, nu);
        Support worst = of(blocks, mu, nu);
        for (int b = 0; b < blocks.size() && worst != TOTAL; b++) {
            BlockMasses masses = new BlockMasses(blocks.get(b), mu, nu);
            if (masses.support() == worst) {
                return blocks.get(b).place() + masses.why();
            }
        }
        return "";
    }

    /** The sum of all masses. */
    static double total(double[] masses) {
        double total = 0;
        for (double mass : masses) {
            total += mass;
        }
        return total;
    }
}
