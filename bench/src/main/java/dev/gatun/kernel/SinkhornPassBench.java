package dev.gatun.kernel;

import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.coupling.CouplingEntries;
import dev.gatun.kernel.pass.SinkhornPass;
import dev.gatun.kernel.probe.StreamRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
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
 * One full Sinkhorn iteration: on stored entries, compared with reading as many bytes, and with the kernel recomputed from queries and
 * keys of 64 normal components.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class SinkhornPassBench {

    private static final int INNER = 64;
    private static final int PART = 1 << 20;

    @Param({"512", "1024", "2048", "4096"})
    int tokens;

    private Arena arena;
    private MemorySegment memory;
    private CouplingEntries entries;
    private CouplingEntries bfloat16;
    private SinkhornPass pass;
    private double[] zeros;
    private double[] ones;
    private double[] u;
    private double[] rowSums;
    private double[] columnSums;

    /** Computes and stores the kernel. */
    @Setup
    public void open() {
        arena = Arena.ofShared();
        memory = arena.allocate(CouplingEntries.bytes(tokens, tokens, false), 64);
        Random random = new Random(1);
        LogKernel kernel = new LogKernelBuilder(tokens, tokens, INNER)
                .addScores(normal(random), normal(random), INNER, 1 / (8 * Math.log(2))).build(Normalised.SCALED);
        pass = new SinkhornPass(kernel);
        entries = new CouplingEntries(arena, tokens, tokens, false);
        zeros = new double[tokens];
        ones = new double[tokens];
        Arrays.fill(ones, 1);
        u = new double[tokens];
        rowSums = new double[tokens];
        columnSums = new double[tokens];
        compute();
        bfloat16 = new CouplingEntries(arena, tokens, tokens, true);
        pass.fitRows(ones, zeros, zeros, u, columnSums, rowSums, bfloat16);
    }

    private float[] normal(Random random) {
        float[] vectors = new float[tokens * INNER];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = (float) random.nextGaussian();
        }
        return vectors;
    }

    /** Frees what was opened. */
    @TearDown
    public void close() {
        arena.close();
    }

    /** An iteration on stored entries. */
    @Benchmark
    public void stored() {
        entries.fit(ones, ones, rowSums, columnSums);
    }

    /** An iteration on entries stored as bfloat16. */
    @Benchmark
    public void bfloat16() {
        bfloat16.fit(ones, ones, rowSums, columnSums);
    }

    /** Reading as many bytes. */
    @Benchmark
    public long read() {
        long bits = 0;
        for (long at = 0; at < memory.byteSize(); at += PART) {
            bits |= StreamRead.part(memory, at, (int) Math.min(PART, memory.byteSize() - at));
        }
        return bits;
    }

    /** An iteration that recomputes the kernel. */
    @Benchmark
    public void streamed() {
        pass.fitRows(zeros, zeros, u, columnSums);
    }

    /** Computing and storing a kernel, with its first iteration. */
    @Benchmark
    public void compute() {
        pass.fitRows(ones, zeros, zeros, u, columnSums, rowSums, entries);
    }
}
