package dev.gatun.internal.weights;

/** The hidden states of an encoder in float64, straight from its definition and the tensors by role: for a few tokens. */
final class EncoderForward {

    private final EncoderFile file;
    private final EncoderSizes sizes;

    private EncoderForward(EncoderFile file) {
        this.file = file;
        this.sizes = file.sizes();
    }

    /** The last states of the tokens {@code ids}, of types {@code types}. */
    static double[][] states(EncoderFile file, long[] ids, long[] types) {
        return new EncoderForward(file).run(ids, types);
    }

    private double[][] run(long[] ids, long[] types) {
        double[][] states = new double[ids.length][sizes.hidden()];
        for (int t = 0; t < ids.length; t++) {
            add(states[t], file.word(), (int) ids[t]);
            add(states[t], file.position(), t);
            if (sizes.types() > 0) {
                add(states[t], file.type(), (int) types[t]);
            }
        }
        normalise(states, file.embeddingNorm());
        for (int l = 0; l < sizes.layers(); l++) {
            states = layer(states, file.layer(l));
        }
        return states;
    }

    private static void add(double[] state, EmbeddingTensor embedding, int row) {
        float[] vector = new float[state.length];
        embedding.read(row, 1, vector, 0);
        for (int i = 0; i < state.length; i++) {
            state[i] += vector[i];
        }
    }

    private double[][] layer(double[][] states, EncoderLayer layer) {
        double[][] attended = sum(dense(attention(dense(states, layer.query()), dense(states, layer.key()),
                dense(states, layer.value())), layer.attentionOutput()), states);
        normalise(attended, layer.attentionNorm());
        double[][] inner = dense(attended, layer.intermediate());
        for (double[] row : inner) {
            for (int i = 0; i < row.length; i++) {
                row[i] = activated(row[i]);
            }
        }
        double[][] result = sum(dense(inner, layer.output()), attended);
        normalise(result, layer.outputNorm());
        return result;
    }

    private double activated(double x) {
        return switch (sizes.activation()) {
            case RELU -> Math.max(x, 0);
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU -> x * normal(x);
        };
    }

    /** The normal distribution function, by Simpson's rule. */
    private static double normal(double x) {
        int steps = 128;
        double end = Math.clamp(x, -9, 9);
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double t = end * i / steps;
            sum += Math.exp(-t * t / 2) * (i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4);
        }
        return 0.5 + sum * end / steps / 3 / Math.sqrt(2 * Math.PI);
    }

    private double[][] attention(double[][] queries, double[][] keys, double[][] values) {
        int size = sizes.hidden() / sizes.heads();
        double[][] result = new double[queries.length][sizes.hidden()];
        for (int start = 0; start < sizes.hidden(); start += size) {
            for (int i = 0; i < queries.length; i++) {
                double[] numerators = new double[keys.length];
                double total = 0;
                for (int j = 0; j < keys.length; j++) {
                    double score = 0;
                    for (int c = start; c < start + size; c++) {
                        score += queries[i][c] * keys[j][c];
                    }
                    numerators[j] = Math.exp(score / Math.sqrt(size));
                    total += numerators[j];
                }
                for (int j = 0; j < keys.length; j++) {
                    for (int c = start; c < start + size; c++) {
                        result[i][c] += numerators[j] / total * values[j][c];
                    }
                }
            }
        }
        return result;
    }

    private static double[][] dense(double[][] rows, LinearTensor tensor) {
        float[] weights = new float[tensor.inputs() * tensor.outputs()];
        float[] bias = new float[tensor.outputs()];
        tensor.read(weights, bias);
        double[][] result = new double[rows.length][tensor.outputs()];
        for (int t = 0; t < rows.length; t++) {
            for (int o = 0; o < tensor.outputs(); o++) {
                result[t][o] = bias[o];
            }
            for (int i = 0; i < tensor.inputs(); i++) {
                for (int o = 0; o < tensor.outputs(); o++) {
                    result[t][o] += rows[t][i] * weights[i * tensor.outputs() + o];
                }
            }
        }
        return result;
    }

    private static double[][] sum(double[][] rows, double[][] others) {
        for (int t = 0; t < rows.length; t++) {
            for (int i = 0; i < rows[t].length; i++) {
                rows[t][i] += others[t][i];
            }
        }
        return rows;
    }

    private void normalise(double[][] rows, NormTensor norm) {
        float[] gain = new float[norm.size()];
        float[] shift = new float[norm.size()];
        norm.read(gain, shift);
        for (double[] row : rows) {
            double mean = 0;
            for (double x : row) {
                mean += x / row.length;
            }
            double variance = 0;
            for (double x : row) {
                variance += (x - mean) * (x - mean) / row.length;
            }
            for (int i = 0; i < row.length; i++) {
                row[i] = (row[i] - mean) / Math.sqrt(variance + sizes.epsilon()) * gain[i] + shift[i];
            }
        }
    }
}
