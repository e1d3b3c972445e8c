package dev.gatun.internal.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.gatun.io.TensorFileException;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;

/**
 * Reads any bytes as the file of a tokenizer, and a text with what was read: either a refusal in one printable line that names the file,
 * or tokens whose places are in the text. What is left on the heap is in proportion to the file, whatever it claims.
 */
final class WatchedTokenizer {

    private static final String TEXT = "A [CLS]b a-\u00e9\u4e2d [SEP] aaab<x>\u0301\u302e\ud800 \ud83d\ude00 " + "a".repeat(300);

    /** Strings, boxed numbers, maps and lists of a few bytes of JSON each, and an array that the largest id asks for. */
    private static final long HEAP_FACTOR = 256;
    private static final long FIXED_HEAP = (1 << 20) + 16L * TokenTable.MAX_IDS;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String name;
    private long reads;
    private long accepted;

    /** @param name what files are called, with the ending of their format */
    WatchedTokenizer(String name) {
        this.name = name;
    }

    void read(byte[] bytes) {
        reads++;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            WordPieceTokenizer tokenizer = TokenizerFile.read(new ByteArrayInputStream(bytes), name);
            requireTokens(tokenizer);
            accepted++;
        } catch (TensorFileException refusal) {
            requireOneLine(refusal.getMessage());
        }
        long heap = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertTrue(System.getenv("JAZZER_FUZZ") != null || heap <= FIXED_HEAP + HEAP_FACTOR * bytes.length,
                () -> "%d bytes on the heap for a file of %d".formatted(heap, bytes.length));
    }

    private static void requireTokens(WordPieceTokenizer tokenizer) {
        TokenBuffer tokens = new TokenBuffer();
        tokenizer.append(TEXT, Integer.MAX_VALUE, tokens);
        for (int i = 0; i < tokens.count(); i++) {
            int begin = tokens.begins()[i];
            int end = tokens.ends()[i];
            assertTrue(0 <= begin && begin <= end && end <= TEXT.length(), () -> begin + " to " + end);
            assertTrue(tokenizer.token(tokens.ids()[i]) != null);
        }
        TokenBuffer again = new TokenBuffer();
        tokenizer.append(TEXT, Integer.MAX_VALUE, again);
        assertEquals(tokens.count(), again.count());
    }

    private void requireOneLine(String message) {
        assertTrue(message.startsWith(name + ": ") && message.length() < 1000, message);
        assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    }

    long reads() {
        return reads;
    }

    long accepted() {
        return accepted;
    }
}
