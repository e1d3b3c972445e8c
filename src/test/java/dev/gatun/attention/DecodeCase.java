package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.internal.cache.CachePages;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.stored.PageRuns;
import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;

/**
 * A random batch of decoding: sequences of any lengths, with any options, behind a common prefix or none. Its keys and values are numbers,
 * which are put into caches of any layout.
 */
final class DecodeCase {

    static final float UNTOUCHED = 77f;

    /** How keys and values lie in memory. */
    enum Layout {
        /** Keys and values in tensors of pages of their own. */
        PAGES,
        /** The keys of a page beside its values, at an odd place. */
        SIDE_BY_SIDE,
        /** All heads of a token one after the other, with a gap between tokens, on the heap. */
        TOKENS,
        /** Two tensors of pages. */
        TWO_RUNS,
        /** A page for each sequence. */
        CONTIGUOUS
    }

    final Random random;
    final AttentionShape shape;
    final ElementType type;
    /** Whether the cache is of int8 with scales. */
    final boolean quantised;
    final int[] lengths;
    final int[] queries;
    final int prefix;
    final int pageTokens;
    final double spread;
    final double beta;
    final double cap;
    final int before;
    final int after;
    final double[] slopes;
    final boolean symmetric;
    final double[] sinks;
    final boolean biased;
    final boolean biasCapped;
    final boolean masked;
    /** Of each sequence, and last of the prefix: rows head by head. */
    final float[][][] keys;
    final float[][][] values;
    final float[][] keyScales;
    final float[][] valueScales;
    final float[][][] q;
    final int[] biasShape;
    final float[] bias;
    final int[] maskShape;
    final byte[] mask;

    DecodeCase(long seed) {
        // Generators of neighbouring seeds begin with almost the same number.
        random = new Random(0x9E3779B97F4A7C15L * seed);
        int keyHeads = 1 + random.nextInt(3);
        int batch = 1 + random.nextInt(5);
        int mostQueries = random.nextInt(6) == 0 ? 16 : 1 + random.nextInt(4);
        int longest = random.nextInt(4) == 0 ? 600 : 1 + random.nextInt(90);
        int[] dimensions = {1, 5, 16, 33, 64};
        shape = new AttentionShape(batch, keyHeads * (1 + random.nextInt(4)), keyHeads, mostQueries, longest,
                dimensions[random.nextInt(5)], dimensions[random.nextInt(5)]);
        quantised = random.nextInt(4) == 0;
        type = quantised ? ElementType.FLOAT32 : ElementType.values()[random.nextInt(3)];
        prefix = random.nextInt(3) == 0 ? 1 + random.nextInt(longest) : 0;
        int own = longest - prefix;
        lengths = IntStream.range(0, batch).map(s -> random.nextInt(5) == 0 ? 0 : random.nextInt(own + 1)).toArray();
        queries = IntStream.range(0, batch).map(s -> random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(mostQueries)).toArray();
        pageTokens = 8 * (2 + random.nextInt(4));
        spread = new double[] {0.3, 1, 1, 5, 30}[random.nextInt(5)];
        beta = random.nextInt(3) == 0 ? 0.7 : 1;
        cap = random.nextInt(3) == 0 ? 0.5 + 20 * random.nextDouble() : Double.POSITIVE_INFINITY;
        before = random.nextInt(3) == 0 ? random.nextInt(longest + 1) : Integer.MAX_VALUE;
        after = random.nextInt(2) == 0 ? random.nextInt(3) == 0 ? random.nextInt(4) : 0 : Integer.MAX_VALUE;
        slopes = random.nextInt(3) == 0 ? random.doubles(shape.heads(), -0.1, 0.5).toArray() : null;
        symmetric = random.nextBoolean();
        sinks = random.nextInt(3) == 0 ? random.doubles(shape.heads(), -3, 5).toArray() : null;
        biased = random.nextInt(4) == 0;
        biasCapped = random.nextBoolean();
        masked = random.nextInt(3) == 0;
        keys = new float[batch + 1][][];
        values = new float[batch + 1][][];
        keyScales = new float[batch + 1][];
        valueScales = new float[batch + 1][];
        q = new float[batch][][];
        for (int s = 0; s <= batch; s++) {
            int length = s == batch ? prefix : lengths[s];
            keys[s] = normal(keyHeads * length, shape.dimension(), spread, type);
            values[s] = normal(keyHeads * length, shape.valueDimension(), 1, type);
            keyScales[s] = quantised ? quantise(keys[s]) : null;
            valueScales[s] = quantised ? quantise(values[s]) : null;
            if (s < batch) {
                q[s] = normal(shape.heads() * queries[s], shape.dimension(), spread, ElementType.FLOAT32);
            }
        }
        biasShape = pairShape();
        bias = new float[biased ? entries(biasShape) : 0];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = random.nextInt(9) == 0 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian();
        }
        maskShape = pairShape();
        mask = new byte[masked ? entries(maskShape) : 0];
        boolean padding = random.nextBoolean();
        int shown = random.nextInt(maskShape[3] + 1);
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) (padding ? i % maskShape[3] < shown ? 1 : 0 : random.nextInt(4) == 0 ? 0 : random.nextInt(256) - 128);
        }
    }

    private int[] pairShape() {
        return new int[] {random.nextBoolean() ? 1 : shape.batch(), random.nextBoolean() ? 1 : shape.heads(),
                random.nextBoolean() ? 1 : shape.queries() + random.nextInt(2), shape.keys() + random.nextInt(9)};
    }

    private static int entries(int[] shape) {
        return shape[0] * shape[1] * shape[2] * shape[3];
    }

    private float[][] normal(int rows, int columns, double deviation, ElementType type) {
        float[][] entries = new float[rows][columns];
        for (float[] row : entries) {
            for (int c = 0; c < columns; c++) {
                row[c] = rounded((float) (deviation * random.nextGaussian()), type);
            }
        }
        return entries;
    }

    /** Replaces rows by the nearest multiples of their scales, which it returns. */
    private static float[] quantise(float[][] rows) {
        float[] scales = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (float entry : rows[i]) {
                scales[i] = Math.max(scales[i], Math.abs(entry) / 127);
            }
            for (int c = 0; c < rows[i].length; c++) {
                rows[i][c] = scales[i] * (float) Math.rint(rows[i][c] / scales[i]);
            }
        }
        return scales;
    }

    /** The upper bits of a float32, or the nearest float16. */
    static float rounded(float entry, ElementType type) {
        return switch (type) {
            case FLOAT32 -> entry;
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(entry));
            case BFLOAT16 -> Float.intBitsToFloat(Float.floatToRawIntBits(entry) & 0xFFFF0000);
        };
    }

    AttentionOptions options() {
        AttentionOptions options = AttentionOptions.defaults().withBeta(beta).withSoftCap(cap);
        if (before < Integer.MAX_VALUE || after < Integer.MAX_VALUE) {
            options = before < Integer.MAX_VALUE ? options.withWindow(before, after)
                    : after == 0 ? options.withCausalMask() : options.withWindow(before, after);
        }
        if (slopes != null) {
            options = symmetric ? options.withSymmetricDistanceSlopes(slopes) : options.withDistanceSlopes(slopes);
        }
        options = sinks == null ? options : options.withSinks(sinks);
        options = biased ? biasCapped ? options.withBiasBeforeSoftCap() : options.withBias() : options;
        return masked ? options.withMask() : options;
    }

    DecodePlan plan(Executor executor, int threads) {
        return DecodePlan.of(shape, threads == 1 ? options() : options().withWorkers(Workers.of(executor, threads)));
    }

    // ---- what is visible ----

    int tokens(int s) {
        return prefix + lengths[s];
    }

    boolean visible(int s, int h, int i, int token) {
        long distance = token - (i + (long) tokens(s) - queries[s]);
        return distance >= -(long) before && distance <= after && (!masked || mask[place(maskShape, s, h, i, token)] != 0)
                && !(biased && bias[place(biasShape, s, h, i, token)] == Float.NEGATIVE_INFINITY);
    }

    private static int place(int[] of, int s, int h, int i, int token) {
        int entry = of[0] == 1 ? 0 : s;
        int head = of[1] == 1 ? 0 : h;
        int row = of[2] == 1 ? 0 : i;
        return ((entry * of[1] + head) * of[2] + row) * of[3] + token;
    }

    /** Whether a query of the sequence, or of all if it is the prefix, sees a token by a head of keys. */
    private boolean seen(int s, int g, int token) {
        for (int owner = 0; owner < shape.batch(); owner++) {
            if (owner != s && s < shape.batch()) {
                continue;
            }
            for (int h = g * shape.sizes().headsPerKeyHead(); h < (g + 1) * shape.sizes().headsPerKeyHead(); h++) {
                for (int i = 0; i < queries[owner]; i++) {
                    if (visible(owner, h, i, s == shape.batch() ? token : prefix + token)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    // ---- memory ----

    /** The calls' tensors. Queries lie between rows of others, which are neither read nor written. */
    final class Tensors {
        final Heads q;
        final SequenceOffsets offsets;
        final CachedSequences prefix;
        final CachedSequences sequences;
        final Heads bias;
        final AttentionMask mask;
        final Heads out;
        final Heads sums;

        /** @param garbage whether all that no query sees is filled with numbers that are not finite, and others that are very large */
        Tensors(Arena arena, Layout layout, boolean garbage) {
            int total = Arrays.stream(queries).sum() + 3;
            q = fill(Heads.allocate(arena, shape.heads(), total, shape.dimension()), garbage);
            out = fill(Heads.allocate(arena, shape.heads(), total, shape.valueDimension()), false);
            sums = fill(Heads.allocate(arena, shape.heads(), total, 1), false);
            int[] starts = new int[shape.batch() + 1];
            starts[0] = 2;
            for (int s = 0; s < shape.batch(); s++) {
                starts[s + 1] = starts[s] + queries[s];
            }
            MemorySegment memory = arena.allocate(4L * starts.length + 1, 1);
            for (int s = 0; s < starts.length; s++) {
                memory.set(ValueLayout.JAVA_INT_UNALIGNED, 1 + 4L * s, starts[s]);
            }
            offsets = SequenceOffsets.of(memory, 1, shape.batch());
            for (int s = 0; s < shape.batch(); s++) {
                for (int h = 0; h < shape.heads(); h++) {
                    for (int i = 0; i < queries[s]; i++) {
                        if (!garbage || sees(s, h, i)) {
                            put(q, h, starts[s] + i, DecodeCase.this.q[s][h * queries[s] + i]);
                        }
                    }
                }
            }
            sequences = cached(arena, layout, 0, shape.batch(), garbage);
            prefix = DecodeCase.this.prefix == 0 ? null : cached(arena, layout, shape.batch(), 1, garbage);
            bias = biased ? bias(arena, garbage) : null;
            MemorySegment bytes = arena.allocate(Math.max(1, DecodeCase.this.mask.length));
            MemorySegment.copy(DecodeCase.this.mask, 0, bytes, ValueLayout.JAVA_BYTE, 0, DecodeCase.this.mask.length);
            mask = masked ? AttentionMask.of(bytes, 0, maskShape) : null;
        }

        private boolean sees(int s, int h, int i) {
            return IntStream.range(0, tokens(s)).anyMatch(token -> visible(s, h, i, token));
        }

        private Heads bias(Arena arena, boolean garbage) {
            Heads heads = Heads.allocate(arena, biasShape);
            boolean[] used = new boolean[DecodeCase.this.bias.length];
            for (int s = 0; s < shape.batch(); s++) {
                for (int h = 0; h < shape.heads(); h++) {
                    for (int i = 0; i < queries[s]; i++) {
                        for (int token = 0; token < tokens(s); token++) {
                            used[place(biasShape, s, h, i, token)] |= visible(s, h, i, token)
                                    || DecodeCase.this.bias[place(biasShape, s, h, i, token)] == Float.NEGATIVE_INFINITY;
                        }
                    }
                }
            }
            for (int at = 0; at < used.length; at++) {
                heads.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, !garbage || used[at] ? DecodeCase.this.bias[at]
                        : at % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY);
            }
            return heads;
        }

        void run(DecodePlan plan) {
            plan.run(q, offsets, prefix, sequences, bias, mask, out, sums);
        }

        float out(int s, int h, int i, int c) {
            return entry(out, h, offsets.offset(s) + i, c);
        }

        float sum(int s, int h, int i) {
            return entry(sums, h, offsets.offset(s) + i, 0);
        }
    }

    static float entry(Heads heads, int index, int row, int column) {
        return TensorView.of(heads).get(index, row, column);
    }

    /** Sequences {@code from .. from + count - 1}, of which the last may be the prefix. */
    CachedSequences cached(Arena arena, Layout layout, int from, int count, boolean garbage) {
        int[] tokens = IntStream.range(from, from + count).map(s -> s == shape.batch() ? prefix : lengths[s]).toArray();
        int longest = Math.max(1, Arrays.stream(tokens).max().orElse(1));
        int rows = layout == Layout.CONTIGUOUS ? longest + 3 : pageTokens;
        int maxPages = layout == Layout.CONTIGUOUS ? 1 : (longest - 1) / rows + 2;
        int[] order = IntStream.range(0, count * maxPages + 2).toArray();
        if (layout == Layout.CONTIGUOUS) {
            order = IntStream.range(0, count).toArray();
        } else {
            shuffle(order);
        }
        KeyValueCache cache = cache(arena, layout, order.length, rows, garbage);
        MemorySegment lengthMemory = arena.allocate(4L * count + 3, 1);
        MemorySegment.copy(tokens, 0, lengthMemory, ValueLayout.JAVA_INT_UNALIGNED, 3, count);
        CachedSequences sequences;
        if (layout == Layout.CONTIGUOUS) {
            sequences = CachedSequences.contiguous(cache, lengthMemory, 3);
        } else {
            MemorySegment table = arena.allocate(4L * count * maxPages, 4);
            table.fill((byte) -1);
            sequences = CachedSequences.of(cache, table, 0, maxPages, lengthMemory, 3, count);
            for (int s = 0; s < count; s++) {
                for (int page = 0; page * rows < tokens[s]; page++) {
                    sequences.setPage(s, page, order[s * maxPages + page]);
                }
            }
        }
        CachePages pages = cache.view();
        for (int s = 0; s < count; s++) {
            for (int g = 0; g < shape.keyHeads(); g++) {
                for (int j = 0; j < tokens[s]; j++) {
                    if (!garbage || seen(from + s, g, j)) {
                        int page = sequences.page(s, j / rows);
                        int row = g * tokens[s] + j;
                        float[] key = keys[from + s][row];
                        float[] value = values[from + s][row];
                        put(pages.keyPages(), pages.keyType(), page, g, j % rows, quantised ? entries(key, keyScales[from + s][row]) : key);
                        put(pages.valuePages(), pages.valueType(), page, g, j % rows,
                                quantised ? entries(value, valueScales[from + s][row]) : value);
                        if (quantised) {
                            put(pages.keyScales(), StoredType.FLOAT32, page, g, j % rows, new float[] {keyScales[from + s][row]});
                            put(pages.valueScales(), StoredType.FLOAT32, page, g, j % rows, new float[] {valueScales[from + s][row]});
                        }
                    }
                }
            }
        }
        return sequences;
    }

    private static float[] entries(float[] row, float scale) {
        float[] entries = new float[row.length];
        for (int c = 0; c < row.length; c++) {
            entries[c] = (float) Math.rint(row[c] / scale);
        }
        return entries;
    }

    private void shuffle(int[] order) {
        for (int i = order.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
    }

    private KeyValueCache cache(Arena arena, Layout layout, int pages, int rows, boolean garbage) {
        int d = shape.dimension();
        int width = shape.valueDimension();
        int g = shape.keyHeads();
        if (quantised) {
            return quantisedCache(arena, layout, pages, rows, garbage);
        }
        return switch (layout) {
            case PAGES, CONTIGUOUS -> KeyValueCache.of(allocated(arena, garbage, pages, g, rows, d),
                    allocated(arena, garbage, pages, g, rows, width));
            case TWO_RUNS -> {
                int first = 1 + random.nextInt(pages - 1);
                yield KeyValueCache.of(List.of(allocated(arena, garbage, first, g, rows, d),
                                allocated(arena, garbage, pages - first, g, rows, d)),
                        List.of(allocated(arena, garbage, first, g, rows, width),
                                allocated(arena, garbage, pages - first, g, rows, width)));
            }
            case SIDE_BY_SIDE -> {
                long page = (long) g * rows * (d + width);
                MemorySegment memory = filled(arena.allocate(5 + pages * page * type.bytes(), 64), garbage);
                yield KeyValueCache.of(Heads.strided(memory, 5, type, new int[] {pages, g}, rows, d, page, (long) rows * d, d),
                        Heads.strided(memory, 5 + (long) g * rows * d * type.bytes(), type, new int[] {pages, g}, rows, width, page,
                                (long) rows * width, width));
            }
            case TOKENS -> {
                long token = (long) g * (d + width) + 3;
                MemorySegment memory = filled(MemorySegment.ofArray(new byte[Math.toIntExact(pages * rows * token * type.bytes())]),
                        garbage);
                yield KeyValueCache.of(Heads.strided(memory, 0, type, new int[] {pages, g}, rows, d, rows * token, d, token),
                        Heads.strided(memory, (long) g * d * type.bytes(), type, new int[] {pages, g}, rows, width, rows * token, width,
                                token));
            }
        };
    }

    /** The same with integers and their scales, which lie in tensors of their own or behind the integers of a row. */
    private KeyValueCache quantisedCache(Arena arena, Layout layout, int pages, int rows, boolean garbage) {
        int first = layout == Layout.TWO_RUNS ? 1 + random.nextInt(pages - 1) : pages;
        QuantisedHeads k = quantised(arena, layout, first, rows, shape.dimension(), garbage);
        QuantisedHeads v = quantised(arena, layout, first, rows, shape.valueDimension(), garbage);
        return first == pages ? KeyValueCache.of(k, v) : KeyValueCache.ofQuantised(
                List.of(k, quantised(arena, layout, pages - first, rows, shape.dimension(), garbage)),
                List.of(v, quantised(arena, layout, pages - first, rows, shape.valueDimension(), garbage)));
    }

    private QuantisedHeads quantised(Arena arena, Layout layout, int pages, int rows, int columns, boolean garbage) {
        int g = shape.keyHeads();
        int row = (columns + 3 & -4) + 4;
        MemorySegment memory = layout == Layout.TOKENS ? MemorySegment.ofArray(new byte[pages * g * rows * row])
                : arena.allocate((long) pages * g * rows * row, 64);
        filled(memory, garbage);
        if (layout == Layout.SIDE_BY_SIDE || layout == Layout.TOKENS) {
            Heads scales = Heads.strided(memory, row - 4, new int[] {pages, g}, rows, 1, (long) g * rows * row / 4, (long) rows * row / 4,
                    row / 4);
            return QuantisedHeads.strided(memory, 0, columns, (long) g * rows * row, (long) rows * row, row, scales);
        }
        Heads scales = Heads.of(filled(arena.allocate(4L * pages * g * rows), garbage), 0, pages, g, rows, 1);
        return QuantisedHeads.of(memory, 0, columns, scales);
    }

    private Heads allocated(Arena arena, boolean garbage, int... of) {
        long entries = (long) of[0] * of[1] * of[2] * of[3];
        return Heads.of(filled(arena.allocate(entries * type.bytes(), 64), garbage), 0, type, of);
    }

    /** NaN in every type, or zeros. */
    private static MemorySegment filled(MemorySegment memory, boolean garbage) {
        return memory.fill(garbage ? (byte) 0xFF : 0);
    }

    static Heads fill(Heads heads, boolean garbage) {
        for (long at = 0; at < heads.segment().byteSize() / 4; at++) {
            heads.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, garbage ? at % 2 == 0 ? Float.NaN : 3e38f : UNTOUCHED);
        }
        return heads;
    }

    private static void put(PageRuns runs, StoredType type, int page, int g, int row, float[] entries) {
        put(runs.memory(page), type, runs.start(page, g) + row * runs.rowBytes(), entries);
    }

    /** A cached entry, of int8 without its scale. */
    static float cached(PageRuns runs, StoredType type, int page, int g, int row, int c) {
        return Stored.entry(type, runs.memory(page), runs.start(page, g) + row * runs.rowBytes() + (long) c * type.bytes());
    }

    static void put(Heads heads, int index, int row, float[] entries) {
        put(TensorView.of(heads), index, row, entries);
    }

    private static void put(TensorView view, int index, int row, float[] entries) {
        put(view.segment(), view.type(), view.start(index) + row * view.rowBytes(), entries);
    }

    private static void put(MemorySegment memory, StoredType type, long at, float[] entries) {
        for (int c = 0; c < entries.length; c++) {
            switch (type) {
                case FLOAT32 -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * c, entries[c]);
                case FLOAT16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * c, Float.floatToFloat16(entries[c]));
                case BFLOAT16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * c,
                        (short) (Float.floatToRawIntBits(entries[c]) >>> 16));
                case INT8 -> memory.set(ValueLayout.JAVA_BYTE, at + c, (byte) entries[c]);
            }
        }
    }

    // ---- comparison ----

    /** What the definition gives, in float64, for query {@code i}: the components, then the logarithm of the sum. */
    double[] expected(int s, int h, int i) {
        int g = h / shape.sizes().headsPerKeyHead();
        double[] z = new double[tokens(s)];
        double most = sinks == null ? Double.NEGATIVE_INFINITY : beta * sinks[h];
        double sink = most;
        for (int token = 0; token < z.length; token++) {
            z[token] = visible(s, h, i, token) ? logit(s, h, g, i, token) : Double.NEGATIVE_INFINITY;
            most = Math.max(most, z[token]);
        }
        int width = shape.valueDimension();
        double[] result = new double[width + 1];
        result[width] = Double.NEGATIVE_INFINITY;
        if (most == Double.NEGATIVE_INFINITY) {
            return result;
        }
        double total = Math.exp(sink - most);
        for (int token = 0; token < z.length; token++) {
            double numerator = Math.exp(z[token] - most);
            total += numerator;
            for (int c = 0; c < width; c++) {
                result[c] += numerator * row(values, valueScales, s, g, token)[c];
            }
        }
        for (int c = 0; c < width; c++) {
            result[c] /= total;
        }
        result[width] = most + Math.log(total);
        return result;
    }

    private double logit(int s, int h, int g, int i, int token) {
        double[] key = row(keys, keyScales, s, g, token);
        float[] query = q[s][h * queries[s] + i];
        double score = 0;
        for (int c = 0; c < key.length; c++) {
            score += query[c] * key[c];
        }
        score /= Math.sqrt(key.length);
        double added = biased ? bias[place(biasShape, s, h, i, token)] : 0;
        score += biasCapped ? added : 0;
        score = cap < Double.POSITIVE_INFINITY ? cap * Math.tanh(score / cap) : score;
        score += biasCapped ? 0 : added;
        long distance = token - (i + (long) tokens(s) - queries[s]);
        double slope = slopes == null ? 0 : slopes[h];
        return beta * (score + (symmetric ? -slope * Math.abs(distance) : slope * distance));
    }

    /** The key or value of a token: the product of integers and a scale is exact. */
    private double[] row(float[][][] of, float[][] scales, int s, int g, int token) {
        int owner = token < prefix ? shape.batch() : s;
        int at = token < prefix ? g * prefix + token : g * lengths[s] + token - prefix;
        double[] row = new double[of[owner][at].length];
        for (int c = 0; c < row.length; c++) {
            float entry = of[owner][at][c];
            row[c] = quantised && entry != 0 ? scales[owner][at] * Math.rint(entry / scales[owner][at]) : entry;
        }
        return row;
    }

    /** Each row is within {@code tolerance} of its definition, and its logarithm within a millionth. */
    void assertDefined(Tensors tensors, double tolerance) {
        for (int s = 0; s < shape.batch(); s++) {
            for (int h = 0; h < shape.heads(); h++) {
                for (int i = 0; i < queries[s]; i++) {
                    double[] expected = expected(s, h, i);
                    double logSum = expected[shape.valueDimension()];
                    String where = "sequence " + s + ", head " + h + ", query " + i + ": " + this;
                    if (logSum != tensors.sum(s, h, i)) {
                        assertEquals(logSum, tensors.sum(s, h, i), 1e-6 * Math.max(8, Math.abs(logSum)), where);
                    }
                    for (int c = 0; c < shape.valueDimension(); c++) {
                        if (!(Math.abs(expected[c] - tensors.out(s, h, i, c)) <= tolerance)) {
                            assertEquals(expected[c], tensors.out(s, h, i, c), tolerance, where);
                        }
                    }
                }
            }
        }
        for (int h = 0; h < shape.heads(); h++) {
            for (int row : new int[] {0, 1, tensors.out.rows() - 1}) {
                assertEquals(UNTOUCHED, entry(tensors.out, h, row, 0));
                assertEquals(UNTOUCHED, entry(tensors.sums, h, row, 0));
            }
        }
    }

    static void assertSame(Heads expected, Heads actual, String where) {
        for (int index = 0; index < expected.count(); index++) {
            for (int i = 0; i < expected.rows(); i++) {
                for (int c = 0; c < expected.columns(); c++) {
                    int bits = Float.floatToRawIntBits(entry(expected, index, i, c));
                    if (bits != Float.floatToRawIntBits(entry(actual, index, i, c))) {
                        assertEquals(entry(expected, index, i, c), entry(actual, index, i, c), 0.0f,
                                "head %s, row %s, column %s of %s".formatted(index, i, c, where));
                    }
                }
            }
        }
    }

    void assertSame(Tensors expected, Tensors actual) {
        assertSame(expected.out, actual.out, toString());
        assertSame(expected.sums, actual.sums, toString());
    }

    @Override
    public String toString() {
        return ("%s, %s, quantised %s, lengths %s, queries %s, prefix %s, pages of %s, spread %s, beta %s, cap %s, window %s %s, slopes %s, symmetric %s,"
                + " sinks %s, bias %s, mask %s").formatted(shape, type, quantised, Arrays.toString(lengths), Arrays.toString(queries), prefix,
                pageTokens, spread, beta, cap, before, after, Arrays.toString(slopes), symmetric, Arrays.toString(sinks),
                biased ? Arrays.toString(biasShape) + biasCapped : "", masked ? Arrays.toString(maskShape) : "");
    }
}
