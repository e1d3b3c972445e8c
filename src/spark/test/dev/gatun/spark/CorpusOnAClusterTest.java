package dev.gatun.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.spark.cluster.Killer;
import dev.gatun.spark.cluster.TestSpark;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.junit.jupiter.api.io.TempDir;

/** Corpora on two executors, of which one is killed in the middle. */
class CorpusOnAClusterTest {

    private static final StructType SCHEMA = new StructType().add("id", DataTypes.IntegerType).add("text", DataTypes.StringType);

    @TempDir
    private static Path folder;
    private static Path file;
    private static SparkSession spark;

    @BeforeAll
    static void start() {
        file = MiniLmFiles.copy(folder);
        spark = TestSpark.cluster(file, file.resolveSibling("all-minilm-l6-v2-tokenizer.json"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static String text(int i) {
        Random random = new Random(i);
        return i % 50 == 7 ? null : "Ship " + i + " passes " + "lock after lock, ".repeat(random.nextInt(30)) + "and is late.";
    }

    private static Dataset<Row> rows(int count, int partitions) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(RowFactory.create(i, text(i)));
        }
        return spark.createDataFrame(JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions), SCHEMA);
    }

    @Test
    void embeddingsAreTheLibrarysThoughAnExecutorIsKilled() {
        Killer killer = Killer.after(spark, 4);
        List<Row> rows = Corpus.of(rows(400, 16), "text").embed(CorpusModel.at(file.toString())).collectAsList();
        spark.sparkContext().removeSparkListener(killer);
        assertTrue(killer.removed() > 0, "no executor was lost");
        assertEquals(400, rows.size());
        try (TextEncoder library = TextEncoder.open(file)) {
            for (int i = 0; i < rows.size(); i++) {
                assertEquals(i, rows.get(i).getInt(0));
                if (text(i) == null) {
                    assertEquals("the text is null", rows.get(i).getString(4));
                } else {
                    assertArrayEquals(library.embed(text(i)), floats(rows.get(i)));
                }
            }
        }
    }

    @Test
    void summariesOfAnalysesAreTheSameThoughAnExecutorIsKilled() {
        Dataset<Row> rows = rows(24, 8);
        CorpusModel model = CorpusModel.at(file.toString());
        List<Row> expected = CorpusSummary.byHead(Corpus.of(rows.coalesce(1), "text").analyze(model)).collectAsList();
        Killer killer = Killer.after(spark, 3);
        List<Row> found = CorpusSummary.byHead(Corpus.of(rows, "text").analyze(model)).collectAsList();
        spark.sparkContext().removeSparkListener(killer);
        assertTrue(killer.removed() > 0, "no executor was lost");
        assertEquals(72, found.size());
        assertEquals(expected, found);
    }

    /** A relative path is among the files sent with the application. */
    @Test
    void filesOfTheModelTravelWithTheApplication() {
        Row row = Corpus.of(rows(1, 1), "text").embed(CorpusModel.at(file.getFileName().toString())).first();
        try (TextEncoder library = TextEncoder.open(file)) {
            assertArrayEquals(library.embed(text(0)), floats(row));
        }
    }

    private static float[] floats(Row row) {
        List<Float> values = row.getList(2);
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }
}
