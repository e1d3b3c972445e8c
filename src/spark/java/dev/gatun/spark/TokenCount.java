package dev.gatun.spark;

import dev.gatun.encoder.TextEncoder;
import java.io.Serial;
import java.io.Serializable;
import org.apache.spark.sql.Row;

/** The number of tokens of the text of a row. */
record TokenCount(CorpusModel model, int index) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** At least 1, also of a text that the model refuses. */
    long of(Row row) {
        if (row.isNullAt(index)) {
            return 1;
        }
        TextEncoder encoder = ExecutorEncoders.of(model);
        try {
            return Math.max(1, encoder.tokenize(row.getString(index), model.kind()).count());
        } catch (IllegalArgumentException refused) {
            return 1;
        }
    }
}
