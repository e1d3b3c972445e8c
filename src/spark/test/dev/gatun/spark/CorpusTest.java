package dev.gatun.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.encoder.EncoderConfig;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.encoder.TokenizedText;
import dev.gatun.spark.cluster.TestSpark;
import java.lang.foreign.Arena;
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

/** Corpora in one JVM: what the library computes text by text, whatever the partitions. */
class CorpusTest {

    private static final StructType SCHEMA = new StructType().add("id", DataTypes.IntegerType).add("text", DataTypes.StringType);
    private static final String[] WORDS =
            {"canal", "two", "oceans", "lake", "kernel", "vector", "the", "of", "joins", "Panamá", "42", "!"};

    @TempDir
    private static Path folder;
    private static CorpusModel model;
    private static TextEncoder library;
    private static SparkSession spark;

    @BeforeAll
    static void start() {
        Path file = MiniLmFiles.copy(folder);
        model = CorpusModel.at(file.toString());
        library = TextEncoder.open(file);
        spark = TestSpark.local();
    }

    @AfterAll
    static void stop() {
        spark.stop();
        library.close();
    }

    private static List<String> texts(int count, long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int w = random.nextInt(40); w > 0; w--) {
                text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static Dataset<Row> rows(List<String> texts, int partitions) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            rows.add(RowFactory.create(i, texts.get(i)));
        }
        return spark.createDataFrame(JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions), SCHEMA);
    }

    private static float[] floats(Row row) {
        List<Float> values = row.getList(row.fieldIndex(Corpus.EMBEDDING));
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }

    @Test
    void embeddingsAreTheLibrarysWhateverThePartitions() {
        List<String> texts = texts(300, 1);
        for (int partitions : new int[] {1, 3, 16}) {
            List<Row> rows = Corpus.of(rows(texts, partitions), "text").embed(model).collectAsList();
            assertEquals(texts.size(), rows.size());
            for (int i = 0; i < rows.size(); i++) {
                assertEquals(i, rows.get(i).getInt(0));
                assertEquals(texts.get(i), rows.get(i).getString(1));
                assertArrayEquals(library.embed(texts.get(i)), floats(rows.get(i)));
                assertEquals(library.tokenize(texts.get(i), InputKind.PLAIN).count(), rows.get(i).getInt(3));
                assertNull(rows.get(i).get(4));
            }
        }
    }

    @Test
    void badRowsAreKeptWithTheirError() {
        List<String> texts = new ArrayList<>(texts(20, 2));
        texts.set(3, null);
        texts.set(7, "word ".repeat(600));
        texts.set(8, "");
        List<Row> rows = Corpus.of(rows(texts, 2), "text").embed(model).collectAsList();
        assertEquals(20, rows.size());
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            boolean bad = i == 3 || i == 7;
            assertEquals(i, row.getInt(0));
            assertEquals(bad, row.isNullAt(2));
            assertEquals(bad, !row.isNullAt(4));
            if (!bad) {
                assertArrayEquals(library.embed(texts.get(i)), floats(row));
            }
        }
        assertEquals("the text is null", rows.get(3).getString(4));
        assertEquals("the text has 602 tokens; the model takes at most 512, special tokens included", rows.get(7).getString(4));
        List<Row> figures = Corpus.of(rows(texts.subList(2, 9), 2), "text").analyze(model).collectAsList();
        assertEquals(5 * 72 + 2, figures.size());
        assertEquals(List.of(1, 5), figures.stream().filter(row -> row.isNullAt(2)).map(row -> row.getInt(0)).toList());
    }

    @Test
    void longTextsAreCutWhereAsked() {
        String text = "word ".repeat(600);
        Row row = Corpus.of(rows(List.of(text), 1), "text").embed(model.withTruncation()).first();
        try (TextEncoder cutting = TextEncoder.open(Path.of(model.path()), EncoderOptions.defaults().withTruncation())) {
            assertArrayEquals(cutting.embed(text), floats(row));
        }
        assertEquals(512, row.getInt(3));
    }

    @Test
    void rangesOfTokensKeepTheOrderAndTheBound() {
        List<String> texts = new ArrayList<>(texts(400, 3));
        texts.set(11, null);
        Dataset<Row> rows = rows(texts, 5);
        Dataset<Row> embedded = Corpus.of(rows, "text").inPartitionsOf(model, 500).embed(model);
        List<List<Row>> partitions = embedded.javaRDD().glom().collect();
        List<Integer> ids = new ArrayList<>();
        for (List<Row> partition : partitions) {
            int tokens = 0;
            for (Row row : partition) {
                assertTrue(tokens < 500, "a partition goes on after it is full");
                tokens += row.isNullAt(3) ? 1 : row.getInt(3);
                ids.add(row.getInt(0));
            }
        }
        assertEquals(Corpus.of(rows, "text").embed(model).collectAsList().stream().map(row -> row.getInt(0)).toList(), ids);
        assertTrue(partitions.size() > 10);
    }

    @Test
    void analysesAreTheLibrarysWhateverThePartitions() {
        List<String> texts = List.of("The Panama Canal joins two oceans.", "", "A lake.", "To be, or not to be, that is the question.");
        EncoderConfig config = library.model().config();
        for (int partitions : new int[] {1, 3}) {
            List<Row> rows = Corpus.of(rows(texts, partitions), "text").analyze(model).collectAsList();
            assertEquals(72 * texts.size(), rows.size());
            int at = 0;
            for (int i = 0; i < texts.size(); i++) {
                try (Arena arena = Arena.ofConfined()) {
                    TokenizedText text = library.tokenize(texts.get(i), InputKind.PLAIN);
                    TokenBatch batch = new TokenBatch(text.count(), 1);
                    batch.add(text);
                    Heads q = Heads.allocate(arena, config.layers(), config.heads(), text.count(), config.headDimension());
                    Heads k = Heads.allocate(arena, config.layers(), config.heads(), text.count(), config.headDimension());
                    Heads v = Heads.allocate(arena, config.layers(), config.heads(), text.count(), config.headDimension());
                    EncoderPlan.of(library.model(), text.count(), 1).heads(batch, q, k, v);
                    for (int head = 0; head < 72; head++) {
                        Row row = rows.get(at++);
                        Object[] expected = HeadFigures.of(q.matrix(head), k.matrix(head)).values();
                        assertEquals(List.of(i, head / 12, head % 12, text.count()),
                                List.of(row.get(0), row.get(2), row.get(3), row.get(4)));
                        for (int f = 0; f < expected.length; f++) {
                            assertEquals(expected[f], row.get(5 + f), row.schema().fieldNames()[5 + f]);
                        }
                        assertNull(row.get(5 + expected.length));
                    }
                }
            }
        }
    }

    @Test
    void resultsSurviveParquet() {
        Dataset<Row> embedded = Corpus.of(rows(texts(50, 4), 3), "text").embed(model);
        String file = folder.resolve("vectors.parquet").toString();
        embedded.write().parquet(file);
        List<Row> read = spark.read().parquet(file).orderBy("id").collectAsList();
        List<Row> expected = embedded.collectAsList();
        assertEquals(expected.size(), read.size());
        for (int i = 0; i < read.size(); i++) {
            assertArrayEquals(floats(expected.get(i)), floats(read.get(i)));
        }
    }

    @Test
    void faultsOfTheCallAreToldAtOnce() {
        Dataset<Row> rows = rows(List.of("a"), 1);
        assertEquals("there is no column body of texts; the columns are id, text",
                assertThrows(IllegalArgumentException.class, () -> Corpus.of(rows, "body")).getMessage());
        assertEquals("the column id of texts must be of type string, not int",
                assertThrows(IllegalArgumentException.class, () -> Corpus.of(rows, "id")).getMessage());
        Corpus twice = Corpus.of(Corpus.of(rows, "text").embed(model), "text");
        assertEquals("the input has columns [embedding, tokens, error] already: rename or drop them first",
                assertThrows(IllegalArgumentException.class, () -> twice.embed(model)).getMessage());
        assertEquals("a partition must have at least 1 token, not 0",
                assertThrows(IllegalArgumentException.class, () -> Corpus.of(rows, "text").inPartitionsOf(model, 0)).getMessage());
    }

    @Test
    void aModelThatIsNotThereStopsTheJob() {
        Dataset<Row> embedded = Corpus.of(rows(List.of("a"), 1), "text").embed(CorpusModel.at("/no/such/model.onnx"));
        String fault = assertThrows(Exception.class, embedded::collectAsList).toString();
        assertTrue(fault.contains("/no/such/model.onnx"), fault);
    }
}
