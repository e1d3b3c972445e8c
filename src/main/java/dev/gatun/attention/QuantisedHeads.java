package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;

/**
 * Keys or values of a {@link KeyValueCache} as signed integers of a byte, with a float32 scale for each row and head: an entry x is stored
 * as the integer n nearest to {@code x / scale}, and is {@code scale n}. A quarter of the memory of float32 is read.
 *
 * <p>{@link CachedSequences#append} takes a 127th of the largest magnitude of a row for its scale, so that each entry is stored to within
 * {@code largest / 254}, and two roundings of float32. With e the largest of {@code beta scale |q_i|_1 largest_j / 254} over the
 * visible keys, which bounds the change of a score times beta, an output changes by at most {@code exp(2 e) - 1} times the largest value
 * and {@code largest / 254} of the values.
 *
 * <p>A view of the caller's memory: entries {@code (P, G, T, d)} and scales {@code (P, G, T, 1)}. The view owns nothing.
 */
public final class QuantisedHeads {

    private final TensorView entries;
    private final TensorView scales;

    private QuantisedHeads(TensorView entries, TensorView scales) {
        this.entries = entries;
        this.scales = scales;
    }

    /**
     * The view of dense entries, components fastest.
     *
     * @param segment   native or heap memory of the entries
     * @param offset    bytes from the start of the segment to the first entry
     * @param dimension components of a row
     * @param scales    {@code (P, G, T, 1)}, float32, with any strides; positive, or 0 for a row of zeros
     * @return a view
     * @throws IllegalArgumentException if {@code dimension} is not positive, the entries do not fit in the segment, or scales are not
     *                                  float32 of one column
     */
    public static QuantisedHeads of(MemorySegment segment, long offset, int dimension, Heads scales) {
        Checks.given(scales, "the scales");
        long head = (long) scales.rows() * dimension;
        return strided(segment, offset, dimension, scales.heads() * head, head, dimension, scales);
    }

    /**
     * The view of entries with their own strides.
     *
     * @param segment    native or heap memory of the entries
     * @param offset     bytes from the start of the segment to the first entry
     * @param dimension  components of a row
     * @param pageStride entries from one page to the next
     * @param headStride entries from one head to the next
     * @param rowStride  entries from one row to the next, at least {@code dimension}
     * @param scales     as in {@link #of}
     * @return a view
     * @throws IllegalArgumentException as in {@link #of}; also if a stride is too short
     */
    public static QuantisedHeads strided(MemorySegment segment, long offset, int dimension, long pageStride, long headStride,
                                         long rowStride, Heads scales) {
        Checks.given(segment, "the segment of entries");
        Checks.given(scales, "the scales");
        TensorView ofScales = TensorView.of(scales);
        if (ofScales.type() != StoredType.FLOAT32 || ofScales.columns() != 1) {
            throw new IllegalArgumentException("scales are %s; expected float32 of one column".formatted(scales));
        }
        int[] leading = {scales.batch(), scales.heads()};
        TensorView entries = new TensorView(segment, offset, StoredType.INT8, leading, scales.rows(), dimension, pageStride, headStride,
                rowStride);
        return new QuantisedHeads(entries, ofScales);
    }

    /** The view of the integers. */
    TensorView entries() {
        return entries;
    }

    /** The view of the scales. */
    TensorView scales() {
        return scales;
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
