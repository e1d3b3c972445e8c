package dev.gatun.internal.rows;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.kernel.pass.ConjugateProduct;
import dev.gatun.kernel.pass.ConjugateTiles;
import java.io.Serial;
import java.io.Serializable;

/**
 * A product of a conjugate with vectors, whose parts are groups of rows of tiles. Its text completes "a pass that".
 *
 * @param source says which tiles
 * @param scale  s: the matrix is {@code s_i a_ij s_j}; null for all 1
 * @param x      the vectors
 */
public record ConjugateRequest(HeadSource<ConjugateTiles> source, double[] scale, double[][] x) implements HeadRequest<ConjugateTiles> {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * The sums of consecutive groups.
     *
     * @param first the first group
     * @param sums  of each group an array for each panel of vectors
     */
    public record Sums(int first, double[][][] sums) implements Serializable {

        @Serial
        private static final long serialVersionUID = 1;
    }

    @Override
    public Sums run(ConjugateTiles tiles, int first, int end) {
        int width = ConjugateProduct.width(tiles.hermitian());
        int panels = (x.length + width - 1) / width;
        ConjugateProduct product = ConjugateProduct.ofSomeGroups(tiles, scale, panels);
        for (int k = 0; k < panels * width; k++) {
            product.take(k, k < x.length ? x[k] : null);
        }
        ConjugateProduct.Scratch scratch = new ConjugateProduct.Scratch(new ConjugateTiles.Scratch());
        double[][][] sums = new double[end - first][][];
        for (int group = first; group < end; group++) {
            sums[group - first] = product.sums(group, scratch);
        }
        return new Sums(first, sums);
    }

    @Override
    public String toString() {
        return "multiplies %s vectors by the conjugate".formatted(x.length);
    }
}
