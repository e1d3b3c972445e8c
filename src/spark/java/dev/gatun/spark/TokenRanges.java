package dev.gatun.spark;

import java.io.Serial;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * Divides rows into ranges of about as many tokens. Rows are keyed by the tokens before them in the whole corpus, which grow from row to
 * row: the key divided by the limit is the partition, and sorting by it restores the order.
 */
final class TokenRanges extends Partitioner {

    @Serial
    private static final long serialVersionUID = 1;

    private final long tokens;
    private final int partitions;

    private TokenRanges(long tokens, int partitions) {
        this.tokens = tokens;
        this.partitions = partitions;
    }

    static Dataset<Row> partition(Dataset<Row> rows, TokenCount count, long tokens) {
        JavaRDD<Row> source = rows.javaRDD();
        List<Long> totals = source.mapPartitions(part -> List.of(total(part, count)).iterator()).collect();
        long[] before = new long[totals.size() + 1];
        for (int p = 0; p < totals.size(); p++) {
            before[p + 1] = before[p] + totals.get(p);
        }
        long needed = Math.max(1, (before[totals.size()] + tokens - 1) / tokens);
        if (needed > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s tokens are too many for partitions of %s".formatted(before[totals.size()], tokens));
        }
        JavaRDD<Row> ranges = source
                .mapPartitionsWithIndex((p, part) -> keyed(part, before[p], count), true)
                .mapToPair(pair -> pair)
                .repartitionAndSortWithinPartitions(new TokenRanges(tokens, (int) needed))
                .values();
        return rows.sparkSession().createDataFrame(ranges, rows.schema());
    }

    private static long total(Iterator<Row> rows, TokenCount count) {
        long total = 0;
        while (rows.hasNext()) {
            total += count.of(rows.next());
        }
        return total;
    }

    private static Iterator<Tuple2<Long, Row>> keyed(Iterator<Row> rows, long before, TokenCount count) {
        return new Iterator<>() {
            private long key = before;

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Tuple2<Long, Row> next() {
                Row row = rows.next();
                long own = key;
                key += count.of(row);
                return new Tuple2<>(own, row);
            }
        };
    }

    @Override
    public int numPartitions() {
        return partitions;
    }

    /** A row that was longer at the second reading cannot leave the last partition. */
    @Override
    public int getPartition(Object key) {
        return (int) Math.min((Long) key / tokens, partitions - 1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenRanges ranges && tokens == ranges.tokens && partitions == ranges.partitions;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(tokens) * 31 + partitions;
    }
}
