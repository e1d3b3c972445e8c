package dev.gatun.internal.operator;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;

/**
 * Operators applied one after the other, alternating between two buffers.
 *
 * <p>An operator gives the same bits for the same values. Once a result equals an earlier one, results repeat, and whole cycles are
 * skipped. R. P. Brent's method finds them: one earlier result is stored, a later one after every power of two.
 */
public final class AlternatingProducts {

    /** Applications of one operator without a look at interruption and repeated results: a short product is not worth it. */
    public static final int UNWATCHED = 16;

    private static final long ALIGNMENT = 64;

    private final Arena arena;
    private final TensorView shape;
    private final int maxRows;
    private TensorView current;
    private MemorySegment free;
    private MemorySegment used;
    private MemorySegment stored;

    /**
     * @param maxRows the largest number of rows of a result
     * @param v       the values to begin with
     * @param out     of the batch entries, heads and columns of all results
     */
    public AlternatingProducts(Arena arena, int maxRows, TensorView v, TensorView out) {
        this.arena = arena;
        this.shape = out;
        this.maxRows = maxRows;
        this.current = v;
    }

    /** The values, or the last result. */
    public TensorView current() {
        return current;
    }

    /**
     * Applies an operator {@code times} times.
     *
     * @param product writes the product of its first argument to its second, of {@code rows} rows
     * @throws CancellationException if the calling thread is interrupted
     */
    public void apply(BiConsumer<TensorView, TensorView> product, int rows, int times) {
        int left = times;
        int done = 0;
        int storedAt = 0;
        while (left > 0) {
            if (done >= UNWATCHED && Thread.currentThread().isInterrupted()) {
                throw new CancellationException("the thread was interrupted with %s applications to come".formatted(left));
            }
            step(product, rows);
            left--;
            done++;
            if (done > UNWATCHED && repeated()) {
                left %= done - storedAt;
            }
            if (done >= UNWATCHED && Integer.bitCount(done) == 1 && left > 0) {
                store();
                storedAt = done;
            }
        }
    }

    private void step(BiConsumer<TensorView, TensorView> product, int rows) {
        if (free == null) {
            free = allocate();
        }
        long matrix = (long) rows * shape.columns();
        TensorView next = new TensorView(free, 0, StoredType.FLOAT32, shape.leading(), rows, shape.columns(),
                shape.heads() * matrix, matrix, shape.columns());
        product.accept(current, next);
        MemorySegment spare = used;
        used = free;
        free = spare;
        current = next;
    }

    private MemorySegment allocate() {
        return arena.allocate(Math.multiplyExact((long) shape.count(), (long) Float.BYTES * ArrayLength.of(maxRows, shape.columns())),
                ALIGNMENT);
    }

    private boolean repeated() {
        return written(used).mismatch(written(stored)) < 0;
    }

    private void store() {
        stored = stored == null ? allocate() : stored;
        written(stored).copyFrom(written(used));
    }

    /** The part of a buffer that holds a result. */
    private MemorySegment written(MemorySegment buffer) {
        return buffer.asSlice(0, current.end());
    }
}
