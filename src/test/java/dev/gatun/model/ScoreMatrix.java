package dev.gatun.model;

/** The scores of a head of the model from their definition, {@code s_ij = <q_i, k_j> / sqrt(d)}, in float64. */
final class ScoreMatrix {

    private ScoreMatrix() {
    }

    /** The row-major {@code tokens x tokens} scores of row-major queries and keys. */
    static double[] of(float[] queries, float[] keys, int tokens) {
        int dimension = queries.length / tokens;
        double[] scores = new double[tokens * tokens];
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < tokens; j++) {
                scores[i * tokens + j] = product(queries, i, keys, j, dimension) / Math.sqrt(dimension);
            }
        }
        return scores;
    }

    private static double product(float[] queries, int i, float[] keys, int j, int dimension) {
        double sum = 0;
        for (int component = 0; component < dimension; component++) {
            sum += (double) queries[i * dimension + component] * keys[j * dimension + component];
        }
        return sum;
    }
}
