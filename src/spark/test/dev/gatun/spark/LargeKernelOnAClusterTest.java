package dev.gatun.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.cluster.RandomPoints;
import dev.gatun.cluster.SameSolution;
import dev.gatun.spark.cluster.Killer;
import dev.gatun.spark.cluster.TestSpark;
import java.lang.foreign.Arena;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A solve on two executors, of which one is killed in the middle. */
class LargeKernelOnAClusterTest {

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = TestSpark.cluster();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void aSolveIsThatOfOneMachineThoughAnExecutorIsKilled() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 3000, 16, 2, 1);
            Matrix k = RandomPoints.of(arena, 3000, 16, 2, 2);
            Sinkhorn options = Sinkhorn.bistochastic().withMemory(1);
            SinkhornSolution expected = Scores.of(q, k).sinkhorn(options).heads().getFirst();
            try (LargeKernel kernel = LargeKernel.of(spark, q, k)) {
                Killer killer = Killer.after(spark, 30);
                SinkhornSolution found = kernel.scores().sinkhorn(options).heads().getFirst();
                spark.sparkContext().removeSparkListener(killer);
                assertTrue(killer.removed() > 0, "no executor was lost");
                SameSolution.assertSame(expected, found);
            }
        }
    }
}
