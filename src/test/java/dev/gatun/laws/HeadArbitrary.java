package dev.gatun.laws;

import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/**
 * Generators of heads. A head depends on the random numbers of its try only, so that the seed in a report reproduces it. It shrinks by
 * leaving out tokens, components and columns and by simplifying entries.
 */
public final class HeadArbitrary {

    /** Sizes at the edges of tiles, blocks and vectors. */
    private static final int[] EDGES = {31, 32, 33, 63, 64, 65, 127, 128, 129};

    private static final int[] COMPONENTS = {1, 2, 3, 4, 7, 8, 16, 17, 32, 33, 64};
    private static final int[] VALUE_COLUMNS = {1, 2, 3, 5, 8, 16, 17};
    private static final double[] TEMPERATURES = {1e-20, 1e-3, 0.3, 1, 1, 2.5, 40};

    /** Mild entries are multiples of this, so that the addition of integers is exact. */
    private static final float STEP = 1 / 64f;

    private HeadArbitrary() {
    }

    /**
     * Heads of every kind: scores near 0 and of thousands, ties, repeated tokens, near-permutations, negative divergences, common
     * components, queries far longer than keys, subnormal entries, heads of a trained model; with sizes at the edges of tiles; and as far
     * as the operator supports them, different numbers of keys, extreme temperatures, masks, and masses that may be 0.
     *
     * @param capabilities the capabilities of the operator
     * @return the generator
     */
    public static Arbitrary<Head> any(Set<Capability> capabilities) {
        return Arbitraries.fromGenerator(random -> shrinkable(any(random, capabilities), capabilities));
    }

    /**
     * Square heads with scores of at most a few units and without a mask, so that no exponential underflows and Sinkhorn's iteration
     * converges fast. Entries are multiples of 1/64.
     *
     * @return the generator
     */
    public static Arbitrary<Head> mild() {
        return Arbitraries.fromGenerator(random -> shrinkable(mild(random), Set.of()));
    }

    /**
     * A head with one heavy key of score 0 and value 0, and other keys of score -17 and value 1: each of these adds less than half a unit
     * in the last place to a sum that includes the heavy one.
     */
    static Head longRow(int rows, int columns, int heavy) {
        float[] keys = filled(columns, -17);
        float[] values = filled(columns, 1);
        keys[heavy] = 0;
        values[heavy] = 0;
        return Head.of(1, filled(rows, 1), keys, values);
    }

    private static float[] filled(int count, float entry) {
        float[] filled = new float[count];
        Arrays.fill(filled, entry);
        return filled;
    }

    private static ShrinkableHead shrinkable(Head head, Set<Capability> capabilities) {
        boolean square = !capabilities.contains(Capability.OTHER_KEYS);
        return new ShrinkableHead(head, square, capabilities.contains(Capability.EMPTY_ROWS));
    }

    private static Head any(Random random, Set<Capability> capabilities) {
        HeadKind kind = pick(random, HeadKind.values());
        int rows = size(random);
        int columns = capabilities.contains(Capability.OTHER_KEYS) && random.nextInt(3) == 0 ? size(random) : rows;
        Head head = withValues(random, kind.head(random, rows, columns, pick(random, COMPONENTS)));
        if (capabilities.contains(Capability.TEMPERATURE)) {
            head = head.withBeta(pick(random, TEMPERATURES));
        }
        if (capabilities.contains(Capability.CAUSAL_MASK) && rows == columns && random.nextInt(4) == 0) {
            head = head.withCausalMask();
        } else if (capabilities.contains(Capability.PAIR_MASK) && random.nextInt(3) == 0) {
            head = head.withPairMask(pairs(random, rows, columns, capabilities.contains(Capability.EMPTY_ROWS)));
        }
        return capabilities.contains(Capability.MARGINALS) && random.nextInt(2) == 0 ? withMasses(random, head) : head;
    }

    private static Head mild(Random random) {
        int n = size(random);
        int d = pick(random, COMPONENTS);
        double spread = pick(random, new double[] {0.1, 0.4, 0.8});
        float[] queries = stepped(HeadKind.normal(random, n * d, spread));
        float[] keys = stepped(HeadKind.normal(random, n * d, spread));
        return withValues(random, Head.of(d, queries, keys, new float[n]));
    }

    private static float[] stepped(float[] entries) {
        for (int i = 0; i < entries.length; i++) {
            entries[i] = Math.round(entries[i] / STEP) * STEP;
        }
        return entries;
    }

    private static int size(Random random) {
        return random.nextInt(4) == 0 ? pick(random, EDGES) : 1 + random.nextInt(20);
    }

    /** Values of the order of 1, of thousands, or of both. */
    private static Head withValues(Random random, Head head) {
        int width = pick(random, VALUE_COLUMNS);
        float[] values = HeadKind.normal(random, head.columns() * width, random.nextInt(4) == 0 ? 1000 : 1);
        for (int i = random.nextInt(8); i < values.length && random.nextInt(3) == 0; i += 8) {
            values[i] *= 1000;
        }
        return head.withValues(values);
    }

    /** A mask that hides a quarter, a half or three quarters of all pairs. Each query sees a key unless rows may be empty. */
    private static boolean[] pairs(Random random, int rows, int columns, boolean empty) {
        boolean[] visible = new boolean[rows * columns];
        int one = 1 + random.nextInt(3);
        for (int pair = 0; pair < visible.length; pair++) {
            visible[pair] = random.nextInt(4) >= one;
        }
        for (int i = 0; i < rows; i++) {
            visible[i * columns + random.nextInt(columns)] |= !empty || random.nextInt(2) == 0;
            if (empty && random.nextInt(6) == 0) {
                Arrays.fill(visible, i * columns, (i + 1) * columns, false);
            }
        }
        return visible;
    }

    /** Masses that are powers of ten or 0, with the same sum for rows and columns. */
    private static Head withMasses(Random random, Head head) {
        double[] ofRows = masses(random, head.rows());
        double[] ofColumns = masses(random, head.columns());
        double factor = Arrays.stream(ofRows).sum() / Arrays.stream(ofColumns).sum();
        Arrays.setAll(ofColumns, j -> factor * ofColumns[j]);
        return head.withMasses(ofRows, ofColumns);
    }

    private static double[] masses(Random random, int count) {
        double[] masses = new double[count];
        Arrays.setAll(masses, i -> random.nextInt(5) == 0 ? 0 : Math.pow(10, random.nextInt(5) - 2));
        masses[random.nextInt(count)] += 0.5;
        return masses;
    }

    private static <T> T pick(Random random, T[] from) {
        return from[random.nextInt(from.length)];
    }

    private static int pick(Random random, int[] from) {
        return from[random.nextInt(from.length)];
    }

    private static double pick(Random random, double[] from) {
        return from[random.nextInt(from.length)];
    }
}
