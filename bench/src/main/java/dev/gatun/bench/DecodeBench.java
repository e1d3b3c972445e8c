package dev.gatun.bench;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.kernel.probe.StreamRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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

    /** Makes inputs and the plan. */
    @Setup
    public void open() {
        int[] s = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
        sizes = new AttentionShape(s[0], s[1], s[2], s[3], s[4], s[5], s[6]);
        ElementType type = ElementType.valueOf(cache.toUpperCase(Locale.ROOT));
        arena = Arena.ofShared();
        executor = Executors.newFixedThreadPool(threads);
        Random random = new Random(1);
        q = normal(random, ElementType.FLOAT32, spread, s[0], s[1], s[3], s[5]);
        k = normal(random, type, 1, s[0], s[2], s[4], s[5]);
        v = normal(random, type, 1, s[0], s[2], s[4], s[6]);
        out = Heads.allocate(arena, s[0], s[1], s[3], s[6]);
        plan = DecodePlan.of(sizes, AttentionOptions.defaults().withWorkers(Workers.of(executor, threads)));
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
        plan.run(q, k, v, sizes.keys(), out);
    }

    /** The same memory, read. */
    @Benchmark
    public long read() throws ExecutionException, InterruptedException {
        if (threads == 1) {
            return share(0, 1);
        }
        Future<Long> other = executor.submit(() -> share(1, 2));
        return share(0, 2) + other.get();
    }

    private long share(int index, int count) {
        return share(k.segment(), index, count) + share(v.segment(), index, count);
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
