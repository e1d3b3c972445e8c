package dev.gatun.attention;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.internal.view.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Executor;

/**
 * A random ragged batch with the plan that runs it: sizes, options, types, layouts and lengths, some of them 0. Rows that belong to no
 * sequence hold NaN among the inputs.
 */
final class RaggedCase {

    static final float UNTOUCHED = 77f;

    private static final int MAX_UNUSED_ROWS = 3;

    final AttentionShape shape;
    final int[] queries;
    final int[] keys;
    final int firstQuery;
    final int firstKey;
    final double beta;
    final double spread;
    final double cap;
    final int before;
    final int after;
    final boolean causal;
    final double[] slopes;
    final boolean symmetric;
    final double[] sinks;
    final Heads q;
    final Heads k;
    final Heads v;
    final Heads out;
    final Heads sums;
    final SequenceOffsets queryOffsets;
    final SequenceOffsets keyOffsets;
    private final Random random;
    private final Arena arena;

    RaggedCase(Arena arena, long seed) {
        this.arena = arena;
        // Generators of neighbouring seeds begin with almost the same number.
        this.random = new Random(0x9E3779B97F4A7C15L * seed);
        int keyHeads = 1 + random.nextInt(2);
        int heads = keyHeads * (1 + random.nextInt(2));
        int d = 1 + random.nextInt(random.nextBoolean() ? 8 : 40);
        int c = random.nextInt(4) == 0 ? d : 1 + random.nextInt(random.nextBoolean() ? 8 : 40);
        c = random.nextBoolean() ? (c + 15) / 16 * 16 : c;
        this.queries = new int[1 + random.nextInt(5)];
        this.keys = new int[queries.length];
        boolean self = random.nextBoolean();
        for (int s = 0; s < queries.length; s++) {
            queries[s] = length();
            keys[s] = self ? queries[s] : length();
        }
        this.shape = new AttentionShape(queries.length + random.nextInt(3), heads, keyHeads, most(queries), most(keys), d, c);
        this.beta = 0.3 + random.nextDouble();
        this.spread = new double[] {0.1, 1, 1, 4, 30}[random.nextInt(5)];
        this.cap = random.nextInt(3) == 0 ? 1 + 20 * random.nextDouble() : Double.POSITIVE_INFINITY;
        this.causal = random.nextInt(3) == 0;
        boolean window = random.nextInt(3) == 0;
        this.before = window ? random.nextInt(70) : Integer.MAX_VALUE;
        this.after = causal ? 0 : window ? random.nextInt(70) : Integer.MAX_VALUE;
        this.slopes = random.nextInt(3) == 0 ? random.doubles(heads, -0.1, 0.5).toArray() : null;
        this.symmetric = random.nextBoolean();
        this.sinks = random.nextInt(3) == 0 ? random.doubles(heads, -4, 4).toArray() : null;
        this.firstQuery = random.nextInt(MAX_UNUSED_ROWS);
        this.firstKey = random.nextInt(MAX_UNUSED_ROWS);
        int queryRows = firstQuery + Arrays.stream(queries).sum() + 1 + random.nextInt(MAX_UNUSED_ROWS);
        int keyRows = firstKey + Arrays.stream(keys).sum() + 1 + random.nextInt(MAX_UNUSED_ROWS);
        this.queryOffsets = offsets(firstQuery, queries);
        this.keyOffsets = offsets(firstKey, keys);
        this.q = input(heads, queryRows, d, spread, firstQuery, queries);
        this.k = input(keyHeads, keyRows, d, spread, firstKey, keys);
        this.v = input(keyHeads, keyRows, c, 1, firstKey, keys);
        this.out = filled(tensor(ElementType.FLOAT32, heads, queryRows, c));
        this.sums = filled(tensor(ElementType.FLOAT32, heads, queryRows, 1));
    }

    /** Mostly short, often 0 or 1, and at times more than two tiles. */
    private int length() {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> random.nextInt(200);
            default -> random.nextInt(40);
        };
    }

    private int most(int[] lengths) {
        return Math.max(1, Arrays.stream(lengths).max().orElseThrow()) + (random.nextBoolean() ? 0 : random.nextInt(90));
    }

    private SequenceOffsets offsets(int first, int[] lengths) {
        MemorySegment memory = arena.allocate(4L * (lengths.length + 1), 4);
        int at = first;
        for (int s = 0; s <= lengths.length; s++) {
            memory.setAtIndex(ValueLayout.JAVA_INT, s, at);
            at += s < lengths.length ? lengths[s] : 0;
        }
        return SequenceOffsets.of(memory, 0, lengths.length);
    }

    /** Dense heads, or heads side by side in each row, with or without room between rows. */
    private Heads tensor(ElementType type, int heads, int rows, int columns) {
        int bytes = type == ElementType.FLOAT32 ? 4 : 2;
        int room = random.nextInt(3);
        boolean beside = random.nextBoolean();
        long rowStride = (beside ? (long) heads * columns : columns) + room;
        long headStride = beside ? columns : rows * rowStride;
        MemorySegment memory = arena.allocate(bytes * (beside ? rows * rowStride : heads * headStride), 64);
        return Heads.strided(memory, 0, type, new int[] {heads}, rows, columns, 0, headStride, rowStride);
    }

    private Heads input(int heads, int rows, int columns, double scale, int first, int[] lengths) {
        ElementType type = ElementType.values()[random.nextInt(3)];
        Heads wide = Heads.allocate(arena, heads, rows, columns);
        int end = first + Arrays.stream(lengths).sum();
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < rows; i++) {
                for (int c = 0; c < columns; c++) {
                    wide.matrix(h).set(i, c, i < first || i >= end ? Float.NaN : (float) (scale * random.nextGaussian()));
                }
            }
        }
        Heads narrow = type == ElementType.FLOAT32 ? wide : DecodePlanTest.narrowed(arena, wide, type);
        Heads placed = tensor(type, heads, rows, columns);
        long rowBytes = (type == ElementType.FLOAT32 ? 4L : 2L) * columns;
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < rows; i++) {
                MemorySegment.copy(narrow.segment(), (h * (long) rows + i) * rowBytes, placed.segment(), at(placed, h, i), rowBytes);
            }
        }
        return placed;
    }

    private static long at(Heads heads, int h, int i) {
        return TensorView.of(heads).start(h) + i * TensorView.of(heads).rowBytes();
    }

    private static Heads filled(Heads heads) {
        for (int h = 0; h < heads.heads(); h++) {
            for (int i = 0; i < heads.rows(); i++) {
                for (int c = 0; c < heads.columns(); c++) {
                    heads.matrix(h).set(i, c, UNTOUCHED);
                }
            }
        }
        return heads;
    }

    /** Puts NaN into all queries that see no key, and into all keys and values that no query sees; returns their number. */
    int hideGarbage() {
        int hidden = 0;
        for (int s = 0; s < queries.length; s++) {
            for (int i = 0; i < queries[s]; i++) {
                boolean sees = false;
                for (int j = 0; j < keys[s]; j++) {
                    sees |= visible(s, i, j);
                }
                hidden += sees ? 0 : spoil(q, queryOffsets.offset(s) + i);
            }
            for (int j = 0; j < keys[s]; j++) {
                boolean seen = false;
                for (int i = 0; i < queries[s]; i++) {
                    seen |= visible(s, i, j);
                }
                hidden += seen ? 0 : spoil(k, keyOffsets.offset(s) + j) + spoil(v, keyOffsets.offset(s) + j);
            }
        }
        return hidden;
    }

    private boolean visible(int s, int i, int j) {
        int distance = j - (i + keys[s] - queries[s]);
        return distance <= after && distance >= -(long) before;
    }

    /** All bits of an entry set are NaN in every type. */
    private static int spoil(Heads heads, int row) {
        int bytes = heads.type() == ElementType.FLOAT32 ? 4 : 2;
        for (int h = 0; h < heads.heads(); h++) {
            heads.segment().asSlice(at(heads, h, row), (long) bytes * heads.columns()).fill((byte) -1);
        }
        return 1;
    }

    AttentionOptions options() {
        AttentionOptions options = AttentionOptions.defaults().withBeta(beta).withSoftCap(cap);
        options = causal ? options.withCausalMask() : options;
        options = before < Integer.MAX_VALUE ? options.withWindow(before, causal ? 5 : after) : options;
        options = sinks == null ? options : options.withSinks(sinks);
        return slopes == null ? options : symmetric ? options.withSymmetricDistanceSlopes(slopes) : options.withDistanceSlopes(slopes);
    }

    /** A plan with one thread, or with up to four. */
    AttentionPlan plan(Executor executor, int threads) {
        return AttentionPlan.of(shape, threads == 1 ? options() : options().withWorkers(Workers.of(executor, threads)));
    }

    void run(AttentionPlan plan) {
        plan.runRagged(q, k, v, queryOffsets, keyOffsets, out, sums);
    }

    /** The rows of one sequence of a tensor. */
    Heads rows(Heads heads, SequenceOffsets offsets, int s) {
        TensorView view = TensorView.of(heads);
        int rows = offsets.offset(s + 1) - offsets.offset(s);
        ElementType type = heads.type();
        int bytes = type == ElementType.FLOAT32 ? 4 : 2;
        long headStride = heads.heads() == 1 ? 0 : (view.start(1) - view.start(0)) / bytes;
        return Heads.strided(heads.segment(), at(heads, 0, offsets.offset(s)), type, new int[] {heads.heads()}, rows, heads.columns(), 0,
                headStride, view.rowStride());
    }

    static float entry(Heads heads, int h, int i, int c) {
        return TensorView.of(heads).get(h, i, c);
    }

    @Override
    public String toString() {
        return "%s, queries %s, keys %s, spread %s, cap %s, before %s, after %s, slopes %s, symmetric %s, sinks %s, %s %s %s".formatted(
                shape, Arrays.toString(queries), Arrays.toString(keys), spread, cap, before, after, Arrays.toString(slopes), symmetric,
                Arrays.toString(sinks), q, k, v);
    }
}
