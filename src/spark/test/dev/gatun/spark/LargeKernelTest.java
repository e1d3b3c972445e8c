package dev.gatun.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornSolution;
import dev.gatun.Workers;
import dev.gatun.cluster.RandomPoints;
import dev.gatun.cluster.SameSolution;
import dev.gatun.dynamics.StationaryDistribution;
import dev.gatun.spark.cluster.TestSpark;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels whose rows two threads compute as executors, beside the library on one machine. */
class LargeKernelTest {

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = TestSpark.local();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void solvesAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 1000, 16, 1.5, 1);
            Matrix k = RandomPoints.of(arena, 1000, 16, 1.5, 2);
            Sinkhorn options = Sinkhorn.bistochastic().withMemory(1);
            try (LargeKernel kernel = LargeKernel.of(spark, q, k)) {
                for (Divergence divergence : Divergence.values()) {
                    SameSolution.assertSame(Scores.of(q, k).sinkhorn(divergence, options).heads().getFirst(),
                            kernel.scores().sinkhorn(divergence, options).heads().getFirst());
                }
                SameSolution.assertSame(Scores.of(q, k).withScale(0.5).withBeta(0.25).sinkhorn(options).heads().getFirst(),
                        kernel.withScale(0.5).withBeta(0.25).scores().sinkhorn(options).heads().getFirst());
            }
            try (LargeKernel kernel = LargeKernel.of(spark, q, k).withSequences(600, 400).withCausalMask().withZeroDiagonal()) {
                Scores scores = Scores.of(q, k).withSequences(600, 400).withCausalMask().withZeroDiagonal();
                assertSameProduct(scores.attention(), kernel.scores().attention(), k);
                assertThrows(IllegalArgumentException.class, () -> kernel.withSequences(600, 401));
            }
            Matrix fewer = RandomPoints.of(arena, 333, 16, 1, 3);
            try (LargeKernel kernel = LargeKernel.across(spark, q, fewer)) {
                SameSolution.assertSame(Scores.across(q, fewer).sinkhorn(options).heads().getFirst(),
                        kernel.scores().sinkhorn(options).heads().getFirst());
            }
        }
    }

    /** Sums are the same whether executors or the driver add them, and executors leave fewer to the driver. */
    @Test
    void executorsAddSums() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 8200, 4, 1, 21);
            Matrix k = RandomPoints.of(arena, 8200, 4, 1, 22);
            JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
            Broadcast<KernelPoints> points = context.broadcast(KernelPoints.of(q, k, true));
            Workers.Machines executors = new ExecutorRows(context, points, KernelScores.DEFAULT, 0);
            Scores scores = Scores.of(q, k);
            for (Sinkhorn options : List.of(Sinkhorn.bistochastic().withMemory(1), Sinkhorn.bistochastic().relaxed(1, 1).withMemory(1))) {
                int[] results = {0, 0};
                Workers.Machines counting = (request, parts) -> {
                    List<Serializable> all = executors.run(request, parts);
                    results[0] += parts;
                    results[1] += all.size();
                    return all;
                };
                SameSolution.assertSame(scores.sinkhorn(options).heads().getFirst(),
                        scores.withWorkers(Workers.on(counting)).sinkhorn(options).heads().getFirst());
                assertTrue(results[1] <= results[0] / 2, () -> "%s parts became %s results".formatted(results[0], results[1]));
            }
            double[] expected = scores.diffusion().conjugate(0).stationary();
            assertArrayEquals(expected, scores.withWorkers(Workers.on(executors)).diffusion().conjugate(0).stationary());
        }
    }

    @Test
    void aSolveThatIsBegunAgainTakesItsPassesFromTheFolder(@TempDir Path folder) {
        try (Arena arena = Arena.ofConfined(); LargeKernel kernel =
                LargeKernel.of(spark, RandomPoints.of(arena, 900, 8, 2, 11), RandomPoints.of(arena, 900, 8, 2, 12))) {
            SinkhornSolution first = kernel.keepingPassesIn(folder).scores().sinkhorn(Sinkhorn.bistochastic()).heads().getFirst();
            SameSolution.assertSame(first, kernel.scores().sinkhorn(Sinkhorn.bistochastic()).heads().getFirst());
            String[] kept = folder.toFile().list();
            assertTrue(kept.length > first.iterations(), "passes are missing");
            int jobs = spark.sparkContext().statusTracker().getJobIdsForGroup(kernel.jobGroup()).length;
            assertTrue(jobs > 0, "the executors were not asked");
            SameSolution.assertSame(first, kernel.keepingPassesIn(folder).scores().sinkhorn(Sinkhorn.bistochastic()).heads().getFirst());
            assertEquals(jobs, spark.sparkContext().statusTracker().getJobIdsForGroup(kernel.jobGroup()).length);
        }
    }

    /** The jobs of the caller keep their own group. */
    @Test
    void aSolveThatIsCancelledGoesOnLater(@TempDir Path folder) {
        spark.sparkContext().setJobGroup("mine", "my jobs", false);
        try (Arena arena = Arena.ofConfined(); LargeKernel kernel =
                LargeKernel.of(spark, RandomPoints.of(arena, 900, 8, 2, 17), RandomPoints.of(arena, 900, 8, 2, 18))
                        .keepingPassesIn(folder)) {
            SparkListener cancelling = new SparkListener() {
                private int jobs;

                @Override
                public void onJobStart(SparkListenerJobStart start) {
                    if (++jobs == 5) {
                        spark.sparkContext().cancelJobGroup(kernel.jobGroup());
                    }
                }
            };
            spark.sparkContext().addSparkListener(cancelling);
            assertThrows(Exception.class, () -> kernel.scores().sinkhorn(Sinkhorn.bistochastic()));
            spark.sparkContext().removeSparkListener(cancelling);
            assertEquals("mine", spark.sparkContext().getLocalProperty("spark.jobGroup.id"));
            Scores alone = kernel.scores().withWorkers(Workers.caller());
            SameSolution.assertSame(alone.sinkhorn(Sinkhorn.bistochastic().withMemory(1)).heads().getFirst(),
                    kernel.scores().sinkhorn(Sinkhorn.bistochastic()).heads().getFirst());
        } finally {
            spark.sparkContext().clearJobGroup();
        }
    }

    @Test
    void theOperatorOfASolveIsApplied() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 500, 8, 1, 4);
            Matrix k = RandomPoints.of(arena, 500, 8, 1, 5);
            Matrix v = RandomPoints.of(arena, 500, 3, 1, 6);
            Sinkhorn options = Sinkhorn.bistochastic().withMemory(1);
            try (LargeKernel kernel = LargeKernel.of(spark, q, k)) {
                assertSameProduct(Scores.of(q, k).sinkhorn(options).operator(), kernel.scores().sinkhorn(options).operator(), v);
            }
        }
    }

    private static void assertSameProduct(Operator alone, Operator shared, Matrix v) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix expected = Matrix.allocate(arena, alone.rows(), v.columns());
            Matrix found = Matrix.allocate(arena, alone.rows(), v.columns());
            alone.apply(v, expected);
            shared.apply(v, found);
            assertArrayEquals(expected.toArray(), found.toArray());
        }
    }

    @Test
    void stationaryDistributionsAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 2100, 4, 0.5, 13);
            Matrix k = RandomPoints.of(arena, 2100, 4, 0.5, 14);
            StationaryDistribution expected = StationaryDistribution.of(Scores.of(q, k).attention().transitions(0));
            try (LargeKernel kernel = LargeKernel.of(spark, q, k)) {
                StationaryDistribution found = StationaryDistribution.of(kernel.scores().attention().transitions(0));
                assertArrayEquals(expected.pi(), found.pi());
                assertEquals(expected.iterations(), found.iterations());
            }
        }
    }

    @Test
    void mapsAreThoseOfOneMachine() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 1100, 4, 0.5, 15);
            Matrix k = RandomPoints.of(arena, 1100, 4, 0.5, 16);
            DiffusionMap diffusion = DiffusionMap.of(Scores.of(q, k).diffusion(1), 0, Eigenpairs.largest(3));
            MagneticMap magnetic = MagneticMap.of(Scores.of(q, k).magnetic(0.25), 0, Eigenpairs.largest(2));
            try (LargeKernel kernel = LargeKernel.of(spark, q, k)) {
                assertArrayEquals(diffusion.eigenfunction(1),
                        DiffusionMap.of(kernel.scores().diffusion(1), 0, Eigenpairs.largest(3)).eigenfunction(1));
                assertArrayEquals(magnetic.eigenfunction(0),
                        MagneticMap.of(kernel.scores().magnetic(0.25), 0, Eigenpairs.largest(2)).eigenfunction(0));
            }
        }
    }

    private static Dataset<Row> points(List<Row> rows) {
        StructType schema = new StructType().add("q", DataTypes.createArrayType(DataTypes.FloatType))
                .add("k", DataTypes.createArrayType(DataTypes.DoubleType));
        return spark.createDataFrame(JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, 3), schema);
    }

    @Test
    void pointsAreRowsOfADataFrame() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = RandomPoints.of(arena, 200, 4, 1, 7);
            Matrix k = RandomPoints.of(arena, 200, 4, 1, 8);
            List<Row> rows = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                rows.add(RowFactory.create(new float[] {q.get(i, 0), q.get(i, 1), q.get(i, 2), q.get(i, 3)},
                        new double[] {k.get(i, 0), k.get(i, 1), k.get(i, 2), k.get(i, 3)}));
            }
            Sinkhorn options = Sinkhorn.bistochastic().withMemory(1);
            try (LargeKernel kernel = LargeKernel.of(points(rows), "q", "k")) {
                SameSolution.assertSame(Scores.of(q, k).sinkhorn(options).heads().getFirst(),
                        kernel.scores().sinkhorn(options).heads().getFirst());
            }
        }
    }

    @Test
    void badPointsAreTold() {
        assertEquals("there are no points",
                assertThrows(IllegalArgumentException.class, () -> LargeKernel.of(points(List.of()), "q", "k")).getMessage());
        List<Row> uneven = List.of(RowFactory.create(new float[2], new double[2]), RowFactory.create(new float[2], new double[1]));
        assertEquals("row 1 has 1 numbers in column k; expected 2, as in the first row",
                assertThrows(IllegalArgumentException.class, () -> LargeKernel.of(points(uneven), "q", "k")).getMessage());
        List<Row> none = List.of(RowFactory.create(null, new double[1]));
        assertEquals("row 0 has 0 numbers in column q; expected at least 1",
                assertThrows(IllegalArgumentException.class, () -> LargeKernel.of(points(none), "q", "k")).getMessage());
        List<Row> infinite = List.of(RowFactory.create(new float[] {Float.POSITIVE_INFINITY}, new double[1]));
        assertEquals("q holds Infinity at row 0, column 0; every entry must be finite",
                assertThrows(IllegalArgumentException.class, () -> LargeKernel.of(points(infinite), "q", "k")).getMessage());
    }

    @Test
    void aClosedKernelHasNoScores() {
        try (Arena arena = Arena.ofConfined()) {
            LargeKernel kernel = LargeKernel.of(spark, RandomPoints.of(arena, 4, 2, 1, 9), RandomPoints.of(arena, 4, 2, 1, 10));
            kernel.close();
            kernel.close();
            assertEquals("the kernel is closed", assertThrows(IllegalStateException.class, kernel::scores).getMessage());
        }
    }
}
