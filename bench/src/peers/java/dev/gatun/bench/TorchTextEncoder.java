package dev.gatun.bench;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.gatun.internal.encoder.FileTensors;
import dev.gatun.internal.encoder.ModelTensors.Linear;
import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.encoder.ModelTensors.Role;
import dev.gatun.internal.weights.EncoderFile;
import dev.gatun.internal.weights.EncoderSizes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An encoder by libtorch on a batch of texts, padded to the longest: one call of a TorchScript module from token ids to hidden states, on
 * the float32 weights of our reader. Pooling is not timed.
 */
final class TorchTextEncoder implements Provider {

    static {
        System.setProperty("ai.djl.offline", "true");
    }

    private final PaddedBatch batch;
    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final IValue[] inputs;
    private final int hidden;
    private IValue states;

    TorchTextEncoder(int[][] texts, int threads, String model) {
        batch = new PaddedBatch(texts);
        manager = (PtNDManager) PtEngine.getEngine(PtEngine.ENGINE_NAME).newBaseManager();
        JniUtils.setNumThreads(threads);
        try (EncoderFile file = EncoderFile.open(EncoderInputs.file(model))) {
            hidden = file.sizes().hidden();
            byte[] script = TorchScript.encoder(file.sizes(), batch.texts(), batch.tokens(), batch.isPadded());
            module = JniUtils.loadModule(manager, new ByteArrayInputStream(script), false, false);
            LongBuffer ids = LongBuffer.allocate(batch.count());
            LongBuffer mask = LongBuffer.allocate(batch.count());
            batch.put(ids, mask);
            inputs = new IValue[] {
                IValue.from((PtNDArray) manager.create(ids.array(), new Shape(batch.texts(), batch.tokens()))),
                IValue.from(tensor(hiddenKeys(mask.array()), batch.texts(), 1, 1, batch.tokens())),
                IValue.listFrom(weights(new FileTensors(file), file.sizes()).toArray(PtNDArray[]::new))};
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** What is added to the scores of keys: minus infinity for padding. */
    private static float[] hiddenKeys(long[] mask) {
        float[] added = new float[mask.length];
        for (int i = 0; i < mask.length; i++) {
            added[i] = mask[i] == 1 ? 0 : Float.NEGATIVE_INFINITY;
        }
        return added;
    }

    private PtNDArray tensor(float[] entries, long... shape) {
        return (PtNDArray) manager.create(entries, new Shape(shape));
    }

    /** The tensors in the order of the script. */
    private List<PtNDArray> weights(FileTensors file, EncoderSizes sizes) {
        List<PtNDArray> weights = new ArrayList<>();
        weights.add(tensor(file.word().all(), sizes.vocabulary(), hidden));
        weights.add(tensor(places(file), batch.tokens(), hidden));
        add(weights, file.embeddingNorm());
        for (int layer = 0; layer < sizes.layers(); layer++) {
            add(weights, file.linear(layer, Role.QUERY), file.linear(layer, Role.KEY), file.linear(layer, Role.VALUE));
            add(weights, file.linear(layer, Role.ATTENTION_OUTPUT));
            add(weights, file.attentionNorm(layer));
            add(weights, file.linear(layer, Role.INTERMEDIATE));
            add(weights, file.linear(layer, Role.OUTPUT));
            add(weights, file.outputNorm(layer));
        }
        return weights;
    }

    /** The vectors of the positions, each with that of the first type of tokens. */
    private float[] places(FileTensors file) {
        float[] places = Arrays.copyOf(file.position(), batch.tokens() * hidden);
        float[] type = file.type();
        for (int i = 0; i < places.length; i++) {
            places[i] += type[i % hidden];
        }
        return places;
    }

    private void add(List<PtNDArray> weights, Norm norm) {
        weights.add(tensor(norm.gain(), hidden));
        weights.add(tensor(norm.shift(), hidden));
    }

    /** Adds products of the same inputs as one, its weights output after output. */
    private void add(List<PtNDArray> weights, Linear... products) {
        int outputs = products[0].bias().length;
        int inputs = products[0].weights().rows();
        float[] matrix = new float[products.length * outputs * inputs];
        float[] bias = new float[products.length * outputs];
        for (int p = 0; p < products.length; p++) {
            float[] entries = products[p].weights().all();
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < inputs; i++) {
                    matrix[(p * outputs + o) * inputs + i] = entries[i * outputs + o];
                }
            }
            System.arraycopy(products[p].bias(), 0, bias, p * outputs, outputs);
        }
        weights.add(tensor(matrix, products.length * outputs, inputs));
        weights.add(tensor(bias, bias.length));
    }

    @Override
    public void run() {
        if (states != null) {
            states.close();
        }
        states = module.forward(inputs);
    }

    @Override
    public float[] result() {
        try (PtNDArray tensor = states.toTensor(manager)) {
            return batch.embeddings(FloatBuffer.wrap(tensor.toFloatArray()), hidden);
        }
    }

    @Override
    public void close() {
        if (states != null) {
            states.close();
        }
        for (IValue input : inputs) {
            input.close();
        }
        module.close();
        manager.close();
    }
}
