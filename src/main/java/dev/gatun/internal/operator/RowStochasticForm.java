package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.kernel.pack.Normalised;

/** {@code softmax_j(z_ij + v_j)}: each row sums to 1. */
interface RowStochasticForm extends RealForm {

    @Override
    default Normalised normalised() {
        return Normalised.ROWS;
    }

    @Override
    default RealHead head(HeadScores inputs, int head) {
        return new RowStochasticHead(this, inputs, head);
    }
}
