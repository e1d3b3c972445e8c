package dev.gatun.laws;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** Heads of a trained model: six of all-MiniLM-L6-v2 on 64 tokens; see NOTICE.txt in their folder. */
final class RealHeads {

    private static final int HEADS = 6;
    private static final int TOKENS = 64;
    private static final int D = 32;

    /** The bytes before the entries of a file. */
    private static final int HEADER = 128;

    private static final float[] QUERIES = read("q.npy");
    private static final float[] KEYS = read("k.npy");

    private RealHeads() {
    }

    /** The first tokens of one head as queries and as keys, repeated if there are not enough. */
    static Head tokens(Random random, int queries, int keys) {
        int head = random.nextInt(HEADS);
        return Head.of(D, first(QUERIES, head, queries), first(KEYS, head, keys), new float[keys]);
    }

    private static float[] first(float[] entries, int head, int count) {
        float[] ofHead = Arrays.copyOfRange(entries, head * TOKENS * D, (head + 1) * TOKENS * D);
        return Head.chosen(ofHead, D, IntStream.range(0, count).map(i -> i % TOKENS).toArray());
    }

    /** The files are little-endian float32 with a header of 128 bytes. */
    private static float[] read(String file) {
        try (InputStream stream = RealHeads.class.getResourceAsStream("sample/" + file)) {
            ByteBuffer bytes = ByteBuffer.wrap(stream.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            float[] entries = new float[HEADS * TOKENS * D];
            bytes.position(HEADER).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(entries);
            return entries;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
