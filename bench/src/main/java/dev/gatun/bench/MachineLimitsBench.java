package dev.gatun.bench;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
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

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 16;
    /** The work of one call, the same at every vector width: some tens of microseconds. */
    private static final int FLOPS = 1 << 22;

    /** Read from fields, so that the compiler cannot fold the chains; with these each chain tends to 1, never to a denormal. */
    float factor = 0.5f;
    float term = 0.5f;

    /**
     * Fused multiply-adds on registers alone, in {@value #CHAINS} chains that do not depend on each other: at least the
     * product of latency and units of today's cores. A core of only 16 vector registers (AVX2) reads operands from its stack
     * here, and may score a little low. Local variables, for an array would box.
     */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public float fusedMultiplyAdd() {
        FloatVector a = FloatVector.broadcast(SPECIES, factor);
        FloatVector b = FloatVector.broadcast(SPECIES, term);
        FloatVector s0 = a.add(0f);
        FloatVector s1 = a.add(1f);
        FloatVector s2 = a.add(2f);
        FloatVector s3 = a.add(3f);
        FloatVector s4 = a.add(4f);
        FloatVector s5 = a.add(5f);
        FloatVector s6 = a.add(6f);
        FloatVector s7 = a.add(7f);
        FloatVector s8 = a.add(8f);
        FloatVector s9 = a.add(9f);
        FloatVector s10 = a.add(10f);
        FloatVector s11 = a.add(11f);
        FloatVector s12 = a.add(12f);
        FloatVector s13 = a.add(13f);
        FloatVector s14 = a.add(14f);
        FloatVector s15 = a.add(15f);
        int steps = FLOPS / (2 * CHAINS * SPECIES.length());
        for (int step = 0; step < steps; step++) {
            s0 = s0.fma(a, b);
            s1 = s1.fma(a, b);
            s2 = s2.fma(a, b);
            s3 = s3.fma(a, b);
            s4 = s4.fma(a, b);
            s5 = s5.fma(a, b);
            s6 = s6.fma(a, b);
            s7 = s7.fma(a, b);
            s8 = s8.fma(a, b);
            s9 = s9.fma(a, b);
            s10 = s10.fma(a, b);
            s11 = s11.fma(a, b);
            s12 = s12.fma(a, b);
            s13 = s13.fma(a, b);
            s14 = s14.fma(a, b);
            s15 = s15.fma(a, b);
        }
        FloatVector sum = s0.add(s1).add(s2).add(s3).add(s4).add(s5).add(s6).add(s7).add(s8)
                .add(s9).add(s10).add(s11).add(s12).add(s13).add(s14).add(s15);
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
