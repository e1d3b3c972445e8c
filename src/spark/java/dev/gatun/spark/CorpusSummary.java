package dev.gatun.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * What an analysis of a corpus adds up to, head by head. Figures do not depend on partitions: each is computed from the sorted values of a
 * head, which one task holds, 8 bytes for each text.
 */
public final class CorpusSummary {

    private static final List<String> FIGURES = List.of("negativeShare", "eta", "curlFraction", "entropyProduction", "currentShare",
            "spectralGap", "mostVisitedShare", "sinkhornIterations");

    /** Quantiles and the ends of the names of their columns. */
    private static final double[] QUANTILES = {0.1, 0.5, 0.9};
    private static final List<String> ENDS = List.of("Low", "Median", "High");

    private CorpusSummary() {
    }

    /**
     * A row for each layer and head, sorted by both: the number of {@code texts} with figures, and of each figure the mean and the
     * quantiles 0.1, 0.5 and 0.9 over them, as {@code etaMean}, {@code etaLow}, {@code etaMedian} and {@code etaHigh}. A quantile is the
     * least value that as large a part of the texts does not exceed. The figures are those of {@link HeadFigures} and
     * {@code currentShare}, the current relative to the flow. Values that are not a number, as the share of a chain in which nothing
     * moves, are left out.
     *
     * @param analysis rows of {@link Corpus#analyze}
     * @return the heads
     */
    public static Dataset<Row> byHead(Dataset<Row> analysis) {
        List<Column> figures = new ArrayList<>();
        for (String figure : FIGURES) {
            figures.add(sorted(figure).as(figure));
        }
        Dataset<Row> heads = withFigures(analysis).groupBy(HeadFigures.LAYER, HeadFigures.HEAD)
                .agg(functions.count(functions.lit(1)).as("texts"), figures.toArray(Column[]::new));
        List<Column> columns = new ArrayList<>(List.of(functions.col(HeadFigures.LAYER), functions.col(HeadFigures.HEAD),
                functions.col("texts")));
        for (String figure : FIGURES) {
            columns.add(mean(functions.col(figure)).as(figure + "Mean"));
            for (int q = 0; q < QUANTILES.length; q++) {
                columns.add(quantile(functions.col(figure), QUANTILES[q]).as(figure + ENDS.get(q)));
            }
        }
        return heads.select(columns.toArray(Column[]::new)).orderBy(HeadFigures.LAYER, HeadFigures.HEAD);
    }

    /**
     * The heads of the largest median entropy production, those furthest from equilibrium first.
     *
     * @param analysis rows of {@link Corpus#analyze}
     * @param count    the number of heads
     * @return as many rows of {@link #byHead}
     */
    public static Dataset<Row> mostDriven(Dataset<Row> analysis, int count) {
        return byHead(analysis).orderBy(functions.col("entropyProductionMedian").desc(), functions.col(HeadFigures.LAYER),
                functions.col(HeadFigures.HEAD)).limit(count);
    }

    /**
     * How many rows have which error, the most frequent first.
     *
     * @param results rows of {@link Corpus#embed} or {@link Corpus#analyze}
     * @return columns {@code error} and {@code rows}
     */
    public static Dataset<Row> errors(Dataset<Row> results) {
        return results.filter(functions.col(Corpus.ERROR).isNotNull()).groupBy(Corpus.ERROR)
                .agg(functions.count(functions.lit(1)).as("rows")).orderBy(functions.col("rows").desc(), functions.col(Corpus.ERROR));
    }

    private static Dataset<Row> withFigures(Dataset<Row> analysis) {
        return analysis.filter(functions.col(Corpus.ERROR).isNull())
                .withColumn("currentShare", functions.when(functions.col("flow").gt(0),
                        functions.col("totalCurrent").divide(functions.col("flow"))));
    }

    /** The values of a figure in ascending order. Nulls are not gathered. */
    private static Column sorted(String figure) {
        Column value = functions.col(figure).cast("double");
        return functions.array_sort(functions.collect_list(functions.when(functions.isnan(value), functions.lit(null)).otherwise(value)));
    }

    /** The mean of an array, added up in its order. */
    private static Column mean(Column values) {
        Column sum = functions.aggregate(values, functions.lit(0.0), Column::plus);
        return functions.when(functions.size(values).gt(0), sum.divide(functions.size(values)));
    }

    private static Column quantile(Column sorted, double quantile) {
        Column rank = functions.greatest(functions.lit(1), functions.ceil(functions.size(sorted).multiply(quantile)).cast("int"));
        return functions.when(functions.size(sorted).gt(0), functions.element_at(sorted, rank));
    }
}
