package dev.gatun.internal.rows;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.pass.ConjugateProduct;
import dev.gatun.kernel.pass.ConjugateTiles;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;

/**
 * A product of a conjugate with vectors, whose parts are some rows of tiles each. Its text completes "a pass that".
 *
 * @param source says which tiles
 * @param scale  s: the matrix is {@code s_i a_ij s_j}; null for all 1
 * @param x      the vectors
 */
public record ConjugateRequest(HeadSource<ConjugateTiles> source, double[] scale, double[][] x) implements HeadRequest<ConjugateTiles> {

    @Serial
    private static final long serialVersionUID = 1;

    @Override
    public PartSums[] run(ConjugateTiles tiles, int first, int end) {
        int width = ConjugateProduct.width(tiles.hermitian());
        int panels = (x.length + width - 1) / width;
        ConjugateProduct product = ConjugateProduct.ofSomeParts(tiles, scale, panels);
        for (int k = 0; k < panels * width; k++) {
            product.take(k, k < x.length ? x[k] : null);
        }
        ConjugateProduct.Scratch scratch = new ConjugateProduct.Scratch(new ConjugateTiles.Scratch());
        List<PartSums> sums = new ArrayList<>();
        for (int part = first; part < end; part++) {
            sums.add(new PartSums(part, 1, product.sums(part, scratch)));
            sums = PartSums.joined(sums);
        }
        return sums.toArray(PartSums[]::new);
    }

    @Override
    public long sumBytes() {
        int panel = ConjugateProduct.width(false);
        return (long) Double.BYTES * ((x.length + panel - 1) / panel * panel) * x[0].length;
    }

    @Override
    public String toString() {
        return "multiplies %s vectors by the conjugate".formatted(x.length);
    }
}
