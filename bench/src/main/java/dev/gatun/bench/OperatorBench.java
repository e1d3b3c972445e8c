package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
 * One operator times values, from float32 queries, keys and values outside the heap to float32 results outside the heap.
 *
 * <p>Entries are standard normal. A call of attention multiplies and adds {@code 4 H N^2 d} times: divided by its time,
 * beside {@link dev.gatun.kernel.MachineLimitsBench#fusedMultiplyAdd}, that says how near to the limit it comes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class OperatorBench {

    @Param({"attention-plan", "attention-plan-causal", "attention", "attention-column", "backward", "diffusion",
            "magnetic"})
    String operator;

    /** Heads, tokens and components. */
    @Param({"12x128x32", "8x512x64", "8x1024x64", "1x4096x64", "1x4096x128"})
    String shape;

    @Param("1")
    int threads;

    private Arena arena;
    private ExecutorService executor;
    private Runnable call;

    /** Makes inputs and the operator. */
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
        Scores scores = Scores.of(q, k).withWorkers(Workers.of(executor, threads));
        call = call(scores, q, k, v, Heads.allocate(arena, heads, tokens, dimension),
                Heads.allocate(arena, heads, tokens, 2 * dimension));
    }

    private Runnable call(Scores scores, Heads q, Heads k, Heads v, Heads real, Heads complex) {
        if (!operator.startsWith("attention-plan")) {
            return call(scores, v, real, complex);
        }
        AttentionOptions options = AttentionOptions.defaults().withWorkers(Workers.of(executor, threads));
        AttentionPlan plan = AttentionPlan.of(
                AttentionShape.of(real.heads(), real.rows(), real.columns()),
                operator.endsWith("causal") ? options.withCausalMask() : options);
        return () -> plan.run(q, k, v, real);
    }

    private Runnable call(Scores scores, Heads v, Heads real, Heads complex) {
        return switch (operator) {
            case "attention" -> () -> scores.attention().apply(v, real);
            case "attention-column" -> () -> scores.attentionColumn().apply(v, real);
            case "backward" -> () -> scores.backward().apply(v, real);
            case "diffusion" -> () -> scores.diffusion().apply(v, real);
            case "magnetic" -> () -> scores.magnetic(0.25).apply(v, complex);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        executor.shutdown();
        arena.close();
    }

    /** The operator times the values. */
    @Benchmark
    public void apply() {
        call.run();
    }
}
