package dev.gatun.internal.head;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.VisiblePairs;
import dev.gatun.kernel.stored.StoredRows;

/** The bias {@code b_ij} of one head, in units of scores, and the pairs that it forbids. */
public final class HeadBias {

    private final StoredRows rows;
    private final float[] entries;
    private final float[] diagonal;
    private final float largest;
    private final VisiblePairs visible;
    private final VisiblePairs both;

    private HeadBias(StoredRows rows, float[] entries, float[] diagonal, float largest, VisiblePairs visible, boolean square) {
        this.rows = rows;
        this.entries = entries;
        this.diagonal = diagonal;
        this.largest = largest;
        this.visible = visible;
        this.both = visible != null && square ? visible.and(visible.transposed()) : null;
    }

    /**
     * Matrix {@code index} of a bias of all heads.
     *
     * @param inPlace whether entries are read where they lie, by any thread that computes, or copied
     */
    static HeadBias of(ScoreBias bias, int index, boolean inPlace) {
        TensorView all = bias.entries();
        StoredRows rows = new StoredRows();
        float[] copy = null;
        if (inPlace) {
            all.bind(index, rows);
        } else {
            copy = new float[ArrayLength.of(all.rows(), all.columns())];
            all.copyTo(index, copy);
            rows = StoredRows.of(copy, all.columns());
        }
        float[] diagonal = new float[Math.min(all.rows(), all.columns())];
        for (int i = 0; i < diagonal.length; i++) {
            float self = all.get(index, i, i);
            diagonal[i] = self == Float.NEGATIVE_INFINITY ? 0 : self;
        }
        ScoreBias.Scan scan = bias.scan(index);
        VisiblePairs visible = scan.forbids() ? VisiblePairs.of(rows, all.rows(), all.columns()) : null;
        return new HeadBias(rows, copy, diagonal, scan.largest(), visible, all.rows() == all.columns());
    }

    /** The entries, row after row; null where they were not copied. */
    float[] entries() {
        return entries;
    }

    /** Whether {@code b_ij = b_ji} to the last bit; of entries that were copied. */
    public boolean symmetric() {
        int n = diagonal.length;
        for (int i = 0; i < n && n * n == entries.length; i++) {
            for (int j = 0; j < i; j++) {
                if (entries[i * n + j] != entries[j * n + i]) {
                    return false;
                }
            }
        }
        return n * n == entries.length;
    }

    float largest() {
        return largest;
    }

    /** Refuses a self-score that was forbidden after the scores were made, which would have refused it. */
    void requireVisibleSelf() {
        for (int i = 0; visible != null && i < diagonal.length; i++) {
            if (!visible.visible(i, i)) {
                throw new IllegalArgumentException("the bias now forbids the self-score of token %s".formatted(i));
            }
        }
    }

    /** Whether a pair is forbidden. */
    public boolean forbids() {
        return visible != null;
    }

    /** A mask without the pairs (i, j) that are forbidden. */
    Mask forward(Mask mask) {
        return visible == null ? mask : new PairMask(mask, visible);
    }

    /** A mask without the pairs (i, j) where (j, i) is forbidden. */
    Mask backward(Mask mask) {
        return visible == null ? mask : new PairMask(mask, visible.transposed());
    }

    /** A mask without the pairs of which one or the other is forbidden. */
    Mask both(Mask mask) {
        return visible == null ? mask : new PairMask(mask, both);
    }

    /** Adds {@code forward b_ij + transposed b_ji} to a log-kernel. */
    void addTo(LogKernelBuilder builder, double forward, double transposed) {
        builder.addBias(rows, forward, transposed, largest, visible != null);
    }

    /** {@code b_ii}; 0 where it is forbidden. */
    float[] diagonal() {
        return diagonal;
    }
}
