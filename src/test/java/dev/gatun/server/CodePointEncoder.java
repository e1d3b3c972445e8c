package dev.gatun.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A small encoder: a token a code point, and an embedding that depends on all tokens and their order. It runs only while allowed to. */
final class CodePointEncoder implements ServedEncoder {

    static final int DIMENSION = 8;
    static final int MAX_TOKENS = 64;
    static final int BEGIN = 101;
    static final int END = 102;

    /** Embedding this id fails. */
    static final int FAULT = 7;

    /** The embedding of a text with this id has no number. */
    static final int NO_NUMBER = 0x10FFFF;

    private static final int VOCABULARY = 0x110000;

    /** Permits to run a batch. */
    final Semaphore runs = new Semaphore(Integer.MAX_VALUE);
    final AtomicInteger batches = new AtomicInteger();
    final AtomicInteger waiting = new AtomicInteger();
    final AtomicInteger largestBatch = new AtomicInteger();

    @Override
    public String name() {
        return "code-points";
    }

    @Override
    public String pooling() {
        return "mean";
    }

    @Override
    public String weights() {
        return "float32";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public int maxTokens() {
        return MAX_TOKENS;
    }

    @Override
    public int vocabulary() {
        return VOCABULARY;
    }

    @Override
    public Map<String, String> prompts() {
        return Map.of("query", "q: ");
    }

    @Override
    public int[] encode(String text) {
        int[] points = text.codePoints().toArray();
        int[] ids = new int[points.length + 2];
        ids[0] = BEGIN;
        System.arraycopy(points, 0, ids, 1, points.length);
        ids[points.length + 1] = END;
        return ids;
    }

    @Override
    public List<ServedToken> tokenize(String text) {
        List<ServedToken> tokens = new ArrayList<>();
        tokens.add(new ServedToken(BEGIN, "[CLS]", true, 0, 0));
        for (int i = 0; i < text.length();) {
            int point = text.codePointAt(i);
            int end = i + Character.charCount(point);
            tokens.add(new ServedToken(point, text.substring(i, end), false, i, end));
            i = end;
        }
        tokens.add(new ServedToken(END, "[SEP]", true, 0, 0));
        return tokens;
    }

    @Override
    public float[][] embed(int[] ids, int[] offsets) {
        float[][] rows = new float[offsets.length - 1][DIMENSION];
        waiting.incrementAndGet();
        runs.acquireUninterruptibly();
        runs.release();
        waiting.decrementAndGet();
        batches.incrementAndGet();
        largestBatch.accumulateAndGet(rows.length, Math::max);
        for (int text = 0; text < rows.length; text++) {
            embed(ids, offsets[text], offsets[text + 1], rows[text]);
        }
        return rows;
    }

    @Override
    public void normalise(float[] row) {
        double squares = 0;
        for (float component : row) {
            squares += (double) component * component;
        }
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) (row[i] / Math.sqrt(squares));
        }
    }

    /** The embedding of a text alone, of unit length. */
    float[] row(String text) {
        float[] row = rawRow(text);
        normalise(row);
        return row;
    }

    /** The embedding of a text alone. */
    float[] rawRow(String text) {
        int[] ids = encode(text);
        float[] row = new float[DIMENSION];
        embed(ids, 0, ids.length, row);
        return row;
    }

    private static void embed(int[] ids, int begin, int end, float[] row) {
        long state = end - begin;
        for (int i = begin; i < end; i++) {
            if (ids[i] == FAULT) {
                throw new IllegalStateException("token " + FAULT);
            }
            if (ids[i] == NO_NUMBER) {
                row[0] = Float.NaN;
                return;
            }
            state = 6364136223846793005L * (state + ids[i]) + 1442695040888963407L;
        }
        for (int i = 0; i < row.length; i++) {
            state = 6364136223846793005L * state + 1442695040888963407L;
            row[i] = (float) (1e-3 + (state >> 33) * 0x1p-31);
        }
    }
}
