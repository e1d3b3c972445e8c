package dev.gatun.kernel.decode;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What changes the log-kernels of a call of decoding besides distances: a soft cap, and the bias and the mask of pairs of a query and a
 * key, which are read in the caller's memory. Rows of these begin at key 0 of the keys that a {@link QueryGroup} is passed over.
 */
public final class PairRows {

    private static final ValueLayout.OfLong EIGHT_BYTES = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The high and the other bits of each byte, and the factor that moves the low bits of eight bytes to the highest byte. */
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOW_BITS = ~HIGH_BITS;
    private static final long GATHER = 0x0102040810204080L;

    private final double cap;
    private final double weight;
    private final boolean capsBias;
    private final float least;
    private MemorySegment mask;
    private MemorySegment bias;
    private StoredType biasType;

    /**
     * Terms of log-kernels.
     *
     * @param cap      the soft cap in units of log 2; infinite for none
     * @param weight   the factor of a bias, which makes it a log-kernel
     * @param capsBias whether the bias is added before the soft cap
     * @param least    the least bias that does not hide its pair, before the weight
     */
    public PairRows(double cap, double weight, boolean capsBias, float least) {
        this.cap = cap;
        this.weight = weight;
        this.capsBias = capsBias;
        this.least = least;
    }

    /** Binds the bias of a call; null for none. */
    public void bias(StoredType newType, MemorySegment newBias) {
        biasType = newType;
        bias = newBias;
    }

    /** Binds the mask of a call; null for none. */
    public void mask(MemorySegment newMask) {
        mask = newMask;
    }

    /** Drops the references to the bias and the mask. */
    public void release() {
        bias = null;
        mask = null;
    }

    double cap() {
        return cap;
    }

    double weight() {
        return weight;
    }

    boolean capsBias() {
        return capsBias;
    }

    boolean biased() {
        return bias != null;
    }

    boolean masked() {
        return mask != null;
    }

    /** Whether a bias hides its pair. One that is NaN does not. */
    boolean hides(float entry) {
        return entry < least;
    }

    /** Whether no bias of a piece hides its pair, and none is NaN. */
    boolean allShow(float[] biases) {
        FloatVector lowest = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < DecodePass.PIECE; j += Lanes.FLOATS.length()) {
            lowest = FloatVector.fromArray(Lanes.FLOATS, biases, j).min(lowest);
        }
        return Lanes.FLOAT_VECTOR.cast(lowest).reduceLanes(VectorOperators.MIN) >= least;
    }

    /**
     * The pairs that the mask shows, bit c for key {@code first + c}.
     *
     * @param start bytes from the start of the mask's segment to the row's entry of key 0
     * @param count at most 8
     */
    int shown(long start, int first, int count) {
        long at = start + first;
        if (count == Long.BYTES) {
            long bytes = mask.get(EIGHT_BYTES, at);
            long shown = ((bytes & LOW_BITS) + LOW_BITS | bytes) & HIGH_BITS;
            return (int) ((shown >>> 7) * GATHER >>> 56);
        }
        int bits = 0;
        for (int c = 0; c < count; c++) {
            bits |= mask.get(ValueLayout.JAVA_BYTE, at + c) == 0 ? 0 : 1 << c;
        }
        return bits;
    }

    /**
     * Reads {@code count} biases from key {@code first} on, before the weight.
     *
     * @param start bytes from the start of the bias' segment to the row's entry of key 0
     */
    void readBias(long start, int first, int count, float[] entries, int to) {
        Stored.widen(biasType, bias, start + (long) first * biasType.bytes(), count, entries, to);
    }
}
