package dev.gatun.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.SequenceOffsets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The example of the package page: requests that join and leave have the attention of their own tokens, as the definition says. */
class PagedDecoderTest {

    private static final int SLOTS = 3;
    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int D = 16;
    private static final int C = 8;
    private static final int CHUNK = 40;
    private static final int LONGEST = 120;
    private static final AttentionShape LARGEST = new AttentionShape(SLOTS, HEADS, KEY_HEADS, CHUNK, LONGEST, D, C);

    /** Keys and values of the tokens of a slot, as the cache holds them: bfloat16. */
    private static final class Request {
        private final List<float[][]> keys = new ArrayList<>();
        private final List<float[][]> values = new ArrayList<>();
        private int prompt;
    }

    private static float bfloat16(float entry) {
        int bits = Float.floatToRawIntBits(entry);
        return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
    }

    private static Heads normal(Arena arena, Random random, int heads, int rows, int columns) {
        Heads tensor = Heads.allocate(arena, heads, Math.max(1, rows), columns);
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < rows; i++) {
                for (int c = 0; c < columns; c++) {
                    tensor.matrix(h).set(i, c, (float) random.nextGaussian());
                }
            }
        }
        return tensor;
    }

    private static float[][] row(Heads tensor, int i) {
        float[][] row = new float[tensor.heads()][tensor.columns()];
        for (int h = 0; h < row.length; h++) {
            for (int c = 0; c < tensor.columns(); c++) {
                row[h][c] = bfloat16(tensor.matrix(h).get(i, c));
            }
        }
        return row;
    }

    @Test
    void requestsJoinAndLeave() {
        Random random = new Random(5);
        try (Arena arena = Arena.ofConfined()) {
            PagedDecoder decoder = new PagedDecoder(arena, LARGEST, 20);
            Request[] requests = new Request[SLOTS];
            for (int step = 0; step < 200; step++) {
                int[] counts = new int[SLOTS];
                boolean prompts = random.nextInt(3) == 0;
                for (int s = 0; s < SLOTS; s++) {
                    if (requests[s] == null && random.nextBoolean()) {
                        requests[s] = new Request();
                        requests[s].prompt = 1 + random.nextInt(90);
                    }
                    counts[s] = requests[s] == null ? 0 : count(requests[s], prompts, random);
                }
                step(decoder, requests, counts, prompts, random);
                leave(decoder, requests, random);
            }
            for (int s = 0; s < SLOTS; s++) {
                decoder.shorten(s, 0);
            }
            assertEquals(20, decoder.freePages());
        }
    }

    private static int count(Request request, boolean prompts, Random random) {
        int left = request.prompt - request.keys.size();
        if (prompts) {
            return Math.clamp(left, 0, 1 + random.nextInt(CHUNK));
        }
        return left > 0 ? 0 : Math.min(1 + random.nextInt(3), LONGEST - request.keys.size());
    }

    private static void step(PagedDecoder decoder, Request[] requests, int[] counts, boolean prompts, Random random) {
        try (Arena arena = Arena.ofConfined()) {
            int total = Arrays.stream(counts).sum();
            Heads q = normal(arena, random, HEADS, total, D);
            Heads k = normal(arena, random, KEY_HEADS, total, D);
            Heads v = normal(arena, random, KEY_HEADS, total, C);
            Heads out = Heads.allocate(arena, HEADS, Math.max(1, total), C);
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, counts);
            if (prompts) {
                decoder.prompts(q, k, v, offsets, out);
            } else {
                decoder.tokens(q, k, v, offsets, out);
            }
            for (int s = 0; s < SLOTS; s++) {
                for (int i = offsets.offset(s); i < offsets.offset(s + 1); i++) {
                    requests[s].keys.add(row(k, i));
                    requests[s].values.add(row(v, i));
                    for (int h = 0; h < HEADS; h++) {
                        assertRow(requests[s], q, out, h, i);
                    }
                }
            }
        }
    }

    /** The last token of a request sees all of its tokens so far. */
    private static void assertRow(Request request, Heads q, Heads out, int h, int i) {
        int g = h / (HEADS / KEY_HEADS);
        double sum = 0;
        double[] expected = new double[C];
        for (int j = 0; j < request.keys.size(); j++) {
            double score = 0;
            for (int c = 0; c < D; c++) {
                score += (double) q.matrix(h).get(i, c) * request.keys.get(j)[g][c] / Math.sqrt(D);
            }
            sum += Math.exp(score);
            for (int c = 0; c < C; c++) {
                expected[c] += Math.exp(score) * request.values.get(j)[g][c];
            }
        }
        for (int c = 0; c < C; c++) {
            assertEquals(expected[c] / sum, out.matrix(h).get(i, c), 1e-5, "token %s of a request".formatted(request.keys.size()));
        }
    }

    /** Some requests end, and some take back tokens that were speculated in vain. */
    private static void leave(PagedDecoder decoder, Request[] requests, Random random) {
        for (int s = 0; s < SLOTS; s++) {
            int length = requests[s] == null ? 0 : requests[s].keys.size();
            if (length == LONGEST || length > 0 && random.nextInt(15) == 0) {
                requests[s] = null;
                decoder.shorten(s, 0);
            } else if (length > 1 && length > requests[s].prompt && random.nextInt(4) == 0) {
                requests[s].keys.removeLast();
                requests[s].values.removeLast();
                decoder.shorten(s, length - 1);
            }
        }
    }

    @Test
    void aFullCacheKeepsWhatItHolds() {
        Random random = new Random(6);
        try (Arena arena = Arena.ofConfined()) {
            PagedDecoder decoder = new PagedDecoder(arena, LARGEST, 3);
            Request[] requests = {new Request(), new Request(), new Request()};
            step(decoder, requests, new int[] {40, 0, 0}, true, random);
            assertThrows(NoSuchElementException.class, () -> step(decoder, requests, new int[] {0, 1, 0}, false, random));
            step(decoder, requests, new int[] {8, 0, 0}, false, random);
            decoder.shorten(0, 0);
            assertEquals(3, decoder.freePages());
            step(decoder, requests, new int[] {0, 30, 16}, true, random);
        }
    }

    /** The example of the package page is the class that this test runs. */
    @Test
    void thePackagePageShowsThisClass() throws IOException {
        String source = Files.readString(Path.of("src/test/java/dev/gatun/examples/PagedDecoder.java"));
        String page = Files.readString(Path.of("src/main/java/dev/gatun/attention/package-info.java"));
        String shown = source.substring(source.indexOf("final class PagedDecoder")).strip();
        assertTrue(page.replaceAll("(?m)^ \\* ?", "").contains(shown), "the package page shows another PagedDecoder");
    }
}
