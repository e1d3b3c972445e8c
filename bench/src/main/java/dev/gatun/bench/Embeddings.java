package dev.gatun.bench;

import java.util.BitSet;
import java.util.stream.IntStream;

/** Embeddings of sentences, and the nearest neighbours of each by cosine. */
final class Embeddings {

    private static final int NEIGHBOURS = 10;

    /** Component after component, those of all sentences side by side, each sentence of length 1: loops over sentences are vectorised. */
    private final double[][] components;

    private final BitSet[] neighbours;

    /**
     * Finds the neighbours.
     *
     * @param rows one for each sentence, of length 1 or not
     */
    Embeddings(float[][] rows) {
        components = new double[rows[0].length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            double square = 0;
            for (float entry : rows[i]) {
                square += (double) entry * entry;
            }
            for (int c = 0; c < components.length; c++) {
                components[c][i] = rows[i][c] / Math.sqrt(square);
            }
        }
        neighbours = IntStream.range(0, rows.length).parallel().mapToObj(this::nearest).toArray(BitSet[]::new);
    }

    /** The cosine of each to that of the same sentence in {@code others}. */
    double[] cosines(Embeddings others) {
        double[] cosines = new double[neighbours.length];
        for (int c = 0; c < components.length; c++) {
            for (int i = 0; i < cosines.length; i++) {
                cosines[i] += components[c][i] * others.components[c][i];
            }
        }
        return cosines;
    }

    /** The share of the ten nearest neighbours in {@code others} that are among the ten nearest here, on average over all sentences. */
    double recall(Embeddings others) {
        return IntStream.range(0, neighbours.length).mapToDouble(i -> {
            BitSet common = (BitSet) neighbours[i].clone();
            common.and(others.neighbours[i]);
            return (double) common.cardinality() / NEIGHBOURS;
        }).average().orElseThrow();
    }

    private BitSet nearest(int sentence) {
        double[] cosines = new double[components[0].length];
        for (double[] component : components) {
            addProducts(component, component[sentence], cosines);
        }
        cosines[sentence] = Double.NEGATIVE_INFINITY;
        BitSet nearest = new BitSet();
        for (int rank = 0; rank < NEIGHBOURS; rank++) {
            int next = 0;
            for (int j = 1; j < cosines.length; j++) {
                next = cosines[j] > cosines[next] ? j : next;
            }
            nearest.set(next);
            cosines[next] = Double.NEGATIVE_INFINITY;
        }
        return nearest;
    }

    private static void addProducts(double[] entries, double factor, double[] sums) {
        for (int j = 0; j < sums.length; j++) {
            sums[j] += factor * entries[j];
        }
    }
}
