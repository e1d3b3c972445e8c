package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.StationaryDistribution;
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
 * The dynamics of attention on all heads of standard normal queries and keys, beside one call of attention itself: the stationary
 * law, the currents and the entropy production.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DynamicsBench {

    /** Heads, tokens and components. */
    @Param({"12x128x32", "8x1024x64", "1x4096x64"})
    String shape;

    @Param("1")
    int threads;

    private Arena arena;
    private ExecutorService executor;
    private Scores scores;
    private Runnable attention;
    private double[][] laws;

    /** Makes inputs, and the stationary distributions that the one pass starts from. */
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
        Heads out = Heads.allocate(arena, heads, tokens, dimension);
        Workers workers = Workers.of(executor, threads);
        scores = Scores.of(q, k).withWorkers(workers);
        AttentionPlan plan = AttentionPlan.of(AttentionShape.of(heads, tokens, dimension),
                AttentionOptions.defaults().withWorkers(workers));
        attention = () -> plan.run(q, k, v, out);
        laws = new double[heads][];
        for (int head = 0; head < heads; head++) {
            laws[head] = StationaryDistribution.of(scores.attention().transitions(head)).pi();
        }
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        executor.shutdown();
        arena.close();
    }

    /** One call of attention, by a plan. */
    @Benchmark
    public void attention() {
        attention.run();
    }

    /** Stationary distribution, currents and entropy production of each head. */
    @Benchmark
    public double entropyProduction() {
        double sum = 0;
        for (int head = 0; head < laws.length; head++) {
            sum += Dynamics.of(scores.attention(), head).entropyProduction();
        }
        return sum;
    }

    /** The same with the spectral gap. */
    @Benchmark
    public double spectralGap() {
        double sum = 0;
        for (int head = 0; head < laws.length; head++) {
            sum += Dynamics.of(scores.attention(), head).spectralGap();
        }
        return sum;
    }

    /** Entropy production of each head by one application of attention, its stationary distribution known. */
    @Benchmark
    public double entropyProductionInOnePass() {
        double sum = 0;
        for (int head = 0; head < laws.length; head++) {
            sum += scores.entropyProduction(head, laws[head]);
        }
        return sum;
    }

    /** The curl of the scores of each head. */
    @Benchmark
    public double curlFraction() {
        double sum = 0;
        for (int head = 0; head < laws.length; head++) {
            sum += scores.curlFraction(head);
        }
        return sum;
    }
}
