package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.VisibleVectors;
import dev.gatun.kernel.pack.StoredRows;
import dev.gatun.kernel.pack.StoredType;

/** Checks of the entries of a call's tensors, by the calling thread and in its scratch memory. */
final class EntryCheck {

    private final AttentionShape shape;
    private final CallTensors tensors;
    private final PackedHead head;
    private final Staging staging;

    /**
     * @param tensors those of the call that is running
     * @param head    scratch for a packed head
     * @param staging scratch of the calling thread
     */
    EntryCheck(AttentionShape shape, CallTensors tensors, PackedHead head, Staging staging) {
        this.shape = shape;
        this.tensors = tensors;
        this.head = head;
        this.staging = staging;
    }

    /**
     * Checks all heads as packing does. The largest magnitudes suffice as a rule; otherwise every head is packed.
     *
     * @throws IllegalArgumentException if an entry of a visible pair is not finite, or scores may exceed {@link LogKernel#MAX_RANGE}
     */
    void requireUsable() {
        float largestQ = largest(tensors.q(), staging.q());
        float largestK = largest(tensors.k(), staging.k());
        boolean finite = Float.isFinite(largest(tensors.v(), staging.v()));
        double most = LogKernel.MAX_SCORES * head.weight() * shape.dimension() * largestQ * largestK;
        boolean measurable = most + head.largestAdded(tensors.pairs()) < LogKernel.MAX_RANGE;
        for (int index = 0; !(measurable && finite) && index < shape.count(); index++) {
            if (!measurable) {
                head.packScores(tensors, index, staging);
            }
            if (!finite) {
                head.packValues(tensors, index, staging);
            }
        }
    }

    /** The largest magnitude of an entry; infinite or NaN if and only if an entry is not finite. */
    private float largest(TensorView heads, StoredRows rows) {
        float largest = 0;
        for (int index = 0; index < heads.count(); index++) {
            float ofHead;
            if (heads.type() == StoredType.FLOAT32) {
                ofHead = Checks.largest(heads, index);
            } else {
                heads.bind(index, rows);
                ofHead = rows.largest(heads.rows(), heads.columns(), staging.chunk());
            }
            largest = Math.max(largest, ofHead);
        }
        return largest;
    }

    /**
     * Finds an entry that is not finite. Slow, to name the fault of a call that has been refused.
     *
     * @throws IllegalArgumentException if there is one among the visible pairs
     */
    void requireFinite() {
        for (int index = 0; index < shape.count(); index++) {
            Checks.finite(tensors.q(), index, seen(index)::row, "q");
        }
        for (int index = 0; index < shape.count(); index++) {
            Checks.finite(tensors.k(), shape.keyIndex(index), seen(index)::column, "k");
        }
        for (int index = 0; index < shape.count(); index++) {
            Checks.finite(tensors.v(), shape.keyIndex(index), seen(index)::column, "v");
        }
    }

    private VisibleVectors seen(int index) {
        return head.seen(tensors.pairs(), index, staging);
    }
}
