package dev.gatun.kernel.pass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products whose parts one machine computes in groups, and others in any pieces. */
class ConjugateProductTest {

    private static final int SIZE = 1100;
    private static final int COMPONENTS = 3;

    private static LogKernel kernel(Random random, double coefficient) {
        float[] q = floats(random);
        float[] k = floats(random);
        return new LogKernelBuilder(SIZE, SIZE, 2 * COMPONENTS).addScores(q, k, COMPONENTS, coefficient)
                .addScores(k, q, COMPONENTS, coefficient).build(Normalised.BOTH);
    }

    private static float[] floats(Random random) {
        float[] values = new float[SIZE * COMPONENTS];
        for (int at = 0; at < values.length; at++) {
            values[at] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Of one, four and sixteen parts a group, with more vectors than a panel has. */
    @ParameterizedTest
    @CsvSource({"1, false", "4, false", "16, false", "1, true", "4, true"})
    void partsAreAddedInTheSameTree(int partsPerGroup, boolean hermitian) {
        Random random = new Random(1);
        LogKernel forward = kernel(random, 0.1);
        double[] u = random.doubles(SIZE, -0.1, 0.1).toArray();
        ConjugateTiles tiles = hermitian ? ConjugateTiles.hermitian(forward, forward.transposed(), 0.2, u, null)
                : ConjugateTiles.symmetric(forward, u);
        int width = ConjugateProduct.width(hermitian);
        double[][] x = new double[width + 1][];
        Arrays.setAll(x, k -> random.doubles(hermitian ? 2 * SIZE : SIZE, -1, 1).toArray());

        ConjugateProduct whole = new ConjugateProduct(tiles, null, null, 2, partsPerGroup, true);
        assertEquals(2, whole.groups());
        ConjugateProduct.Scratch scratch = new ConjugateProduct.Scratch(new ConjugateTiles.Scratch());
        take(whole, x, 2 * width);
        for (int place = 0; place < whole.groups(); place++) {
            whole.multiply(place, scratch);
        }
        for (int block = 0; block < tiles.blocks(); block++) {
            whole.addGroups(block);
        }

        ConjugateProduct parts = new ConjugateProduct(tiles, null, null, 2, partsPerGroup, false);
        take(parts, x, 2 * width);
        List<PartSums> sums = new ArrayList<>();
        for (int part = parts.parts() - 1; part >= 0; part--) {
            sums.add(new PartSums(part, 1, parts.sums(part, scratch)));
        }
        parts.put(PartSums.total(sums, parts.parts()));

        for (int k = 0; k < x.length; k++) {
            double[] expected = new double[x[k].length];
            double[] found = new double[x[k].length];
            whole.give(k, expected);
            parts.give(k, found);
            assertArrayEquals(expected, found);
            assertEquals(true, Arrays.stream(found).anyMatch(entry -> Math.abs(entry) > 1));
        }
    }

    private static void take(ConjugateProduct product, double[][] x, int places) {
        for (int k = 0; k < places; k++) {
            product.take(k, k < x.length ? x[k] : null);
        }
    }
}
