package dev.gatun.internal.encoder;

import dev.gatun.internal.encoder.ModelTensors.Linear;
import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.encoder.ModelTensors.Role;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.linear.Activation;
import dev.gatun.kernel.linear.LinearWeights;
import java.util.Locale;

/** The weights of a model, packed for its products. Immutable, shared by all plans. */
public final class EncoderWeights {

    /** The bits of the exponent of a float32, all set for infinity and NaN. */
    private static final int EXPONENT = 0x7F80_0000;

    private final EncoderSizes sizes;
    private final boolean bfloat16;
    private final EmbeddingTable word;
    private final float[] positions;
    private final float[] types;
    private final Norm embeddingNorm;
    private final PackedLayer[] layers;

    private EncoderWeights(EncoderSizes sizes, ModelTensors tensors, boolean bfloat16) {
        this.sizes = sizes;
        this.bfloat16 = bfloat16;
        this.word = new EmbeddingTable(finite(tensors.word(), sizes.vocabulary(), "word embeddings"), sizes.hidden(), bfloat16);
        this.positions = finite(tensors.position(), sizes.positions(), "position embeddings");
        this.types = sizes.types() == 0 ? new float[sizes.hidden()] : finite(tensors.type(), sizes.types(), "type embeddings");
        this.embeddingNorm = finite(tensors.embeddingNorm(), "the layer norm of the embeddings");
        this.layers = new PackedLayer[sizes.layers()];
        for (int layer = 0; layer < layers.length; layer++) {
            layers[layer] = layer(tensors, layer, bfloat16);
        }
    }

    /**
     * Packs the weights of a model.
     *
     * @param bfloat16 whether weights are rounded to bfloat16
     * @throws IllegalArgumentException if a tensor has another size, or an entry is not finite
     */
    public static EncoderWeights of(EncoderSizes sizes, ModelTensors tensors, boolean bfloat16) {
        return new EncoderWeights(sizes, tensors, bfloat16);
    }

    private PackedLayer layer(ModelTensors tensors, int layer, boolean bfloat16) {
        int hidden = sizes.hidden();
        int intermediate = sizes.intermediate();
        return new PackedLayer(
                pack(heads(tensors, layer), hidden, 3 * hidden, bfloat16),
                pack(linear(tensors, layer, Role.ATTENTION_OUTPUT, hidden, hidden), hidden, hidden, bfloat16),
                finite(tensors.attentionNorm(layer), "the attention norm of layer " + layer),
                pack(linear(tensors, layer, Role.INTERMEDIATE, hidden, intermediate), hidden, intermediate, bfloat16),
                pack(linear(tensors, layer, Role.OUTPUT, intermediate, hidden), intermediate, hidden, bfloat16),
                finite(tensors.outputNorm(layer), "the output norm of layer " + layer));
    }

    private static LinearWeights pack(Linear linear, int inputs, int outputs, boolean bfloat16) {
        return bfloat16 ? LinearWeights.bfloat16(linear.weights(), inputs, outputs, linear.bias())
                : LinearWeights.float32(linear.weights(), inputs, outputs, linear.bias());
    }

    /** The products to queries, keys and values as one, with their outputs side by side. */
    private Linear heads(ModelTensors tensors, int layer) {
        int hidden = sizes.hidden();
        float[] weights = new float[ArrayLength.of(hidden, 3L * hidden)];
        float[] bias = new float[3 * hidden];
        for (int part = 0; part < 3; part++) {
            Linear one = linear(tensors, layer, Role.values()[part], hidden, hidden);
            System.arraycopy(one.bias(), 0, bias, part * hidden, hidden);
            for (int in = 0; in < hidden; in++) {
                System.arraycopy(one.weights(), in * hidden, weights, (3 * in + part) * hidden, hidden);
            }
        }
        return new Linear(weights, bias);
    }

    private static Linear linear(ModelTensors tensors, int layer, Role role, int inputs, int outputs) {
        Linear linear = tensors.linear(layer, role);
        String name = "%s of layer %s".formatted(role.name().toLowerCase(Locale.ROOT).replace('_', ' '), layer);
        requireFinite(linear.weights(), ArrayLength.of(inputs, outputs), "the weights of " + name);
        requireFinite(linear.bias(), outputs, "the bias of " + name);
        return linear;
    }

    private float[] finite(float[] rows, int count, String name) {
        requireFinite(rows, ArrayLength.of(count, sizes.hidden()), name);
        return rows;
    }

    private Norm finite(Norm norm, String name) {
        requireFinite(norm.gain(), sizes.hidden(), "the gain of " + name);
        requireFinite(norm.shift(), sizes.hidden(), "the shift of " + name);
        return norm;
    }

    private static void requireFinite(float[] entries, int expected, String name) {
        if (entries.length != expected) {
            throw new IllegalArgumentException("%s: there are %s entries, expected %s".formatted(name, entries.length, expected));
        }
        if (exponents(entries) == Float.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("%s: an entry is not finite".formatted(name));
        }
    }

    /** The largest magnitude without its significand, infinity where an entry is not finite. A plain loop, soon fast in a new JVM. */
    private static float exponents(float[] entries) {
        int largest = 0;
        for (float entry : entries) {
            largest = Math.max(largest, Float.floatToRawIntBits(entry) & EXPONENT);
        }
        return Float.intBitsToFloat(largest);
    }

    /** Whether the kernels for these weights are compiled. */
    Compilation compilation() {
        return Compilation.of(bfloat16);
    }

    /** The function between the two products of a feed-forward layer. */
    Activation activation() {
        return switch (sizes.activation()) {
            case GELU -> Activation.GELU;
            case GELU_TANH -> Activation.GELU_TANH;
            case RELU -> Activation.RELU;
        };
    }

    /** The sizes of the model. */
    public EncoderSizes sizes() {
        return sizes;
    }

    /** Sums the embeddings of a token, of type 0 and of a position. */
    void embed(int id, int position, float[] to, int at) {
        word.add(id, types, positions, position, to, at);
    }

    Norm embeddingNorm() {
        return embeddingNorm;
    }

    PackedLayer layer(int layer) {
        return layers[layer];
    }
}
