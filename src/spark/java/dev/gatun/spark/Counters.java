package dev.gatun.spark;

import java.io.Serial;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;

/**
 * What a job has done so far, in Spark's web page of its stages. Tasks that are run again count again.
 *
 * @param texts    the texts read
 * @param tokens   the tokens of those that the model took
 * @param refusals the rows with an error
 */
record Counters(LongAccumulator texts, LongAccumulator tokens, LongAccumulator refusals) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    static Counters of(SparkSession session, String job) {
        SparkContext context = session.sparkContext();
        return new Counters(context.longAccumulator(job + ": texts"), context.longAccumulator(job + ": tokens"),
                context.longAccumulator(job + ": rows with an error"));
    }
}
