package dev.gatun.spark.cluster;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.Workers;
import dev.gatun.cluster.RandomPoints;
import dev.gatun.spark.LargeKernel;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.sql.SparkSession;

/** Passes over a kernel with Spark on two threads of this JVM and with the library on as many, by turns: the time of each round. */
public final class KernelOverhead {

    private static final int ROUNDS = 5;
    private static final int PASSES = 2;

    /** Components of values. */
    private static final int VALUES = 8;

    private KernelOverhead() {
    }

    /** What a pass does. */
    private enum Work {
        /** An iteration of Sinkhorn. */
        SINKHORN {
            @Override
            double passes(Scores scores, Matrix v, Matrix out) {
                return iterations(scores, Sinkhorn.bistochastic());
            }
        },
        /** An iteration of Sinkhorn with relaxed marginals. */
        RELAXED {
            @Override
            double passes(Scores scores, Matrix v, Matrix out) {
                return iterations(scores, Sinkhorn.bistochastic().relaxed(1, 1));
            }
        },
        /** Attention of values. */
        PRODUCT {
            @Override
            double passes(Scores scores, Matrix v, Matrix out) {
                scores.attention().apply(v, out);
                return 1;
            }
        },
        /** The column form of attention, of values. */
        COLUMNS {
            @Override
            double passes(Scores scores, Matrix v, Matrix out) {
                scores.attentionColumn().apply(v, out);
                return 1;
            }
        },
        /** A step of the Markov chain of attention, and the sums of its rows. */
        CHAIN {
            @Override
            double passes(Scores scores, Matrix v, Matrix out) {
                double[] rho = new double[v.rows()];
                Arrays.fill(rho, 1.0 / rho.length);
                scores.attention().transitions(0).later(rho);
                return 2;
            }
        },
        /** Products of the conjugate of diffusion with vectors, and with one that has its row sums. */
        CONJUGATE {
            @Override
            double passes(Scores scores, Matrix v, Matrix out) {
                double[][] x = new double[VALUES][v.rows()];
                for (double[] vector : x) {
                    Arrays.fill(vector, 1);
                }
                scores.diffusion().conjugate(0).withMemory(0).apply(x, x, VALUES);
                return 2;
            }
        };

        private static double iterations(Scores scores, Sinkhorn options) {
            SinkhornSolution solution = scores.sinkhorn(options.plain().withMemory(1).withMaxIterations(PASSES)).heads().getFirst();
            // The result is measured by one more.
            return solution.iterations() + 1;
        }

        /** Runs passes, and returns how many. */
        abstract double passes(Scores scores, Matrix v, Matrix out);
    }

    /** Arguments: what a pass does, the number of points, their components. */
    public static void main(String[] arguments) {
        Work work = Work.valueOf(arguments[0].toUpperCase(Locale.ROOT));
        int rows = Integer.parseInt(arguments[1]);
        int components = Integer.parseInt(arguments[2]);
        SparkSession spark = TestSpark.local();
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try (Arena arena = Arena.ofShared()) {
            Workers two = Workers.of(threads, 2);
            Matrix v = RandomPoints.of(arena, rows, VALUES, 1, 5);
            Matrix out = Matrix.allocate(arena, rows, VALUES);
            try (LargeKernel small = LargeKernel.of(spark, RandomPoints.of(arena, 2048, components, 1, 1),
                    RandomPoints.of(arena, 2048, components, 1, 2))) {
                for (int warm = 0; warm < 10; warm++) {
                    work.passes(small.scores().withWorkers(two), v.rows(0, 2048), out.rows(0, 2048));
                    work.passes(small.scores(), v.rows(0, 2048), out.rows(0, 2048));
                }
            }
            try (LargeKernel kernel = LargeKernel.of(spark, RandomPoints.of(arena, rows, components, 1, 3),
                    RandomPoints.of(arena, rows, components, 1, 4))) {
                work.passes(kernel.scores(), v, out);
                double[] ratios = new double[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    double ours = seconds(work, kernel.scores().withWorkers(two), v, out);
                    double theirs = seconds(work, kernel.scores(), v, out);
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

    /** The time of a pass. */
    private static double seconds(Work work, Scores scores, Matrix v, Matrix out) {
        long start = System.nanoTime();
        double passes = work.passes(scores, v, out);
        return 1e-9 * (System.nanoTime() - start) / passes;
    }
}
