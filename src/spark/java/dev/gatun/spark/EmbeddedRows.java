package dev.gatun.spark;

import dev.gatun.encoder.TokenizedText;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.Row;

/** The rows of a partition with their embeddings, computed in ragged batches as they are asked for. */
final class EmbeddedRows implements Iterator<Row> {

    /** A batch is full at as many tokens as this many largest texts have; with the last one it is still one batch of the encoder. */
    private static final int TEXTS_OF_BATCH = 7;

    private final Iterator<Row> rows;
    private final TextReader reader;
    private final Queue<Row> embedded = new ArrayDeque<>();

    EmbeddedRows(Iterator<Row> rows, CorpusModel model, int index, Counters counters) {
        this.rows = rows;
        this.reader = new TextReader(model, index, counters);
    }

    @Override
    public boolean hasNext() {
        return !embedded.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
        if (embedded.isEmpty()) {
            embedBatch();
        }
        Row row = embedded.poll();
        if (row == null) {
            throw new NoSuchElementException("the partition has no further row");
        }
        return row;
    }

    /**
     * A row and what is known of it.
     *
     * @param tokens null if the text is refused
     * @param error  null if it is not
     */
    private record Entry(Row row, int[] tokens, String error) {
    }

    private void embedBatch() {
        int most = TEXTS_OF_BATCH * reader.encoder().maxTokens();
        List<Entry> batch = new ArrayList<>();
        List<int[]> texts = new ArrayList<>();
        for (int tokens = 0; tokens < most && rows.hasNext(); ) {
            Entry entry = read(rows.next());
            batch.add(entry);
            if (entry.tokens != null) {
                texts.add(entry.tokens);
                tokens += entry.tokens.length;
            }
            tokens++;    // a row of no token takes memory too
        }
        float[][] embeddings = embed(texts);
        int next = 0;
        for (Entry entry : batch) {
            if (entry.tokens == null) {
                embedded.add(JoinedRow.of(entry.row, null, null, entry.error));
            } else if (embeddings != null) {
                embedded.add(JoinedRow.of(entry.row, embeddings[next++], entry.tokens.length, null));
            } else {
                embedded.add(alone(entry));
            }
        }
    }

    private Entry read(Row row) {
        try {
            TokenizedText text = reader.read(row);
            return new Entry(row, text.ids(), null);
        } catch (IllegalArgumentException refused) {
            return new Entry(row, null, reader.refuse(refused));
        }
    }

    /** The embeddings of texts; null if one of them has none. */
    private float[][] embed(List<int[]> texts) {
        try {
            return reader.encoder().embedTokens(texts);
        } catch (IllegalArgumentException | IllegalStateException fault) {
            return null;
        }
    }

    /** The row of a text by itself, after another one of its batch had no embedding. */
    private Row alone(Entry entry) {
        try {
            return JoinedRow.of(entry.row, reader.encoder().embedTokens(List.of(entry.tokens))[0], entry.tokens.length, null);
        } catch (IllegalArgumentException | IllegalStateException fault) {
            return JoinedRow.of(entry.row, null, entry.tokens.length, reader.refuse(fault));
        }
    }
}
