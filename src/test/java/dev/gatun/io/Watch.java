package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Checks the rules for every read: it returns a result or throws one printable line that names the file, allocates in proportion to the
 * file's size even if the header claims more, and leaves no mapping.
 */
public final class Watch {

    /**
     * The factor of the allocation limits under a fuzzer, whose hooks allocate 1.4 KiB for each comparison of two strings, such as the
     * names of fields and of operators.
     */
    private static final int HOOKS = System.getenv("JAZZER_FUZZ") == null ? 1 : 32;

    /** A tile of a transposition (16 KiB), the opened file, and a refusal with its stack trace. */
    static final long FIXED_HEAP = HOOKS * (32 << 10);

    /**
     * Bytes on the heap for each byte of the file, garbage and all. Vectors take 14 (a float16 in a row of its own is an
     * array of one double and a reference to it), sizes in a header 20 (two bytes there, eight each in a list that doubles,
     * and its copies), and strings up to 50, where a buffer decodes each single character between escapes.
     */
    static final long HEAP_FACTOR = HOOKS * 64;

    /** Reads after which all classes are loaded. */
    private static final int LINKING = 4;

    /** A few names, cut and escaped, and the file's. */
    private static final int MAX_MESSAGE_LENGTH = 4096;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final BufferPoolMXBean DIRECT = pool("direct");
    private static final BufferPoolMXBean MAPPED = pool("mapped");

    private final List<Path> files;
    private long reads;
    private long accepted;
    private long slowest;
    private double largestShare;
    private String largest = "none";

    /** @param files what a refusal may name */
    public Watch(Path... files) {
        this.files = List.of(files);
    }

    private static BufferPoolMXBean pool(String name) {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals(name)).findFirst().orElseThrow();
    }

    /** The result of {@code read}, or nothing if it refuses a file of {@code size} bytes in one line. */
    public <T> Optional<T> read(long size, Supplier<T> read) {
        long direct = DIRECT.getTotalCapacity();
        long bound = FIXED_HEAP + HEAP_FACTOR * size;
        Phase<T> attempt = attempt(read);
        // The first ones of their kind also load and link classes, which a fuzzer changes as they come.
        for (int again = 0; again < LINKING && attempt.heap > largestShare * bound; again++) {
            attempt = attempt(read);
        }
        assertTrue(attempt.heap <= bound, "%d bytes on the heap for a file of %d".formatted(attempt.heap, size));
        long added = DIRECT.getTotalCapacity() - direct;
        assertTrue(added <= size, "%d bytes of buffers for a file of %d".formatted(added, size));
        note(attempt, size, bound);
        return Optional.ofNullable(attempt.result);
    }

    private record Phase<T>(T result, long heap, long nanos) {
    }

    private <T> Phase<T> attempt(Supplier<T> read) {
        T result = null;
        TensorFileException refusal = null;
        long start = System.nanoTime();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            result = read.get();
        } catch (TensorFileException fault) {
            refusal = fault;
        }
        long heap = THREADS.getCurrentThreadAllocatedBytes() - before;
        long nanos = System.nanoTime() - start;
        if (refusal != null) {
            requireOneLine(refusal.getMessage());
        }
        return new Phase<>(result, heap, nanos);
    }

    private void requireOneLine(String message) {
        assertTrue(files.stream().anyMatch(file -> message.startsWith(file + ": ")) && message.length() <= MAX_MESSAGE_LENGTH,
                () -> message.length() + " characters: " + message.substring(0, Math.min(500, message.length())));
        for (int i = 0; i < message.length(); i++) {
            assertTrue(!Character.isISOControl(message.charAt(i)), message);
        }
    }

    /** Mappings that are there now, to be held against {@link #requireMappings} when all arenas are closed. */
    public long mappings() {
        return MAPPED.getCount();
    }

    public void requireMappings(long before) {
        assertTrue(MAPPED.getCount() <= before, "mappings left behind");
    }

    private void note(Phase<?> attempt, long size, long bound) {
        reads++;
        accepted += attempt.result == null ? 0 : 1;
        if (attempt.heap > largestShare * bound) {
            largestShare = attempt.heap / (double) bound;
            largest = "%d bytes on the heap for a file of %d".formatted(attempt.heap, size);
        }
        slowest = Math.max(slowest, attempt.nanos);
    }

    public long reads() {
        return reads;
    }

    public long accepted() {
        return accepted;
    }

    /** Figures of all reads until now. */
    @Override
    public String toString() {
        return "%d reads, %d accepted, slowest %.1f ms, largest share %.2f of the bound: %s"
                .formatted(reads, accepted, slowest / 1e6, largestShare, largest);
    }
}
