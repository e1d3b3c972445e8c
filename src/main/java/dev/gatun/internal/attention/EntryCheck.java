package dev.gatun.internal.attention;

import dev.gatun.internal.cache.CachePages;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;

/** Checks of the entries of a call's tensors, in the scratch memory of its workers. */
final class EntryCheck {

    private final Sizes shape;
    private final CallTensors tensors;
    private final CallSequences sequences;
    private final PackedHead head;
    private final Staging[] staging;

    /**
     * @param tensors those of the call that is running
     * @param head    scratch of the calling thread for a packed head
     * @param staging scratch of the workers, the calling thread first
     */
    EntryCheck(Sizes shape, CallTensors tensors, PackedHead head, Staging[] staging) {
        this.shape = shape;
        this.tensors = tensors;
        this.sequences = tensors.sequences();
        this.head = head;
        this.staging = staging;
    }

    /**
     * Checks all heads as packing does. The largest magnitudes suffice as a rule; otherwise every head is packed.
     *
     * @throws IllegalArgumentException if an entry of a visible pair is not finite, or scores may exceed {@link LogKernel#MAX_RANGE}
     */
    void requireUsable() {
        float largestQ = 0;
        float largestK = 0;
        float largestV = 0;
        for (int matrix = 0; matrix < tensors.q().count(); matrix++) {
            largestQ = Math.max(largestQ, largestQuery(matrix, 0));
        }
        for (int matrix = 0; matrix < tensors.k().count(); matrix++) {
            largestK = Math.max(largestK, largestKey(matrix, 0));
            largestV = Math.max(largestV, largestValue(matrix, 0));
        }
        requireUsable(largestQ, largestK, largestV);
    }

    /** The largest magnitude among the queries of a matrix; infinite or NaN if and only if an entry is not finite. */
    float largestQuery(int matrix, int worker) {
        return largest(tensors.q(), matrix, sequences.queriesFrom(), sequences.queryRows(), staging[worker].q(), worker);
    }

    /** The largest magnitude among the keys of a matrix, likewise. */
    float largestKey(int matrix, int worker) {
        return sequences.cached() ? largestCached(true, matrix, staging[worker].k(), worker)
                : largest(tensors.k(), matrix, sequences.keysFrom(), sequences.keyRows(), staging[worker].k(), worker);
    }

    /** The largest magnitude among the values of a matrix, likewise. */
    float largestValue(int matrix, int worker) {
        return sequences.cached() ? largestCached(false, matrix, staging[worker].v(), worker)
                : largest(tensors.v(), matrix, sequences.keysFrom(), sequences.keyRows(), staging[worker].v(), worker);
    }

    /**
     * Checks all heads by their largest magnitudes, and packs every head where these do not suffice.
     *
     * @throws IllegalArgumentException as {@link #requireUsable()}
     */
    void requireUsable(float largestQ, float largestK, float largestV) {
        boolean finite = Float.isFinite(largestV);
        double most = LogKernel.MAX_SCORES * head.weight() * shape.dimension() * largestQ * largestK;
        boolean measurable = most + head.largestAdded(tensors.pairs()) < LogKernel.MAX_RANGE;
        for (int index = 0; !(measurable && finite) && index < sequences.heads(); index++) {
            if (!measurable && sequences.present(index)) {
                head.packScores(tensors, index, staging[0]);
            }
            if (!finite && sequences.present(index)) {
                head.packValues(tensors, index, staging[0]);
            }
        }
    }

    private float largest(TensorView heads, int matrix, int first, int count, StoredRows rows, int worker) {
        if (heads.type() == StoredType.FLOAT32) {
            return Checks.largest(heads, matrix, first, count);
        }
        heads.bind(matrix, first, rows);
        return rows.largest(count, heads.columns(), staging[worker].chunk());
    }

    /** The largest magnitude among the cached keys or values of a head. */
    private float largestCached(boolean ofKeys, int keyHead, StoredRows rows, int worker) {
        float largest = 0;
        for (int s = 0; s < sequences.count(); s++) {
            if (sequences.present(s * shape.heads())) {
                bindCached(ofKeys, s, keyHead, rows);
                largest = Math.max(largest, rows.largest(sequences.keys(s), columns(ofKeys), staging[worker].chunk()));
            }
        }
        return largest;
    }

    private void bindCached(boolean keys, int s, int keyHead, StoredRows rows) {
        if (keys) {
            sequences.pages().bindKeys(s, keyHead, rows);
        } else {
            sequences.pages().bindValues(s, keyHead, rows);
        }
    }

    private int columns(boolean keys) {
        return keys ? shape.dimension() : shape.valueDimension();
    }

    /**
     * Finds an entry that is not finite. Slow, to name the fault of a call that has been refused.
     *
     * @throws IllegalArgumentException if there is one among the visible pairs
     */
    void requireFinite() {
        for (int index = 0; index < sequences.heads(); index++) {
            if (sequences.present(index)) {
                int s = sequences.sequence(index);
                Checks.finite(tensors.q(), sequences.matrix(index), sequences.firstQuery(s), sequences.queries(s), seen(index)::row, "q");
            }
        }
        for (int index = 0; index < sequences.heads(); index++) {
            requireFinite(true, index);
        }
        for (int index = 0; index < sequences.heads(); index++) {
            requireFinite(false, index);
        }
    }

    private void requireFinite(boolean ofKeys, int index) {
        if (!sequences.present(index)) {
            return;
        }
        int s = sequences.sequence(index);
        if (sequences.cached()) {
            requireCachedFinite(ofKeys, index);
        } else {
            Checks.finite(ofKeys ? tensors.k() : tensors.v(), sequences.keyMatrix(index), sequences.firstKey(s), sequences.keys(s),
                    seen(index)::column, ofKeys ? "k" : "v");
        }
    }

    private void requireCachedFinite(boolean ofKeys, int index) {
        VisibleVectors seen = seen(index);
        int s = sequences.sequence(index);
        StoredRows rows = ofKeys ? staging[0].k() : staging[0].v();
        float[] row = staging[0].chunk();
        bindCached(ofKeys, s, sequences.keyMatrix(index), rows);
        for (int j = 0; j < sequences.keys(s); j++) {
            rows.read(j, 1, columns(ofKeys), row);
            for (int c = 0; c < columns(ofKeys); c++) {
                if (!Float.isFinite(row[c]) && seen.column(j)) {
                    throw new IllegalArgumentException(
                            "%s holds %s at row %s, column %s of head %s of sequence %s; every entry must be finite"
                                    .formatted(ofKeys ? CachePages.KEYS : CachePages.VALUES, row[c], j, c, sequences.keyMatrix(index), s));
                }
            }
        }
    }

    private VisibleVectors seen(int index) {
        return head.seen(tensors, index, staging[0]);
    }
}
