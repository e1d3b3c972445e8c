package dev.gatun.bench;

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
 * Attention of 12 heads of 32 components over a ragged batch, by one plan and by a call for each sequence, with a plan for each length.
 *
 * <p>Divide the medians, or on a machine with other work the least, by each other.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RaggedBench {

    /** Sequences and their tokens, or the range of these. */
    @Param({"8x64", "32x8..256"})
    String batch;

    @Param({"1", "2"})
    int threads;

    private GatunRagged attention;

    /** Makes inputs and plans. */
    @Setup
    public void open() {
        attention = new GatunRagged(RaggedInputs.normal(batch), threads);
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        attention.close();
    }

    /** All sequences in one call. */
    @Benchmark
    public void ragged() {
        attention.run();
    }

    /** A call for each sequence. */
    @Benchmark
    public void apart() {
        attention.runApart();
    }
}
