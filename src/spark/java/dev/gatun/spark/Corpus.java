package dev.gatun.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The texts of a DataFrame, one a row. Results are DataFrames with the columns of the input and more; they are computed when an action
 * asks for them, partition by partition, in the order of the rows.
 *
 * <p>No row is lost, and none stops the job: a row whose text is null, is too long for the model or has no result keeps its place, with
 * nulls and what was wrong in the column {@value #ERROR}. A model that cannot be loaded stops the job.
 *
 * {@snippet :
 * Dataset<Row> vectors = Corpus.of(spark.read().parquet("texts.parquet"), "text")
 *         .embed(CorpusModel.at("/models/all-minilm-l6-v2.onnx"));
 * vectors.write().parquet("vectors.parquet");
 * }
 */
public final class Corpus {

    /** The column of embeddings, {@code array<float>}. */
    public static final String EMBEDDING = "embedding";

    /** The column of the number of tokens of a text, special tokens included, {@code int}. */
    public static final String TOKENS = "tokens";

    /** The column that says why a row has no result, {@code string}; null if it has one. */
    public static final String ERROR = "error";

    private final Dataset<Row> rows;
    private final String column;
    private final int index;

    private Corpus(Dataset<Row> rows, String column, int index) {
        this.rows = rows;
        this.column = column;
        this.index = index;
    }

    /**
     * The texts of a column.
     *
     * @param rows   the rows
     * @param column the name of the column of texts, of type string
     * @return the corpus
     * @throws IllegalArgumentException if there is no such column, or it is of another type
     */
    public static Corpus of(Dataset<Row> rows, String column) {
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(column, "the name of the column is null");
        StructType schema = rows.schema();
        int index = Arrays.asList(schema.fieldNames()).indexOf(column);
        if (index < 0) {
            throw new IllegalArgumentException("there is no column %s of texts; the columns are %s"
                    .formatted(column, String.join(", ", schema.fieldNames())));
        }
        if (!schema.fields()[index].dataType().equals(DataTypes.StringType)) {
            throw new IllegalArgumentException("the column %s of texts must be of type string, not %s"
                    .formatted(column, schema.fields()[index].dataType().simpleString()));
        }
        return new Corpus(rows, column, index);
    }

    /**
     * The same rows in partitions of about as many tokens each, in their order: a partition ends with the text that reaches the limit.
     * Tasks then take about as long, whatever the lengths of texts. Counts the tokens of all texts first, which reads them once; the order
     * of rows must be the same at each reading, as it is from files.
     *
     * @param model  counts tokens; a text that it refuses counts as one
     * @param tokens the tokens of a partition, at least 1
     * @return a corpus
     * @throws IllegalArgumentException if {@code tokens} is less than 1
     */
    public Corpus inPartitionsOf(CorpusModel model, long tokens) {
        Objects.requireNonNull(model, "the model is null");
        if (tokens < 1) {
            throw new IllegalArgumentException("a partition must have at least 1 token, not " + tokens);
        }
        return new Corpus(TokenRanges.partition(rows, new TokenCount(model, index), tokens), column, index);
    }

    /**
     * The embeddings of the texts: the columns {@value #EMBEDDING}, {@value #TOKENS} and {@value #ERROR} after those of the input. Each is
     * bit for bit that of {@link dev.gatun.encoder.TextEncoder#embed(String)}, whatever the partitions.
     *
     * @param model the encoder
     * @return the rows of the input and the new columns
     * @throws IllegalArgumentException if the input has a column of such a name
     */
    public Dataset<Row> embed(CorpusModel model) {
        StructType schema = with(new StructType()
                .add(EMBEDDING, DataTypes.createArrayType(DataTypes.FloatType, false))
                .add(TOKENS, DataTypes.IntegerType)
                .add(ERROR, DataTypes.StringType));
        Objects.requireNonNull(model, "the model is null");
        int text = index;
        Counters counters = Counters.of(rows.sparkSession(), "embed");
        return map(schema, part -> new EmbeddedRows(part, model, text, counters));
    }

    /**
     * The figures of every head of every text, a row each: the columns of {@link HeadFigures#schema} and {@value #ERROR} after those of
     * the input. A text without figures is one row.
     *
     * @param model the encoder
     * @return a row for each text, layer and head
     * @throws IllegalArgumentException if the input has a column of such a name
     */
    public Dataset<Row> analyze(CorpusModel model) {
        StructType schema = with(HeadFigures.schema().add(ERROR, DataTypes.StringType));
        Objects.requireNonNull(model, "the model is null");
        int text = index;
        Counters counters = Counters.of(rows.sparkSession(), "analyze");
        return map(schema, part -> new AnalyzedRows(part, model, text, counters));
    }

    private Dataset<Row> map(StructType schema, MapPartitionsFunction<Row, Row> function) {
        return rows.mapPartitions(function, Encoders.row(schema));
    }

    /** The columns of the input and new ones. */
    private StructType with(StructType added) {
        List<String> taken = Arrays.stream(added.fieldNames()).filter(Arrays.asList(rows.columns())::contains).toList();
        if (!taken.isEmpty()) {
            throw new IllegalArgumentException("the input has columns %s already: rename or drop them first".formatted(taken));
        }
        StructType all = rows.schema();
        for (StructField field : added.fields()) {
            all = all.add(field);
        }
        return all;
    }

    @Override
    public String toString() {
        return "texts of column %s among %s".formatted(column, String.join(", ", rows.columns()));
    }
}
