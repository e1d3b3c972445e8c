package dev.gatun.internal.operator;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Strips;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.PackedValues;
import java.io.Serial;
import java.io.Serializable;

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

    /** Says to other machines, which compute rows of products, which operator it is. */
    HeadSource<HeadOperator> source();

    /**
     * {@code log2 sum_j |2^(z_ij + v_j)|} of each row.
     *
     * @param exact whether the log-kernel is in double precision
     * @param v     null for none
     */
    double[] logSums(boolean exact, double[] v, HeadLoop.Pieces pieces);

    /**
     * What columns weigh in a product, from sums over all rows.
     *
     * @param exact   whether the log-kernel of the product is in double precision
     * @param weights potentials, or factors
     */
    record ColumnWeights(boolean exact, double[] weights) implements Serializable {

        @Serial
        private static final long serialVersionUID = 1;
    }

    /** The weights of all columns; null if a product needs none. */
    default ColumnWeights columnWeights(HeadLoop.Pieces pieces) {
        return null;
    }

    /**
     * {@link #multiply(PackedValues, float[], HeadLoop.Pieces)} with the {@link #columnWeights}, which another machine may have computed:
     * the rows of each block by themselves.
     */
    default void multiply(PackedValues values, ColumnWeights weights, float[] out, HeadLoop.Pieces pieces) {
        multiply(values, out, pieces);
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
