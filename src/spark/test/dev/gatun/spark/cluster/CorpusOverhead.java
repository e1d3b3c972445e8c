package dev.gatun.spark.cluster;

import dev.gatun.Workers;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.spark.Corpus;
import dev.gatun.spark.CorpusModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Embeds texts with Spark on two threads of this JVM and with the library on as many, by turns, and prints the times of each round. */
public final class CorpusOverhead {

    private static final StructType SCHEMA = new StructType().add("text", DataTypes.StringType);
    private static final int ROUNDS = 5;

    private CorpusOverhead() {
    }

    /** Arguments: the model, the number of texts, the number of partitions. */
    public static void main(String[] arguments) {
        Path file = Path.of(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        int partitions = Integer.parseInt(arguments[2]);
        SparkSession spark = TestSpark.local();
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try (TextEncoder library = TextEncoder.open(file, EncoderOptions.defaults().withWorkers(Workers.of(threads, 2)))) {
            CorpusModel model = CorpusModel.at(file.toAbsolutePath().toString());
            for (int warm = 0; warm < 3; warm++) {
                library.embed(texts(500, warm));
                embed(spark, texts(500, warm), partitions, model);
            }
            double[] ratios = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                List<String> texts = texts(count / ROUNDS, 10 + round);
                double ours = seconds(() -> library.embed(texts));
                double theirs = seconds(() -> embed(spark, texts, partitions, model));
                ratios[round] = theirs / ours;
                System.out.printf(Locale.ROOT, "%d texts: library %.2f s, Spark %.2f s, ratio %.3f%n", texts.size(), ours, theirs,
                        ratios[round]);
            }
            Arrays.sort(ratios);
            System.out.printf(Locale.ROOT, "median ratio %.3f%n", ratios[ROUNDS / 2]);
        } finally {
            threads.shutdown();
            spark.stop();
        }
    }

    /** Texts of 3 to 60 words. */
    private static List<String> texts(int count, long seed) {
        String[] words = ("the canal joins two oceans and lifts ships over a ridge of hills by locks that a lake fills with rain "
                + "without pumps for a hundred years while engineers measure its level every day").split(" ");
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int w = 3 + random.nextInt(58); w > 0; w--) {
                text.append(words[random.nextInt(words.length)]).append(' ');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /** Computes all rows in the form in which Spark writes them, and drops them. */
    private static void embed(SparkSession spark, List<String> texts, int partitions, CorpusModel model) {
        List<Row> rows = texts.stream().map(text -> RowFactory.create(text)).toList();
        Dataset<Row> corpus = spark.createDataFrame(JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions),
                SCHEMA);
        Corpus.of(corpus, "text").embed(model).write().format("noop").mode("overwrite").save();
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return 1e-9 * (System.nanoTime() - start);
    }
}
