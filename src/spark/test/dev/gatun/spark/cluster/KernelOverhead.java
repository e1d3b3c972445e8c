package dev.gatun.spark.cluster;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.Workers;
import dev.gatun.spark.LargeKernel;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.sql.SparkSession;

/** Sinkhorn passes with Spark on two threads of this JVM and with the library on as many, by turns: the time of each round. */
public final class KernelOverhead {

    private static final int ROUNDS = 5;
    private static final int PASSES = 2;

    private KernelOverhead() {
    }

    /** Arguments: the number of points, their components. */
    public static void main(String[] arguments) {
        int rows = Integer.parseInt(arguments[0]);
        int components = Integer.parseInt(arguments[1]);
        SparkSession spark = TestSpark.local();
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try (Arena arena = Arena.ofShared()) {
            Workers two = Workers.of(threads, 2);
            try (LargeKernel small = LargeKernel.of(spark, random(arena, 2048, components, 1), random(arena, 2048, components, 2))) {
                for (int warm = 0; warm < 10; warm++) {
                    solve(small.scores().withWorkers(two));
                    solve(small.scores());
                }
            }
            try (LargeKernel kernel = LargeKernel.of(spark, random(arena, rows, components, 3), random(arena, rows, components, 4))) {
                solve(kernel.scores());
                double[] ratios = new double[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    double ours = seconds(kernel.scores().withWorkers(two));
                    double theirs = seconds(kernel.scores());
                    ratios[round] = theirs / ours;
                    System.out.printf(Locale.ROOT, "%d points, a pass: library %.2f s, Spark %.2f s, ratio %.3f%n", rows, ours, theirs,
                            ratios[round]);
                }
                Arrays.sort(ratios);
                System.out.printf(Locale.ROOT, "median ratio %.3f%n", ratios[ROUNDS / 2]);
            }
        } finally {
            threads.shutdown();
            spark.stop();
        }
    }

    private static Matrix random(Arena arena, int rows, int columns, long seed) {
        Random random = new Random(seed);
        Matrix matrix = Matrix.allocate(arena, rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < columns; c++) {
                matrix.set(i, c, (float) random.nextGaussian());
            }
        }
        return matrix;
    }

    private static SinkhornSolution solve(Scores scores) {
        return scores.sinkhorn(Sinkhorn.bistochastic().plain().withMemory(1).withMaxIterations(PASSES)).heads().getFirst();
    }

    /** The time of a pass: of a solve of few, over its passes and the one that measures the result. */
    private static double seconds(Scores scores) {
        long start = System.nanoTime();
        SinkhornSolution solution = solve(scores);
        return 1e-9 * (System.nanoTime() - start) / (solution.iterations() + 1);
    }
}
