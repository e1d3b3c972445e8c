package dev.gatun.encoder;

import dev.gatun.internal.encoder.MatrixRows;
import dev.gatun.internal.encoder.ModelTensors;
import dev.gatun.ElementType;
import dev.gatun.internal.encoder.EncoderWeights;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.internal.weights.HiddenActivation;
import dev.gatun.reference.ReferenceEncoder;
import java.util.Random;

/** A small model of random weights, of the magnitudes of a trained one. */
public final class RandomEncoder implements ModelTensors {

    static final double EPSILON = 1e-12;

    private final EncoderSizes sizes;
    private final long seed;
    /** The factor of the weights of queries: larger scores make attention sharper. */
    private final double sharpness;

    private RandomEncoder(EncoderSizes sizes, long seed, double sharpness) {
        this.sizes = sizes;
        this.seed = seed;
        this.sharpness = sharpness;
    }

    /** Of {@code heads} heads of {@code dimension} components. */
    public static RandomEncoder of(int layers, int heads, int dimension, int intermediate, int positions, long seed) {
        return new RandomEncoder(new EncoderSizes(layers, heads, heads * dimension, intermediate, 50, positions, 2, EPSILON,
                HiddenActivation.GELU), seed, 2);
    }

    /** The same weights with another activation. */
    public RandomEncoder with(HiddenActivation activation) {
        return new RandomEncoder(new EncoderSizes(sizes.layers(), sizes.heads(), sizes.hidden(), sizes.intermediate(), sizes.vocabulary(),
                sizes.positions(), sizes.types(), EPSILON, activation), seed, sharpness);
    }

    /** The sizes of the model. */
    public EncoderSizes sizes() {
        return sizes;
    }

    /** 2 layers of 3 heads of 8 components, 40 positions. */
    static RandomEncoder small() {
        return of(2, 3, 8, 40, 40, 7);
    }

    EncoderConfig config(Pooling pooling, boolean normalised) {
        return new EncoderConfig(sizes.layers(), sizes.heads(), sizes.hidden(), sizes.intermediate(), sizes.vocabulary(),
                sizes.positions(), sizes.types(), sizes.epsilon(), pooling, normalised, "", "");
    }

    EncoderModel model() {
        return model(EncoderOptions.defaults());
    }

    /** The model in memory. */
    public EncoderModel model(EncoderOptions options) {
        boolean bfloat16 = options.weights() == ElementType.BFLOAT16;
        return EncoderModel.of("random", config(Pooling.MEAN, true), EncoderWeights.of(sizes, this, bfloat16), null, options);
    }

    ReferenceEncoder reference() {
        return new ReferenceEncoder(this, sizes.layers(), sizes.heads(), EPSILON);
    }

    /** Random token ids. */
    public static int[] ids(Random random, int count) {
        return random.ints(count, 0, 50).toArray();
    }

    private float[] normal(int place, int count, double mean, double deviation) {
        Random random = new Random(seed * 1000 + place);
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return entries;
    }

    @Override
    public MatrixRows word() {
        return MatrixRows.of(normal(1, sizes.vocabulary() * sizes.hidden(), 0, 0.05), sizes.hidden());
    }

    @Override
    public float[] position() {
        return normal(2, sizes.positions() * sizes.hidden(), 0, 0.02);
    }

    @Override
    public float[] type() {
        return normal(3, sizes.types() * sizes.hidden(), 0, 0.02);
    }

    @Override
    public Norm embeddingNorm() {
        return norm(4);
    }

    private Norm norm(int place) {
        return new Norm(normal(place, sizes.hidden(), 1, 0.2), normal(place + 500, sizes.hidden(), 0, 0.1));
    }

    @Override
    public Linear linear(int layer, Role role) {
        int inputs = role == Role.OUTPUT ? sizes.intermediate() : sizes.hidden();
        int outputs = role == Role.INTERMEDIATE ? sizes.intermediate() : sizes.hidden();
        int place = 10 + 20 * layer + role.ordinal();
        double scale = (role == Role.QUERY ? sharpness : 1) / Math.sqrt(inputs);
        return new Linear(MatrixRows.of(normal(place, inputs * outputs, 0, scale), outputs), normal(place + 500, outputs, 0, 0.1));
    }

    @Override
    public Norm attentionNorm(int layer) {
        return norm(20 + 20 * layer);
    }

    @Override
    public Norm outputNorm(int layer) {
        return norm(21 + 20 * layer);
    }
}
