package dev.gatun.kernel;

import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.dense.StateElimination;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
 * The stationary distribution of a chain by elimination on one and two threads: {@code 2 n^3 / 3} operations, 0.716 GFLOP for 1024
 * states.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class EliminationBench {

    @Param({"256", "1024", "2048"})
    int states;

    @Param({"1", "2"})
    int threads;

    private ExecutorService executor;
    private Sharing sharing;
    private double[] transitions;
    private double[] matrix;

    /** A chain of random transitions. */
    @Setup
    public void open() {
        executor = Executors.newFixedThreadPool(threads);
        sharing = new HeadLoop.Pieces(new Crew(executor, threads));
        Random random = new Random(1);
        transitions = new double[StateElimination.length(states)];
        for (int i = 0; i < states; i++) {
            for (int j = 0; j < states; j++) {
                transitions[StateElimination.place(i, j, states)] = random.nextDouble() * 2 / states;
            }
        }
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        executor.shutdown();
    }

    /** Copies the transitions, because elimination overwrites them. */
    @Setup(Level.Invocation)
    public void copy() {
        matrix = transitions.clone();
    }

    /** One stationary distribution. */
    @Benchmark
    public double[] stationaryDistribution() {
        return StateElimination.stationaryDistribution(matrix, states, sharing);
    }
}
