package dev.gatun.bench;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionMask;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.CachedSequences;
import dev.gatun.attention.DecodePlan;
import dev.gatun.attention.KeyValueCache;
import dev.gatun.attention.QuantisedHeads;
import dev.gatun.attention.SequenceOffsets;
import dev.gatun.kernel.probe.StreamRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of decoding against a cache that no memory nearer than DRAM holds, and what the same threads take to read
 * the same memory and do nothing with it: the limit.
 *
 * <p>Entries are standard normal. The medians of the two are to be divided by each other.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DecodeBench {

    /** Bytes that one read takes on at a time. */
    private static final int PART = 1 << 17;

    /** Batch entries, heads, heads of keys, queries, keys, components of keys and of values. */
    @Param("1x32x32x1x4096x128x128")
    String shape;

    @Param({"float32", "bfloat16", "float16"})
    String cache;

    /** Tokens of a page, the pages in no order; 0 for keys and values in tensors. */
    @Param("0")
    int page;

    /** None, or some of sinks, cap, mask, slopes and bias. */
    @Param("none")
    String options;

    @Param({"1", "2"})
    int threads;

    /** Standard deviation of the queries: from 12 on, scores are summed in double precision. */
    @Param("1")
    float spread;

    private Arena arena;
    private ExecutorService executor;
    private AttentionShape sizes;
    private DecodePlan plan;
    private Heads q;
    private Heads k;
    private Heads v;
    private Heads out;
    private Heads bias;
    private AttentionMask mask;
    private CachedSequences sequences;
    private MemorySegment keyMemory;
    private MemorySegment valueMemory;

    /** Makes inputs and the plan. */
    @Setup
    public void open() {
        int[] s = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
        sizes = new AttentionShape(s[0], s[1], s[2], s[3], s[4], s[5], s[6]);
        arena = Arena.ofShared();
        executor = Executors.newFixedThreadPool(threads);
        Random random = new Random(1);
        q = normal(random, ElementType.FLOAT32, spread, s[0], s[1], s[3], s[5]);
        out = Heads.allocate(arena, s[0], s[1], s[3], s[6]);
        if (page == 0 && !cache.equals("int8")) {
            ElementType type = ElementType.valueOf(cache.toUpperCase(Locale.ROOT));
            k = normal(random, type, 1, s[0], s[2], s[4], s[5]);
            v = normal(random, type, 1, s[0], s[2], s[4], s[6]);
            keyMemory = k.segment();
            valueMemory = v.segment();
        } else {
            openSequences(random);
        }
        bias = options.contains("bias") ? normal(random, ElementType.FLOAT32, 1, 1, s[1], 1, s[4]) : null;
        mask = options.contains("mask") ? AttentionMask.of(arena.allocate(s[4]).fill((byte) 1), 0, 1, s[4]) : null;
        plan = DecodePlan.of(sizes, options().withWorkers(Workers.of(executor, threads)));
    }

    private AttentionOptions options() {
        double[] ones = new double[sizes.heads()];
        Arrays.fill(ones, 1);
        AttentionOptions chosen = AttentionOptions.defaults();
        chosen = options.contains("sinks") ? chosen.withSinks(ones) : chosen;
        chosen = options.contains("cap") ? chosen.withSoftCap(30) : chosen;
        chosen = options.contains("mask") ? chosen.withMask() : chosen;
        chosen = options.contains("slopes") ? chosen.withDistanceSlopes(ones) : chosen;
        return options.contains("bias") ? chosen.withBias() : chosen;
    }

    /** Sequences in pages, whose tokens are appended a page at a time. */
    private void openSequences(Random random) {
        int tokens = page == 0 ? sizes.keys() : page;
        int each = sizes.keys() / tokens;
        int pages = each * sizes.batch();
        KeyValueCache memory = cache(pages, tokens);
        if (page == 0) {
            sequences = CachedSequences.contiguous(memory, arena.allocate(4L * pages, 4), 0);
        } else {
            sequences = CachedSequences.allocate(arena, memory, each, sizes.batch());
            List<Integer> order = new ArrayList<>(IntStream.range(0, pages).boxed().toList());
            Collections.shuffle(order, random);
            for (int i = 0; i < pages; i++) {
                sequences.setPage(i / each, i % each, order.get(i));
            }
        }
        int[] counts = new int[sizes.batch()];
        Arrays.fill(counts, tokens);
        SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, counts);
        for (int i = 0; i < each; i++) {
            sequences.append(normal(random, ElementType.FLOAT32, 1, sizes.keyHeads(), tokens * sizes.batch(), sizes.dimension()),
                    normal(random, ElementType.FLOAT32, 1, sizes.keyHeads(), tokens * sizes.batch(), sizes.valueDimension()), offsets);
        }
    }

    private KeyValueCache cache(int pages, int tokens) {
        int heads = sizes.keyHeads();
        boolean quantised = cache.equals("int8");
        ElementType type = quantised ? ElementType.FLOAT32 : ElementType.valueOf(cache.toUpperCase(Locale.ROOT));
        int bytes = quantised ? 1 : type.bytes();
        keyMemory = arena.allocate((long) pages * heads * tokens * sizes.dimension() * bytes, 64);
        valueMemory = arena.allocate((long) pages * heads * tokens * sizes.valueDimension() * bytes, 64);
        if (quantised) {
            return KeyValueCache.of(
                    QuantisedHeads.of(keyMemory, 0, sizes.dimension(), Heads.allocate(arena, pages, heads, tokens, 1)),
                    QuantisedHeads.of(valueMemory, 0, sizes.valueDimension(), Heads.allocate(arena, pages, heads, tokens, 1)));
        }
        return KeyValueCache.of(Heads.of(keyMemory, 0, type, pages, heads, tokens, sizes.dimension()),
                Heads.of(valueMemory, 0, type, pages, heads, tokens, sizes.valueDimension()));
    }

    private Heads normal(Random random, ElementType type, float deviation, int... dimensions) {
        long entries = 1;
        for (int dimension : dimensions) {
            entries *= dimension;
        }
        MemorySegment memory = arena.allocate(entries * type.bytes(), 64);
        for (long i = 0; i < entries; i++) {
            float entry = (float) (deviation * random.nextGaussian());
            switch (type) {
                case FLOAT32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, entry);
                case BFLOAT16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i,
                        (short) (Float.floatToIntBits(entry) >>> 16));
                case FLOAT16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(entry));
            }
        }
        return Heads.of(memory, 0, type, dimensions);
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        executor.shutdown();
        arena.close();
    }

    /** A step. */
    @Benchmark
    public void decode() {
        if (sequences != null) {
            plan.run(q, null, null, sequences, bias, mask, out, null);
        } else {
            plan.run(q, k, v, sizes.keys(), bias, mask, out, null);
        }
    }

    /** The same memory, read from its beginning to its end. */
    @Benchmark
    public long read() throws ExecutionException, InterruptedException {
        if (threads == 1) {
            return share(0, 1);
        }
        Future<Long> other = executor.submit(() -> share(1, 2));
        return share(0, 2) + other.get();
    }

    private long share(int index, int count) {
        return share(keyMemory, index, count) + share(valueMemory, index, count);
    }

    private static long share(MemorySegment memory, int index, int count) {
        long bits = 0;
        long parts = memory.byteSize() / PART;
        for (long part = parts * index / count; part < parts * (index + 1) / count; part++) {
            bits |= StreamRead.part(memory, part * PART, PART);
        }
        return bits;
    }
}
