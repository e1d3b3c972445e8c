package dev.gatun.kernel;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Dense layers of a small text encoder on one thread: see {@link LinearLayers}. The counter {@code gflop} is GFLOP/s, to be compared with
 * {@link MachineLimitsBench}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class LinearBench {

    @Param({"384x1152", "384x384", "384x1536", "1536x384", LinearLayers.ENCODER})
    String layers;

    @Param({"float32", "bfloat16"})
    String weights;

    @Param({"1", "4", "8", "16", "32", "64", "128", "256", "512"})
    int rows;

    private LinearLayers linear;
    private double operations;

    /** Counts the floating-point operations, in units of 1e9. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Operations {

        /** GFLOP so far. */
        public double gflop;
    }

    /** Packs the weights. */
    @Setup
    public void pack() {
        linear = new LinearLayers(layers, rows, weights.equals("bfloat16"));
        operations = LinearLayers.operations(layers, rows) * 1e-9;
    }

    /** All layers once. */
    @Benchmark
    public void apply(Operations counter) {
        linear.run();
        counter.gflop += operations;
    }
}
