package dev.gatun.bench;

import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Embeddings of sentences, of length 1 or not.
 *
 * @param rows one for each sentence
 */
record Embeddings(float[][] rows) {

    private static final int NEIGHBOURS = 10;

    /** The cosine of each to that of the same sentence in {@code others}. */
    double[] cosines(Embeddings others) {
        return IntStream.range(0, rows.length).mapToDouble(i -> cosine(rows[i], others.rows[i])).toArray();
    }

    /** The share of the ten nearest neighbours by cosine in {@code others} that are among the ten nearest here, over all sentences. */
    double recall(Embeddings others) {
        return IntStream.range(0, rows.length).parallel().mapToDouble(i -> {
            BitSet common = neighbours(i);
            common.and(others.neighbours(i));
            return (double) common.cardinality() / NEIGHBOURS;
        }).average().orElseThrow();
    }

    private BitSet neighbours(int sentence) {
        double[] cosines = IntStream.range(0, rows.length).mapToDouble(j -> cosine(rows[sentence], rows[j])).toArray();
        BitSet nearest = new BitSet();
        IntStream.range(0, rows.length).filter(j -> j != sentence).boxed()
                .sorted(Comparator.comparingDouble((Integer j) -> -cosines[j])).limit(NEIGHBOURS).forEach(nearest::set);
        return nearest;
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squareA = 0;
        double squareB = 0;
        for (int c = 0; c < a.length; c++) {
            product += (double) a[c] * b[c];
            squareA += (double) a[c] * a[c];
            squareB += (double) b[c] * b[c];
        }
        return product / Math.sqrt(squareA * squareB);
    }
}
