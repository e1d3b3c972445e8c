package dev.gatun.internal.head;

import java.io.Serializable;

/**
 * A pass over the rows of a head whose parts other machines compute, which have the head. Its text completes "a pass that".
 *
 * @param <S> what the pass goes over
 */
public interface HeadRequest<S> extends Serializable {

    /** Says what the pass goes over. */
    HeadSource<S> source();

    /**
     * Computes parts {@code first .. end - 1}.
     *
     * @param made what the {@link #source} makes of the head
     */
    Serializable run(S made, int first, int end);

    /** About the bytes of a result's sums over rows, which are no more for many parts than for one; 0 if results do not add up. */
    default long sumBytes() {
        return 0;
    }
}
