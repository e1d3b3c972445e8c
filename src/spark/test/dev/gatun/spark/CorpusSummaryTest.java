package dev.gatun.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.spark.cluster.TestSpark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Means and quantiles of made-up analyses, against those of sorted arrays. */
class CorpusSummaryTest {

    private static final StructType SCHEMA = HeadFigures.schema().add(Corpus.ERROR, DataTypes.StringType);
    private static final int ENTROPY = SCHEMA.fieldIndex("entropyProduction");

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = TestSpark.local();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Row row(int head, double entropy, double current, double flow) {
        HeadFigures figures = new HeadFigures(-1, 1, 0.25, 0.5, 0.125, "ness", entropy, 0.1, current, flow, 0.5, true, 1, 0, 0.25,
                "converged", 7, 1e-6);
        Object[] values = new Object[SCHEMA.size()];
        values[0] = 0;
        values[1] = head;
        values[2] = 5;
        System.arraycopy(figures.values(), 0, values, 3, figures.values().length);
        return RowFactory.create(values);
    }

    private static Row refused(String error) {
        Object[] values = new Object[SCHEMA.size()];
        values[values.length - 1] = error;
        return RowFactory.create(values);
    }

    private static Dataset<Row> analysis(List<Row> rows, int partitions) {
        return spark.createDataFrame(JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions), SCHEMA);
    }

    private static double quantile(double[] sorted, double quantile) {
        return sorted[Math.max(1, (int) Math.ceil(quantile * sorted.length)) - 1];
    }

    @Test
    void figuresAreThoseOfSortedValuesWhateverThePartitions() {
        Random random = new Random(1);
        double[][] entropies = new double[3][];
        List<Row> rows = new ArrayList<>();
        for (int head = 0; head < 3; head++) {
            entropies[head] = random.doubles(1 + 36 * head, 0, 1e3).map(x -> x * x).toArray();
            for (double entropy : entropies[head]) {
                rows.add(row(head, entropy, 0.25, 0.5));
            }
        }
        for (int partitions : new int[] {1, 2, 7}) {
            List<Row> heads = CorpusSummary.byHead(analysis(rows, partitions)).collectAsList();
            assertEquals(3, heads.size());
            for (int head = 0; head < 3; head++) {
                double[] sorted = entropies[head].clone();
                Arrays.sort(sorted);
                double sum = 0;
                for (double entropy : sorted) {
                    sum += entropy;
                }
                Row found = heads.get(head);
                assertEquals(head, (int) found.<Integer>getAs("head"));
                assertEquals(sorted.length, (long) found.<Long>getAs("texts"));
                assertEquals(sum / sorted.length, found.<Double>getAs("entropyProductionMean"));
                assertEquals(quantile(sorted, 0.1), found.<Double>getAs("entropyProductionLow"));
                assertEquals(quantile(sorted, 0.5), found.<Double>getAs("entropyProductionMedian"));
                assertEquals(quantile(sorted, 0.9), found.<Double>getAs("entropyProductionHigh"));
                assertEquals(0.5, found.<Double>getAs("currentShareMean"));
                assertEquals(7.0, found.<Double>getAs("sinkhornIterationsMedian"));
            }
            rows = new ArrayList<>(rows.reversed());
        }
    }

    @Test
    void infiniteFiguresCountAndUndefinedOnesDoNot() {
        List<Row> rows = List.of(row(0, Double.POSITIVE_INFINITY, 0, 0), row(0, 1, 0.1, 0.5),
                row(0, Double.NaN, Double.NaN, 0.5), refused("a"));
        Row found = CorpusSummary.byHead(analysis(rows, 2)).first();
        assertEquals(3L, found.<Long>getAs("texts"));
        assertEquals(1.0, found.<Double>getAs("entropyProductionMedian"));
        assertEquals(Double.POSITIVE_INFINITY, found.<Double>getAs("entropyProductionHigh"));
        assertEquals(0.2, found.<Double>getAs("currentShareMean"));
    }

    @Test
    void headsWithoutAValueHaveNone() {
        Row found = CorpusSummary.byHead(analysis(List.of(row(0, 0, 0, 0)), 1)).first();
        assertTrue(found.isNullAt(found.fieldIndex("currentShareMean")));
        assertTrue(found.isNullAt(found.fieldIndex("currentShareMedian")));
    }

    @Test
    void theMostDrivenComeFirst() {
        List<Row> rows = List.of(row(0, 1, 0, 1), row(1, 3, 0, 1), row(2, 2, 0, 1), row(3, 3, 0, 1));
        List<Row> found = CorpusSummary.mostDriven(analysis(rows, 2), 3).collectAsList();
        assertEquals(List.of(1, 3, 2), found.stream().map(row -> row.<Integer>getAs("head")).toList());
    }

    @Test
    void errorsAreCounted() {
        List<Row> rows = List.of(refused("b"), row(0, 1, 0, 1), refused("a"), refused("b"));
        assertEquals(List.of(RowFactory.create("b", 2L), RowFactory.create("a", 1L)),
                CorpusSummary.errors(analysis(rows, 2)).collectAsList());
    }
}
