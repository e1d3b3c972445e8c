package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.machine.Kernels;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * The first call of attention in a JVM of its own: cold, after {@link Kernels#warmUp(int, int)}, and settled.
 *
 * <p>Every fork gives one figure for each of the first two; the time of the warm-up itself is outside of it. The
 * settled one is the call that a program makes after some thousands, to divide by.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(value = 7, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class ColdStartBench {

    private static final long SETTLING_NANOS = 3_000_000_000L;

    @Param({"cold", "warmed", "settled"})
    String state;

    /** Heads, tokens and components. */
    @Param({"12x128x32", "8x512x64"})
    String shape;

    private Arena arena;
    private Heads q;
    private Heads k;
    private Heads v;
    private Heads out;
    private AttentionPlan plan;

    /** Makes inputs, and brings the JVM into the state asked for. */
    @Setup(Level.Trial)
    public void open() {
        String[] sizes = shape.split("x");
        int heads = Integer.parseInt(sizes[0]);
        int tokens = Integer.parseInt(sizes[1]);
        int dimension = Integer.parseInt(sizes[2]);
        arena = Arena.ofShared();
        NormalInputs normal = new NormalInputs(arena, 1);
        q = normal.next(heads, tokens, dimension);
        k = normal.next(heads, tokens, dimension);
        v = normal.next(heads, tokens, dimension);
        out = Heads.allocate(arena, heads, tokens, dimension);
        plan = AttentionPlan.of(AttentionShape.of(heads, tokens, dimension), AttentionOptions.defaults());
        if (state.equals("warmed")) {
            Kernels.warmUp(tokens, dimension);
        } else if (state.equals("settled")) {
            long end = System.nanoTime() + SETTLING_NANOS;
            while (System.nanoTime() < end) {
                attention();
            }
        }
    }

    /** Closes what was opened. */
    @TearDown(Level.Trial)
    public void close() {
        arena.close();
    }

    /** One call of a plan. */
    @Benchmark
    public void attention() {
        plan.run(q, k, v, out);
    }
}
