package dev.gatun.kernel;

import dev.gatun.kernel.probe.MultiplyAdds;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one core of this machine can do at most: the limit that every other benchmark is to be read against.
 *
 * <p>An operation is one floating-point operation and the time unit a nanosecond, so the scores are GFLOP/s.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MachineLimitsBench {

    /** The work of one call, the same at every vector width: some tens of microseconds. */
    private static final int FLOPS = 1 << 22;

    /** Not final, so that the compiler cannot fold the chains; with these values none meets a subnormal number. */
    float factor = 0.5f;
    float term = 0.5f;

    /** Fused multiply-adds in registers: see {@link MultiplyAdds}. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public float fusedMultiplyAdd() {
        return MultiplyAdds.vectors(factor, term, FLOPS);
    }
}
