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
 * libtorch's scaled dot-product attention on tensors of {@code 1 x heads x tokens x dimension}. Inputs are tensors of
 * its own, made once; the result of a call is a new tensor of its own, as its interface has no other.
 */
final class TorchAttention implements Attention {

    static {
        System.setProperty("ai.djl.offline", "true");
    }

    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final IValue[] inputs;
    private IValue out;

    TorchAttention(AttentionInputs from, int threads) {
        manager = (PtNDManager) PtEngine.getEngine(PtEngine.ENGINE_NAME).newBaseManager();
        JniUtils.setNumThreads(threads);
        module = module(manager);
        Shape shape = new Shape(1, from.heads(), from.tokens(), from.dimension());
        inputs = new IValue[] {tensor(from.q(), shape), tensor(from.k(), shape), tensor(from.v(), shape)};
    }

    private static PtSymbolBlock module(PtNDManager manager) {
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(TorchScript.attention()), false, false);
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
