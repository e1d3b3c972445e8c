package dev.gatun.reference;

import dev.gatun.internal.encoder.ModelTensors;
import dev.gatun.internal.encoder.ModelTensors.Linear;
import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.encoder.ModelTensors.Role;

/** The layers of a BERT encoder on the tokens of one text, in float64, by plain loops over float32 weights. */
public final class ReferenceEncoder {

    /** What a head makes of its queries, keys and values. */
    @FunctionalInterface
    public interface HeadProduct {
        double[][] of(int layer, int head, double[][] q, double[][] k, double[][] v);
    }

    /** Attention in every head. */
    public static final HeadProduct ATTENTION = (layer, head, q, k, v) -> ReferenceMatrix.multiply(
            ReferenceSoftmax.rowSoftmax(ReferenceScores.scores(q, k)), v);

    /** The largest argument whose error function differs from 1 in float64. */
    private static final double LAST_OF_ERF = 6;

    private final ModelTensors tensors;
    private final int layers;
    private final int heads;
    private final double epsilon;
    private final int hidden;

    public ReferenceEncoder(ModelTensors tensors, int layers, int heads, double epsilon) {
        this.tensors = tensors;
        this.layers = layers;
        this.heads = heads;
        this.epsilon = epsilon;
        this.hidden = tensors.embeddingNorm().gain().length;
    }

    /** The hidden states of the last layer. */
    public double[][] hiddenStates(int[] ids, HeadProduct product) {
        double[][] states = embeddings(ids);
        for (int layer = 0; layer < layers; layer++) {
            states = layer(layer, states, product);
        }
        return states;
    }

    /** The queries, keys or values of a head of a layer. */
    public double[][] heads(int[] ids, int layer, int head, Role role, HeadProduct product) {
        double[][] states = embeddings(ids);
        for (int below = 0; below < layer; below++) {
            states = layer(below, states, product);
        }
        return head(product(states, tensors.linear(layer, role)), head);
    }

    /** The mean of the states. */
    public static double[] mean(double[][] states) {
        double[] mean = new double[states[0].length];
        for (double[] state : states) {
            for (int c = 0; c < mean.length; c++) {
                mean[c] += state[c] / states.length;
            }
        }
        return mean;
    }

    /** The vector divided by its length. */
    public static double[] normalised(double[] vector) {
        double length = Math.sqrt(ReferenceScores.dot(vector, vector));
        double[] normalised = new double[vector.length];
        for (int c = 0; c < vector.length; c++) {
            normalised[c] = vector[c] / length;
        }
        return normalised;
    }

    private double[][] embeddings(int[] ids) {
        float[] word = tensors.word().all();
        float[] position = tensors.position();
        float[] type = tensors.type();
        double[][] states = new double[ids.length][hidden];
        for (int t = 0; t < ids.length; t++) {
            for (int c = 0; c < hidden; c++) {
                states[t][c] = (double) word[ids[t] * hidden + c] + position[t * hidden + c] + type[c];
            }
        }
        return normalised(states, tensors.embeddingNorm());
    }

    private double[][] layer(int layer, double[][] states, HeadProduct product) {
        double[][] q = product(states, tensors.linear(layer, Role.QUERY));
        double[][] k = product(states, tensors.linear(layer, Role.KEY));
        double[][] v = product(states, tensors.linear(layer, Role.VALUE));
        double[][] context = new double[states.length][hidden];
        for (int head = 0; head < heads; head++) {
            double[][] ofHead = product.of(layer, head, head(q, head), head(k, head), head(v, head));
            for (int t = 0; t < states.length; t++) {
                System.arraycopy(ofHead[t], 0, context[t], head * hidden / heads, hidden / heads);
            }
        }
        double[][] attended = normalised(ReferenceMatrix.add(states, product(context, tensors.linear(layer, Role.ATTENTION_OUTPUT))),
                tensors.attentionNorm(layer));
        double[][] active = product(attended, tensors.linear(layer, Role.INTERMEDIATE));
        for (double[] row : active) {
            for (int c = 0; c < row.length; c++) {
                row[c] = gelu(row[c]);
            }
        }
        return normalised(ReferenceMatrix.add(attended, product(active, tensors.linear(layer, Role.OUTPUT))), tensors.outputNorm(layer));
    }

    private double[][] head(double[][] sideBySide, int head) {
        int d = hidden / heads;
        double[][] rows = new double[sideBySide.length][d];
        for (int t = 0; t < rows.length; t++) {
            System.arraycopy(sideBySide[t], head * d, rows[t], 0, d);
        }
        return rows;
    }

    private static double[][] product(double[][] rows, Linear linear) {
        int outputs = linear.bias().length;
        float[] weights = linear.weights().all();
        double[][] products = new double[rows.length][outputs];
        for (int t = 0; t < rows.length; t++) {
            for (int o = 0; o < outputs; o++) {
                products[t][o] = linear.bias()[o];
            }
            for (int in = 0; in < rows[t].length; in++) {
                add(rows[t][in], weights, in * outputs, products[t]);
            }
        }
        return products;
    }

    private static void add(double factor, float[] weights, int from, double[] sums) {
        for (int o = 0; o < sums.length; o++) {
            sums[o] += factor * weights[from + o];
        }
    }

    private double[][] normalised(double[][] rows, Norm norm) {
        double[][] normalised = new double[rows.length][hidden];
        for (int t = 0; t < rows.length; t++) {
            double mean = ReferenceMatrix.sum(rows[t]) / hidden;
            double variance = 0;
            for (double entry : rows[t]) {
                variance += (entry - mean) * (entry - mean) / hidden;
            }
            for (int c = 0; c < hidden; c++) {
                normalised[t][c] = (rows[t][c] - mean) / Math.sqrt(variance + epsilon) * norm.gain()[c] + norm.shift()[c];
            }
        }
        return normalised;
    }

    /** {@code x Phi(x)} with the distribution function of the normal distribution. */
    public static double gelu(double x) {
        return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
    }

    /** {@code erf(x) = 2 / sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 ... (2n+1))}, a sum of terms of one sign. */
    public static double erf(double x) {
        if (Math.abs(x) > LAST_OF_ERF) {
            return Math.signum(x);
        }
        double sum = 0;
        double term = x;
        for (int n = 0; Math.abs(term) > 1e-20 * Math.abs(sum); n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 3);
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
