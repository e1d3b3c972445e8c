package dev.gatun.internal.head;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import dev.gatun.kernel.pack.StoredRows;
import dev.gatun.kernel.pack.VisiblePairs;

/** What is added to single scores of one head, {@code b_ij} in units of scores, and the pairs that it forbids. */
public final class HeadBias {

    private final StoredRows rows;
    private final float[] entries;
    private final float[] diagonal;
    private final float largest;
    private final VisiblePairs forth;
    private final VisiblePairs both;

    private HeadBias(StoredRows rows, float[] entries, float[] diagonal, float largest, VisiblePairs forth, boolean square) {
        this.rows = rows;
        this.entries = entries;
        this.diagonal = diagonal;
        this.largest = largest;
        this.forth = forth;
        this.both = forth != null && square ? forth.and(forth.transposed()) : null;
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
        VisiblePairs forth = scan.forbids() ? VisiblePairs.of(rows, all.rows(), all.columns()) : null;
        return new HeadBias(rows, copy, diagonal, scan.largest(), forth, all.rows() == all.columns());
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
    void requireSeen() {
        for (int i = 0; forth != null && i < diagonal.length; i++) {
            if (!forth.visible(i, i)) {
                throw new IllegalArgumentException("the bias has come to forbid the self-score of token %s".formatted(i));
            }
        }
    }

    /** Whether a pair is forbidden. */
    public boolean forbids() {
        return forth != null;
    }

    /** A mask without the pairs (i, j) that are forbidden. */
    Mask forth(Mask mask) {
        return forth == null ? mask : new PairMask(mask, forth);
    }

    /** A mask without the pairs (i, j) where (j, i) is forbidden. */
    Mask back(Mask mask) {
        return forth == null ? mask : new PairMask(mask, forth.transposed());
    }

    /** A mask without the pairs of which one or the other is forbidden. */
    Mask both(Mask mask) {
        return forth == null ? mask : new PairMask(mask, both);
    }

    /** Adds {@code forth b_ij + back b_ji} to a log-kernel. */
    void addTo(LogKernelBuilder builder, double ofForth, double ofBack) {
        builder.addBias(rows, ofForth, ofBack, largest, forth != null);
    }

    /** {@code b_ii}; 0 where it is forbidden. */
    float[] diagonal() {
        return diagonal;
    }
}
