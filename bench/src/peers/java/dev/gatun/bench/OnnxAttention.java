package dev.gatun.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * ONNX Runtime's attention on its CPU provider. Inputs and the output are tensors over direct buffers, made once: a
 * call neither copies nor allocates them.
 */
final class OnnxAttention implements Attention {

    private final OrtSession session;
    private final Map<String, OnnxTensor> tensors;
    private final Map<String, OnnxTensor> pinned;
    private final FloatBuffer out;
    private final UnaryOperator<float[]> toHeads;

    private OnnxAttention(byte[] model, int threads, long[] shape, float[] q, float[] k, float[] v,
                          UnaryOperator<float[]> toHeads) {
        this.toHeads = toHeads;
        out = direct(new float[q.length]);
        try {
            session = OrtEnvironment.getEnvironment().createSession(model, options(threads));
            tensors = Map.of("q", tensor(direct(q), shape), "k", tensor(direct(k), shape),
                    "v", tensor(direct(v), shape));
            pinned = Map.of("out", tensor(out, shape));
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** {@code com.microsoft.MultiHeadAttention}. */
    static OnnxAttention multiHead(AttentionInputs inputs, int threads) {
        long[] shape = {1, inputs.tokens(), (long) inputs.heads() * inputs.dimension()};
        return new OnnxAttention(OnnxModel.multiHeadAttention(inputs), threads, shape, inputs.interleaved(inputs.q()),
                inputs.interleaved(inputs.k()), inputs.interleaved(inputs.v()), inputs::separated);
    }

    /** The standard's {@code Attention}. */
    static OnnxAttention standard(AttentionInputs inputs, int threads) {
        long[] shape = {1, inputs.heads(), inputs.tokens(), inputs.dimension()};
        return new OnnxAttention(OnnxModel.attention(inputs), threads, shape, inputs.q(), inputs.k(), inputs.v(),
                UnaryOperator.identity());
    }

    private static OrtSession.SessionOptions options(int threads) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        return options;
    }

    private static FloatBuffer direct(float[] entries) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(entries.length * Float.BYTES).order(ByteOrder.nativeOrder());
        return bytes.asFloatBuffer().put(entries).rewind();
    }

    private static OnnxTensor tensor(FloatBuffer entries, long[] shape) throws OrtException {
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), entries, shape);
    }

    @Override
    public void run() {
        try {
            session.run(tensors, pinned).close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public float[] result() {
        float[] entries = new float[out.capacity()];
        out.get(0, entries);
        return toHeads.apply(entries);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
        tensors.values().forEach(OnnxTensor::close);
        pinned.values().forEach(OnnxTensor::close);
    }
}
