package dev.gatun.spark;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.encoder.EncoderConfig;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.encoder.TokenizedText;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.Row;

/** The rows of a partition with the figures of every head of their texts, text by text. */
final class AnalyzedRows implements Iterator<Row> {

    private static final int FIGURES = HeadFigures.class.getRecordComponents().length;

    private final Iterator<Row> rows;
    private final TextReader reader;
    private final EncoderPlan plan;
    private final EncoderConfig config;
    private final Queue<Row> analyzed = new ArrayDeque<>();

    AnalyzedRows(Iterator<Row> rows, CorpusModel model, int index, Counters counters) {
        this.rows = rows;
        this.reader = new TextReader(model, index, counters);
        this.config = reader.encoder().model().config();
        this.plan = EncoderPlan.of(reader.encoder().model(), reader.encoder().maxTokens(), 1);
    }

    @Override
    public boolean hasNext() {
        return !analyzed.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
        if (analyzed.isEmpty()) {
            if (!rows.hasNext()) {
                throw new NoSuchElementException("the partition has no further row");
            }
            analyze(rows.next());
        }
        return analyzed.poll();
    }

    private void analyze(Row row) {
        try (Arena arena = Arena.ofConfined()) {
            TokenizedText text = reader.read(row);
            TokenBatch batch = new TokenBatch(text.count(), 1);
            batch.add(text);
            Heads q = heads(arena, text.count());
            Heads k = heads(arena, text.count());
            plan.heads(batch, q, k, heads(arena, text.count()));
            for (int index = 0; index < config.layers() * config.heads(); index++) {
                analyzed.add(head(row, index, q.matrix(index), k.matrix(index)));
            }
        } catch (IllegalArgumentException | IllegalStateException fault) {
            analyzed.add(JoinedRow.of(row, figures(null, null, null, null, reader.refuse(fault))));
        }
    }

    private Heads heads(Arena arena, int tokens) {
        return Heads.allocate(arena, config.layers(), config.heads(), tokens, config.headDimension());
    }

    private Row head(Row row, int index, Matrix q, Matrix k) {
        int layer = index / config.heads();
        int head = index % config.heads();
        try {
            return JoinedRow.of(row, figures(layer, head, q.rows(), HeadFigures.of(q, k), null));
        } catch (IllegalArgumentException | IllegalStateException fault) {
            return JoinedRow.of(row, figures(layer, head, q.rows(), null, reader.refuse(fault)));
        }
    }

    private static Object[] figures(Integer layer, Integer head, Integer tokens, HeadFigures figures, String error) {
        Object[] values = new Object[3 + FIGURES + 1];
        values[0] = layer;
        values[1] = head;
        values[2] = tokens;
        if (figures != null) {
            System.arraycopy(figures.values(), 0, values, 3, FIGURES);
        }
        values[3 + FIGURES] = error;
        return values;
    }
}
