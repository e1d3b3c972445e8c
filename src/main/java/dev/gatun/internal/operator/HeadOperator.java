package dev.gatun.internal.operator;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Strips;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.PackedValues;

/** An operator P on one head, {@code N x M}, never stored. It may keep its log-kernel. */
public interface HeadOperator {

    /** Whether a product takes values as they are, not packed: see {@link #multiplyWide}. */
    default boolean isWide() {
        return false;
    }

    /**
     * {@code out = P v}.
     *
     * @param values v, packed
     * @param out    {@code N x C}, or {@code N x 2 C} where entries are complex
     */
    void multiply(PackedValues values, float[] out, HeadLoop.Pieces pieces);

    /**
     * {@code out = P v} where entries may lie far outside of float32.
     *
     * @param values  v, {@code M x width}
     * @param out     {@code N x width}
     */
    default void multiplyWide(float[] values, int width, float[] out, HeadLoop.Pieces pieces) {
        throw new IllegalStateException("entries are within float32");
    }

    /**
     * What another machine, which has the inputs too, needs to compute the product of any rows by themselves.
     *
     * @return null if a product needs sums over all rows first
     */
    default HeadSource<HeadOperator> rowsApart() {
        return null;
    }

    /** Writes P to matrix {@code index} of {@code out}. */
    void write(TensorView out, int index, HeadLoop.Pieces pieces);

    /** Row and column sums of the entries as they are in float32, and their asymmetry. */
    Strips.Totals sums(HeadLoop.Pieces pieces);

    /** The former of the conjugate; of a form that has one. */
    ConjugateFormer conjugate();

    /** The products of transitions from new tokens to those of this head; of a form that has a conjugate. */
    ExtensionProduct extension(CrossScores crossing, HeadLoop.Pieces pieces);
}
