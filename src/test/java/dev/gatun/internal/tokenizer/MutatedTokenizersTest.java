package dev.gatun.internal.tokenizer;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Thousands of small damages to good files: each is read, or refused in one line. A failure names its seed. */
@Tag("any-width")
class MutatedTokenizersTest {

    private static final int MUTATIONS = 3000;

    /** Bytes with a meaning in the grammars and in the vocabularies. */
    private static final byte[] TELLING = "{}[]\",:\\#0123456789-+.eE truefalsnab\n\r\t\0\u007f".getBytes(StandardCharsets.US_ASCII);

    @Test
    void json() {
        mutate("tokenizer.json", TokenizerSeeds.json().toList());
    }

    @Test
    void vocabularies() {
        mutate("vocab.txt", TokenizerSeeds.vocabularies().toList());
    }

    private static void mutate(String name, List<byte[]> originals) {
        WatchedTokenizer tokenizer = new WatchedTokenizer(name);
        originals.forEach(tokenizer::read);
        assertTrue(tokenizer.accepted() == originals.size(), "the originals are good");
        for (int seed = 0; seed < MUTATIONS; seed++) {
            // Generators of neighbouring seeds begin with almost the same number.
            Random random = new Random(0x9E3779B97F4A7C15L * seed);
            byte[] bytes = damaged(originals.get(random.nextInt(originals.size())), random);
            try {
                tokenizer.read(bytes);
            } catch (Throwable failure) {
                fail("seed " + seed, failure);
            }
        }
        assertTrue(tokenizer.accepted() > 100 && tokenizer.accepted() < tokenizer.reads() - 500, tokenizer.accepted() + " accepted");
    }

    private static byte[] damaged(byte[] original, Random random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            int other = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = TELLING[random.nextInt(TELLING.length)];
                case 3 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                case 4 -> bytes = spliced(bytes, at, at, TELLING[random.nextInt(TELLING.length)], 1 + random.nextInt(12));
                default -> bytes = spliced(bytes, Math.min(at, other), Math.min(Math.max(at, other), Math.min(at, other) + 12), (byte) 0,
                        0);
            }
        }
        return bytes;
    }

    /** With {@code count} times {@code added} in the place of bytes {@code from} to {@code to}. */
    private static byte[] spliced(byte[] bytes, int from, int to, byte added, int count) {
        byte[] spliced = new byte[Math.max(1, bytes.length - (to - from) + count)];
        System.arraycopy(bytes, 0, spliced, 0, from);
        Arrays.fill(spliced, from, from + count, added);
        System.arraycopy(bytes, to, spliced, from + count, bytes.length - to);
        return spliced;
    }
}
