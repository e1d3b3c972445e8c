package dev.gatun;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CancellationException;

/**
 * Operators applied one after the other, alternating between two buffers.
 *
 * <p>An operator gives the same bits for the same values. When a result is one that was there before, results repeat from then on,
 * and whole cycles are left out. R. P. Brent's method finds them: one earlier result is stored, a later one after every power of two.
 */
final class Repetition {

    /** Applications of one operator without a look at interruption and repeated results: a short product is not worth it. */
    static final int UNWATCHED = 16;

    private final Arena arena;
    private final Heads shape;
    private final int mostRows;
    private Heads current;
    private MemorySegment free;
    private MemorySegment used;
    private MemorySegment stored;

    /**
     * @param mostRows the largest number of rows of a result
     * @param v        the values to begin with
     * @param out      of the batch entries, heads and columns of all results
     */
    Repetition(Arena arena, int mostRows, Heads v, Heads out) {
        this.arena = arena;
        this.shape = out;
        this.mostRows = mostRows;
        this.current = v;
    }

    /** The values, or the last result. */
    Heads current() {
        return current;
    }

    /** Applies an operator {@code times} times. */
    void apply(Operator operator, int times) {
        int left = times;
        int done = 0;
        int keptAt = 0;
        while (left > 0) {
            if (done >= UNWATCHED && Thread.currentThread().isInterrupted()) {
                throw new CancellationException("the thread was interrupted with %s applications to come".formatted(left));
            }
            step(operator);
            left--;
            done++;
            if (done > UNWATCHED && repeated()) {
                left %= done - keptAt;
            }
            if (done >= UNWATCHED && Integer.bitCount(done) == 1 && left > 0) {
                store();
                keptAt = done;
            }
        }
    }

    private void step(Operator operator) {
        if (free == null) {
            free = room();
        }
        Heads next = Heads.strided(free, 0, shape.leading(), operator.rows(), shape.columns(),
                (long) shape.heads() * operator.rows() * shape.columns(), (long) operator.rows() * shape.columns(), shape.columns());
        operator.apply(current, next);
        MemorySegment spare = used;
        used = free;
        free = spare;
        current = next;
    }

    private MemorySegment room() {
        return Heads.allocate(arena, shape.count(), mostRows, shape.columns()).segment();
    }

    private boolean repeated() {
        return written(used).mismatch(written(stored)) < 0;
    }

    private void store() {
        stored = stored == null ? room() : stored;
        written(stored).copyFrom(written(used));
    }

    /** The part of a buffer that holds a result. */
    private MemorySegment written(MemorySegment buffer) {
        return buffer.asSlice(0, current.view().end());
    }
}
