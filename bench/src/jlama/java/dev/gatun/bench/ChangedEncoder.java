package dev.gatun.bench;

import dev.gatun.internal.encoder.ModelTensors;
import dev.gatun.internal.encoder.ModelTensors.Linear;
import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.encoder.ModelTensors.Role;
import dev.gatun.internal.weights.EncoderSizes;

/**
 * A model in float64 with what distinguishes Jlama's from it: queries and keys exchanged, later tokens hidden, and the sum before its
 * normalisation added to the second half of a layer. GELU is approximated by the hyperbolic tangent.
 */
record ChangedEncoder(ModelTensors tensors, EncoderSizes sizes) {

    /** The mean of the states of a text, of unit length. */
    double[] embed(int[] tokens) {
        double[][] x = embeddings(tokens);
        for (int layer = 0; layer < sizes.layers(); layer++) {
            double[][] sum = sum(x, product(attention(x, layer), layer, Role.ATTENTION_OUTPUT));
            double[][] inner = product(normalised(sum, tensors.attentionNorm(layer)), layer, Role.INTERMEDIATE);
            x = normalised(sum(sum, product(gelu(inner), layer, Role.OUTPUT)), tensors.outputNorm(layer));
        }
        double[] mean = new double[sizes.hidden()];
        double square = 0;
        for (int c = 0; c < mean.length; c++) {
            for (double[] state : x) {
                mean[c] += state[c];
            }
            square += mean[c] * mean[c];
        }
        for (int c = 0; c < mean.length; c++) {
            mean[c] /= Math.sqrt(square);
        }
        return mean;
    }

    private double[][] embeddings(int[] tokens) {
        float[] word = tensors.word();
        float[] position = tensors.position();
        float[] type = tensors.type();
        int hidden = sizes.hidden();
        double[][] x = new double[tokens.length][hidden];
        for (int t = 0; t < tokens.length; t++) {
            for (int c = 0; c < hidden; c++) {
                x[t][c] = (double) word[tokens[t] * hidden + c] + position[t * hidden + c] + type[c];
            }
        }
        return normalised(x, tensors.embeddingNorm());
    }

    private double[][] attention(double[][] x, int layer) {
        double[][] q = product(x, layer, Role.KEY);
        double[][] k = product(x, layer, Role.QUERY);
        double[][] v = product(x, layer, Role.VALUE);
        double[][] out = new double[x.length][sizes.hidden()];
        int dimension = sizes.hidden() / sizes.heads();
        for (int i = 0; i < x.length; i++) {
            for (int first = 0; first < sizes.hidden(); first += dimension) {
                double sum = 0;
                for (int j = 0; j <= i; j++) {
                    double score = 0;
                    for (int c = first; c < first + dimension; c++) {
                        score += q[i][c] * k[j][c];
                    }
                    double exponential = Math.exp(score / Math.sqrt(dimension));
                    sum += exponential;
                    for (int c = first; c < first + dimension; c++) {
                        out[i][c] += exponential * v[j][c];
                    }
                }
                for (int c = first; c < first + dimension; c++) {
                    out[i][c] /= sum;
                }
            }
        }
        return out;
    }

    private double[][] product(double[][] x, int layer, Role role) {
        Linear linear = tensors.linear(layer, role);
        int outputs = linear.bias().length;
        double[][] y = new double[x.length][outputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < outputs; o++) {
                y[t][o] = linear.bias()[o];
            }
            for (int i = 0; i < x[t].length; i++) {
                for (int o = 0; o < outputs; o++) {
                    y[t][o] += x[t][i] * linear.weights()[i * outputs + o];
                }
            }
        }
        return y;
    }

    private static double[][] sum(double[][] x, double[][] y) {
        double[][] sum = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < x[t].length; c++) {
                sum[t][c] = x[t][c] + y[t][c];
            }
        }
        return sum;
    }

    private double[][] normalised(double[][] x, Norm norm) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            double sum = 0;
            double squares = 0;
            for (double entry : x[t]) {
                sum += entry;
                squares += entry * entry;
            }
            double mean = sum / x[t].length;
            double deviation = Math.sqrt(squares / x[t].length - mean * mean + sizes.epsilon());
            for (int c = 0; c < x[t].length; c++) {
                y[t][c] = norm.gain()[c] * (x[t][c] - mean) / deviation + norm.shift()[c];
            }
        }
        return y;
    }

    private static double[][] gelu(double[][] x) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < x[t].length; c++) {
                double a = x[t][c];
                y[t][c] = 0.5 * a * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (a + 0.044715 * a * a * a)));
            }
        }
        return y;
    }
}
