package dev.gatun.spark;

import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.encoder.TokenizedText;
import org.apache.spark.sql.Row;

/** Reads the texts of rows as tokens. */
final class TextReader {

    private final TextEncoder encoder;
    private final InputKind kind;
    private final int index;
    private final Counters counters;

    TextReader(CorpusModel model, int index, Counters counters) {
        this.encoder = ExecutorEncoders.of(model);
        this.kind = model.kind();
        this.index = index;
        this.counters = counters;
    }

    TextEncoder encoder() {
        return encoder;
    }

    /**
     * The tokens of the text of a row.
     *
     * @throws IllegalArgumentException if it has no text, or one that the model does not take
     */
    TokenizedText read(Row row) {
        counters.texts().add(1);
        if (row.isNullAt(index)) {
            throw new IllegalArgumentException("the text is null");
        }
        TokenizedText text = encoder.tokenize(row.getString(index), kind);
        counters.tokens().add(text.count());
        return text;
    }

    /** What the column of errors says of a fault. */
    String refuse(RuntimeException fault) {
        counters.refusals().add(1);
        return fault.getMessage() == null ? fault.toString() : fault.getMessage();
    }
}
