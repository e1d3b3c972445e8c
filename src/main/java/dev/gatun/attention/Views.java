package dev.gatun.attention;

import dev.gatun.Heads;
import dev.gatun.internal.view.TensorView;

/** The views behind the tensors of a call. */
final class Views {

    private Views() {
    }

    /** Null for null. */
    static TensorView of(Heads heads) {
        return heads == null ? null : TensorView.OF_HEADS.look(heads);
    }
}
