package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.hopfield.Adaptation;
import dev.gatun.hopfield.Circulation;
import dev.gatun.hopfield.Hopfield;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
 * The figures of heads as Hopfield networks, of what they have retrieved already, and the circulation operator: both beside a
 * call of attention on the same inputs, which are standard normal and outside the heap.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class HopfieldBench {

    @Param({"attention-plan", "eta", "figures", "circulation", "circulation-adaptive", "circulation-blend"})
    String what;

    /** Heads, tokens and components, of which there are as many as channels. */
    @Param({"12x128x32", "8x1024x64"})
    String shape;

    @Param("1")
    int threads;

    private Arena arena;
    private ExecutorService executor;
    private Supplier<Object> call;

    /** Makes inputs and what was retrieved. */
    @Setup
    public void open() {
        String[] sizes = shape.split("x");
        int heads = Integer.parseInt(sizes[0]);
        int tokens = Integer.parseInt(sizes[1]);
        int dimension = Integer.parseInt(sizes[2]);
        arena = Arena.ofShared();
        executor = Executors.newFixedThreadPool(threads);
        NormalInputs normal = new NormalInputs(arena, 1);
        Heads q = normal.next(heads, tokens, dimension);
        Heads k = normal.next(heads, tokens, dimension);
        Heads v = normal.next(heads, tokens, dimension);
        Heads h = Heads.allocate(arena, heads, tokens, dimension);
        Workers workers = Workers.of(executor, threads);
        AttentionPlan plan = AttentionPlan.of(AttentionShape.of(heads, tokens, dimension),
                AttentionOptions.defaults().withWorkers(workers));
        plan.run(q, k, v, h);
        Hopfield hopfield = Hopfield.of(q, k).withWorkers(workers);
        call = switch (what) {
            case "attention-plan" -> () -> {
                plan.run(q, k, v, h);
                return h;
            };
            case "eta" -> hopfield::eta;
            case "figures" -> () -> hopfield.figures(h);
            default -> circulation(Circulation.of(Scores.of(q, k).withWorkers(workers), 0.5), v, h);
        };
    }

    private Supplier<Object> circulation(Circulation plain, Heads v, Heads h) {
        Circulation circulation = switch (what) {
            case "circulation" -> plain;
            case "circulation-adaptive" -> plain.adaptive(Adaptation.DEVIATION);
            case "circulation-blend" -> plain.withBlend(0.5);
            default -> throw new IllegalArgumentException(what);
        };
        return () -> {
            circulation.apply(v, h);
            return h;
        };
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        executor.shutdown();
        arena.close();
    }

    /** One call. */
    @Benchmark
    public Object call() {
        return call.get();
    }
}
