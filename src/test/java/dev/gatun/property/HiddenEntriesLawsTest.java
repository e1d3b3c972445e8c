package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.Heads;
import dev.gatun.attention.AttentionMask;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Entries of queries, keys and values that no visible pair uses do not change the result of an attention plan, to the last bit. */
class HiddenEntriesLawsTest {

    private static final float[] GARBAGE = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE,
            -3e38f, 1e30f, 1e5f, 300f, 7f, 1f, 1e-30f, Float.MIN_VALUE, 0f, -0f};

    /** Sizes, magnitudes, and the masks that hide entries. */
    record Setting(AttentionShape shape, double spread, double ofValues, int hiding, boolean capped, int slopes, boolean sinks,
                   long seed) {

        boolean has(int bit) {
            return (hiding & bit) != 0;
        }
    }

    private static final int CAUSAL = 1;
    private static final int WINDOW = 2;
    private static final int MASK = 4;
    private static final int BIAS = 8;
    private static final int BROADCAST = 16;

    @Provide
    static Arbitrary<Setting> settings() {
        return settings(Arbitraries.of(1, 2, 4), Arbitraries.integers().between(1, 31));
    }

    /** Of heads that share their keys, each of which has a mask or a bias of its own. */
    @Provide
    static Arbitrary<Setting> settingsOfSharedKeys() {
        return settings(Arbitraries.of(1, 2), Arbitraries.integers().between(1, BROADCAST - 1)
                .map(hiding -> (hiding & (MASK | BIAS)) == 0 ? hiding | MASK : hiding));
    }

    private static Arbitrary<Setting> settings(Arbitrary<Integer> keyHeadCounts, Arbitrary<Integer> hidings) {
        Arbitrary<AttentionShape> shapes = Combinators.combine(Arbitraries.integers().between(1, 2),
                keyHeadCounts, Arbitraries.integers().between(1, 66), Arbitraries.integers().between(1, 70),
                Arbitraries.of(1, 3, 8, 16, 33), Arbitraries.of(1, 5, 16)).as((batch, keyHeads, queries, keys, d, c) ->
                        new AttentionShape(batch, keyHeads == 1 ? 2 : 4, keyHeads, queries, keys, d, c));
        return Combinators.combine(shapes, Arbitraries.of(0.1, 1.0, 3.0, 30.0, 1e-25), Arbitraries.of(1.0, 1e-36, 1e25),
                hidings, Arbitraries.of(true, false), Arbitraries.integers().between(0, 2),
                Arbitraries.of(true, false), Arbitraries.longs()).as(Setting::new);
    }

    /** The memory of a call: bias and mask, null for none, and the hidden rows and pairs. */
    private static final class Call {
        private final Setting setting;
        private final AttentionShape shape;
        private final Random random;
        private final float[] q;
        private final float[] k;
        private final float[] v;
        private final float[] bias;
        private final byte[] mask;
        private final float only;

        Call(Setting setting) {
            this.setting = setting;
            this.shape = setting.shape();
            this.random = new Random(setting.seed());
            this.only = random.nextBoolean() ? GARBAGE[random.nextInt(GARBAGE.length)] : 1.25f;
            this.q = normal(shape.batch() * shape.heads() * shape.queries() * shape.dimension(), setting.spread());
            this.k = normal(shape.batch() * shape.keyHeads() * shape.keys() * shape.dimension(), setting.spread());
            this.v = normal(shape.batch() * shape.keyHeads() * shape.keys() * shape.valueDimension(), setting.ofValues());
            int pairs = tables() * shape.queries() * shape.keys();
            this.bias = setting.has(BIAS) ? normal(pairs, 2) : null;
            this.mask = setting.has(MASK) ? new byte[pairs] : null;
            for (int table = 0; table < tables(); table++) {
                hide(table);
            }
        }

        /** Tables of pairs: one for all heads, or one for each. */
        private int tables() {
            return setting.has(BROADCAST) ? 1 : shape.batch() * shape.heads();
        }

        private float[] normal(int count, double spread) {
            float[] entries = new float[count];
            for (int at = 0; at < count; at++) {
                entries[at] = (float) (spread * random.nextGaussian());
            }
            return entries;
        }

        /** Some keys from every query, some queries from every key, and single pairs. */
        private void hide(int table) {
            double share = random.nextDouble();
            boolean[] hiddenKeys = new boolean[shape.keys()];
            for (int j = 0; j < hiddenKeys.length; j++) {
                hiddenKeys[j] = random.nextDouble() < share;
            }
            for (int i = 0; i < shape.queries(); i++) {
                boolean hiddenQuery = random.nextInt(6) == 0;
                for (int j = 0; j < shape.keys(); j++) {
                    boolean hidden = hiddenQuery || hiddenKeys[j] || random.nextInt(9) == 0;
                    int at = (table * shape.queries() + i) * shape.keys() + j;
                    if (mask != null) {
                        mask[at] = (byte) (hidden ? 0 : 1);
                    }
                    if (bias != null && hidden && (mask == null || random.nextBoolean())) {
                        bias[at] = Float.NEGATIVE_INFINITY;
                    } else if (bias != null && hidden) {
                        bias[at] = GARBAGE[random.nextInt(GARBAGE.length)];
                    }
                }
            }
        }

        boolean visible(int index, int i, int j) {
            int distance = j - (i + shape.keys() - shape.queries());
            int table = setting.has(BROADCAST) ? 0 : index;
            int at = (table * shape.queries() + i) * shape.keys() + j;
            return !(setting.has(CAUSAL) && distance > 0) && !(setting.has(WINDOW) && (distance < -9 || distance > 3))
                    && (mask == null || mask[at] != 0) && (bias == null || bias[at] > Float.NEGATIVE_INFINITY);
        }

        AttentionOptions options() {
            AttentionOptions options = AttentionOptions.defaults();
            options = setting.has(CAUSAL) ? options.withCausalMask() : options;
            options = setting.has(WINDOW) ? options.withWindow(9, 3) : options;
            options = mask != null ? options.withMask() : options;
            options = bias != null ? setting.seed() % 2 == 0 ? options.withBias() : options.withBiasBeforeSoftCap() : options;
            options = setting.capped() ? options.withSoftCap(5) : options;
            double[] slopes = AttentionOptions.alibiSlopes(shape.heads());
            options = setting.slopes() == 1 ? options.withDistanceSlopes(slopes) : options;
            options = setting.slopes() == 2 ? options.withSymmetricDistanceSlopes(slopes) : options;
            return setting.sinks() ? options.withSinks(slopes) : options;
        }

        /** Out and logarithms of each head. */
        float[][] run(AttentionPlan plan, float[] queries, float[] keys, float[] values) {
            int heads = shape.batch() * shape.heads();
            float[] out = new float[heads * shape.queries() * shape.valueDimension()];
            float[] sums = new float[heads * shape.queries()];
            int leading = setting.has(BROADCAST) ? 1 : shape.batch();
            int second = setting.has(BROADCAST) ? 1 : shape.heads();
            plan.run(heads(queries, shape.heads(), shape.queries(), shape.dimension()),
                    heads(keys, shape.keyHeads(), shape.keys(), shape.dimension()),
                    heads(values, shape.keyHeads(), shape.keys(), shape.valueDimension()),
                    bias == null ? null : Heads.of(MemorySegment.ofArray(bias), 0, leading, second, shape.queries(), shape.keys()),
                    mask == null ? null : AttentionMask.of(MemorySegment.ofArray(mask), 0, leading, second, shape.queries(),
                            shape.keys()),
                    heads(out, shape.heads(), shape.queries(), shape.valueDimension()),
                    heads(sums, shape.heads(), shape.queries(), 1));
            float[][] results = new float[heads][];
            for (int index = 0; index < heads; index++) {
                int size = shape.queries() * shape.valueDimension();
                float[] result = Arrays.copyOfRange(out, index * size, (index + 1) * size + shape.queries());
                System.arraycopy(sums, index * shape.queries(), result, size, shape.queries());
                results[index] = result;
            }
            return results;
        }

        private Heads heads(float[] entries, int heads, int rows, int columns) {
            return Heads.of(MemorySegment.ofArray(entries), 0, shape.batch(), heads, rows, columns);
        }

        int keyIndex(int index) {
            return index / shape.heads() * shape.keyHeads() + index % shape.heads() / (shape.heads() / shape.keyHeads());
        }

        boolean seesAny(int index, int i) {
            for (int j = 0; j < shape.keys(); j++) {
                if (visible(index, i, j)) {
                    return true;
                }
            }
            return false;
        }

        boolean isSeen(int index, int j) {
            for (int i = 0; i < shape.queries(); i++) {
                if (visible(index, i, j)) {
                    return true;
                }
            }
            return false;
        }

        /** Replaces a row by garbage: of one kind in a call, or mixed. */
        void spoil(float[] entries, int row, int columns) {
            for (int c = 0; c < columns; c++) {
                entries[row * columns + c] = only == 1.25f ? GARBAGE[random.nextInt(GARBAGE.length)] : only;
            }
        }
    }

    @Property(tries = 120, edgeCases = EdgeCasesMode.NONE)
    void hiddenGarbageChangesNoBit(@ForAll("settings") Setting setting) {
        Call call = new Call(setting);
        AttentionShape shape = setting.shape();
        AttentionPlan plan = AttentionPlan.of(shape, call.options());
        float[][] expected = call.run(plan, call.q, call.k, call.v);
        float[] q = call.q.clone();
        float[] k = call.k.clone();
        float[] v = call.v.clone();
        for (int index = 0; index < expected.length; index++) {
            for (int i = 0; i < shape.queries(); i++) {
                if (!call.seesAny(index, i)) {
                    call.spoil(q, index * shape.queries() + i, shape.dimension());
                }
            }
        }
        for (int group = 0; group < shape.batch() * shape.keyHeads(); group++) {
            for (int j = 0; j < shape.keys(); j++) {
                boolean needed = false;
                for (int index = 0; index < expected.length; index++) {
                    needed |= call.keyIndex(index) == group && call.isSeen(index, j);
                }
                if (!needed) {
                    call.spoil(k, group * shape.keys() + j, shape.dimension());
                    call.spoil(v, group * shape.keys() + j, shape.valueDimension());
                }
            }
        }
        assertSame(expected, call.run(plan, q, k, v));
        assertSame(expected, call.run(plan, call.q, call.k, call.v));
    }

    /** If heads share keys, a key that one head sees may be any finite vector to a head that does not see it. */
    @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
    void whatAnotherHeadSeesChangesNoBit(@ForAll("settingsOfSharedKeys") Setting setting) {
        Call call = new Call(setting);
        AttentionShape shape = setting.shape();
        AttentionPlan plan = AttentionPlan.of(shape, call.options());
        float[][] expected = call.run(plan, call.q, call.k, call.v);
        for (int index = 0; index < expected.length; index++) {
            float[] k = call.k.clone();
            float[] v = call.v.clone();
            for (int j = 0; j < shape.keys(); j++) {
                if (!call.isSeen(index, j)) {
                    int row = call.keyIndex(index) * shape.keys() + j;
                    Arrays.fill(k, row * shape.dimension(), (row + 1) * shape.dimension(), 1e4f);
                    Arrays.fill(v, row * shape.valueDimension(), (row + 1) * shape.valueDimension(), 1e30f);
                }
            }
            assertSame(index, expected[index], call.run(plan, call.q, k, v)[index]);
        }
    }

    private static void assertSame(float[][] expected, float[][] actual) {
        for (int index = 0; index < expected.length; index++) {
            assertSame(index, expected[index], actual[index]);
        }
    }

    private static void assertSame(int index, float[] expected, float[] actual) {
        for (int at = 0; at < expected.length; at++) {
            assertEquals(Float.floatToRawIntBits(expected[at]), Float.floatToRawIntBits(actual[at]),
                    "entry " + at + " of head " + index + ": " + expected[at] + " and " + actual[at]);
        }
    }
}
