package dev.gatun.bench;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * libtorch. Inputs are tensors of its own, made once; the result of a call is a new tensor of its own, as its interface has no
 * other.
 */
final class TorchProvider implements Provider {

    static {
        System.setProperty("ai.djl.offline", "true");
    }

    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final IValue[] inputs;
    private IValue out;

    private TorchProvider(byte[] script, int threads, Shape shape, float[] q, float[] k, Shape lastShape, float[] last) {
        manager = (PtNDManager) PtEngine.getEngine(PtEngine.ENGINE_NAME).newBaseManager();
        JniUtils.setNumThreads(threads);
        module = module(manager, script);
        inputs = new IValue[] {tensor(q, shape), tensor(k, shape), tensor(last, lastShape)};
    }

    /** Scaled dot-product attention on tensors of {@code 1 x heads x tokens x dimension}. */
    static TorchProvider attention(AttentionInputs inputs, int threads) {
        Shape shape = new Shape(1, inputs.heads(), inputs.tokens(), inputs.dimension());
        return new TorchProvider(TorchScript.attention(), threads, shape, inputs.q(), inputs.k(), shape, inputs.v());
    }

    /** Sinkhorn's iterations from {@code tokens x dimension} queries and keys. */
    static TorchProvider sinkhorn(byte[] script, SinkhornInputs inputs) {
        return new TorchProvider(script, 1, new Shape(inputs.tokens(), inputs.dimension()), inputs.q(), inputs.k(),
                new Shape(1, inputs.tokens()), inputs.start());
    }

    private static PtSymbolBlock module(PtNDManager manager, byte[] script) {
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(script), false, false);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private IValue tensor(float[] entries, Shape shape) {
        return IValue.from((PtNDArray) manager.create(entries, shape));
    }

    @Override
    public void run() {
        if (out != null) {
            out.close();
        }
        out = module.forward(inputs);
    }

    @Override
    public float[] result() {
        try (PtNDArray tensor = out.toTensor(manager)) {
            return tensor.toFloatArray();
        }
    }

    @Override
    public void close() {
        if (out != null) {
            out.close();
        }
        for (IValue input : inputs) {
            input.close();
        }
        module.close();
        manager.close();
    }
}
