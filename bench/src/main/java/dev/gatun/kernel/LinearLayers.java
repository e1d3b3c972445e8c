package dev.gatun.kernel;

import dev.gatun.kernel.linear.Activation;
import dev.gatun.kernel.linear.LayerNormalisation;
import dev.gatun.kernel.linear.LinearLayer;
import dev.gatun.kernel.linear.LinearScratch;
import dev.gatun.kernel.linear.LinearWeights;
import java.util.Random;

/**
 * Dense layers with the sizes of all-MiniLM-L6-v2, on one thread: six layers of one shape on the same rows, or {@value #ENCODER}, all 24
 * layers of the model with GELU, residuals and layer normalisations, everything but attention.
 */
public final class LinearLayers {

    /** The name of all layers of the model. */
    public static final String ENCODER = "encoder";

    /** As many layers of each shape as the model has. */
    public static final int DEPTH = 6;

    private static final int HIDDEN = 384;
    private static final int INTERMEDIATE = 1536;
    private static final double EPSILON = 1e-12;

    private final boolean encoder;
    private final boolean bfloat16;
    private final int rows;
    private final LinearWeights[] heads = new LinearWeights[DEPTH];
    private final LinearWeights[] attentionOutput = new LinearWeights[DEPTH];
    private final LinearWeights[] up = new LinearWeights[DEPTH];
    private final LinearWeights[] down = new LinearWeights[DEPTH];
    private final LinearWeights[] layers = new LinearWeights[DEPTH];
    private final float[] gain = normal(HIDDEN, 4);
    private final float[] shift = normal(HIDDEN, 5);
    private final float[] x;
    private final float[] projected;
    private final float[] intermediate;
    private final float[][] y = new float[DEPTH][];
    private final LinearScratch scratch;

    /**
     * Layers and their inputs.
     *
     * @param shape inputs x outputs, or {@value #ENCODER}
     */
    public LinearLayers(String shape, int rows, boolean bfloat16) {
        this.encoder = shape.equals(ENCODER);
        this.bfloat16 = bfloat16;
        this.rows = rows;
        this.x = normal(rows * (encoder ? HIDDEN : inputs(shape)), 1);
        this.projected = new float[rows * 3 * HIDDEN];
        this.intermediate = new float[rows * INTERMEDIATE];
        this.scratch = new LinearScratch(rows, INTERMEDIATE);
        for (int layer = 0; layer < DEPTH; layer++) {
            if (encoder) {
                heads[layer] = packed(HIDDEN, 3 * HIDDEN, layer);
                attentionOutput[layer] = packed(HIDDEN, HIDDEN, layer);
                up[layer] = packed(HIDDEN, INTERMEDIATE, layer);
                down[layer] = packed(INTERMEDIATE, HIDDEN, layer);
            } else {
                layers[layer] = packed(inputs(shape), outputs(shape), layer);
                y[layer] = new float[rows * outputs(shape)];
            }
        }
    }

    private LinearWeights packed(int inputs, int outputs, int layer) {
        float[] weights = weights(inputs, outputs, layer);
        float[] bias = bias(outputs, layer);
        return bfloat16 ? LinearWeights.bfloat16(weights, inputs, outputs, bias) : LinearWeights.float32(weights, inputs, outputs, bias);
    }

    /** The inputs of a layer of such a shape. */
    public static int inputs(String shape) {
        return Integer.parseInt(shape.substring(0, shape.indexOf('x')));
    }

    /** The outputs of a layer of such a shape. */
    public static int outputs(String shape) {
        return Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
    }

    /** Weights that leave the scale of their inputs as it is. */
    public static float[] weights(int inputs, int outputs, int layer) {
        float[] weights = normal(inputs * outputs, 10 + layer);
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= (float) Math.sqrt(inputs);
        }
        return weights;
    }

    /** The bias of a layer. */
    public static float[] bias(int outputs, int layer) {
        return normal(outputs, 20 + layer);
    }

    private static float[] normal(int count, int seed) {
        Random random = new Random(seed);
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    /** The inputs of all layers. */
    public float[] x() {
        return x;
    }

    /** The outputs of a layer of one shape. */
    public float[] y(int layer) {
        return y[layer];
    }

    /** Floating-point operations of the products, two for each multiply-add. */
    public static double operations(String shape, int rows) {
        double weights = shape.equals(ENCODER) ? 4.0 * HIDDEN * HIDDEN + 2.0 * HIDDEN * INTERMEDIATE
                : (double) inputs(shape) * outputs(shape);
        return 2.0 * DEPTH * rows * weights;
    }

    /** Applies all layers. */
    public void run() {
        for (int layer = 0; layer < DEPTH; layer++) {
            if (encoder) {
                encoderLayer(layer);
            } else {
                LinearWeights of = layers[layer];
                LinearLayer.apply(of, x, 0, of.inputs(), rows, y[layer], 0, of.outputs(), 0, of.panels(), Activation.NONE, scratch);
            }
        }
    }

    private void encoderLayer(int layer) {
        LinearLayer.apply(heads[layer], x, 0, HIDDEN, rows, projected, 0, 3 * HIDDEN, 0, heads[layer].panels(), Activation.NONE, scratch);
        LinearLayer.add(attentionOutput[layer], projected, 0, 3 * HIDDEN, rows, x, 0, HIDDEN, 0, attentionOutput[layer].panels(), scratch);
        LayerNormalisation.apply(x, 0, HIDDEN, rows, HIDDEN, gain, shift, EPSILON, scratch);
        LinearLayer.apply(up[layer], x, 0, HIDDEN, rows, intermediate, 0, INTERMEDIATE, 0, up[layer].panels(), Activation.GELU, scratch);
        LinearLayer.add(down[layer], intermediate, 0, INTERMEDIATE, rows, x, 0, HIDDEN, 0, down[layer].panels(), scratch);
        LayerNormalisation.apply(x, 0, HIDDEN, rows, HIDDEN, gain, shift, EPSILON, scratch);
    }
}
