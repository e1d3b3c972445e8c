package dev.gatun.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * ONNX Runtime on its CPU provider. Inputs and the output are tensors over direct buffers, made once: a call neither copies
 * nor allocates them.
 */
final class OnnxProvider implements Provider {

    private final OrtSession session;
    private final Map<String, OnnxTensor> tensors;
    private final Map<String, OnnxTensor> pinned;
    private final FloatBuffer out;
    private final UnaryOperator<float[]> inOrder;

    private OnnxProvider(byte[] model, int threads, Map<String, OnnxTensor> inputs, int outEntries, long[] outShape,
                         UnaryOperator<float[]> inOrder) {
        this.inOrder = inOrder;
        tensors = inputs;
        out = direct(new float[outEntries]);
        try {
            session = OrtEnvironment.getEnvironment().createSession(model, options(threads));
            pinned = Map.of("out", tensor(out, outShape));
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** {@code com.microsoft.MultiHeadAttention}. */
    static OnnxProvider multiHeadAttention(AttentionInputs inputs, int threads) {
        long[] shape = {1, inputs.tokens(), (long) inputs.heads() * inputs.dimension()};
        return attention(OnnxModel.multiHeadAttention(inputs), threads, shape, inputs.interleaved(inputs.q()),
                inputs.interleaved(inputs.k()), inputs.interleaved(inputs.v()), inputs::separated);
    }

    /** The standard's {@code Attention}. */
    static OnnxProvider attention(AttentionInputs inputs, int threads) {
        long[] shape = {1, inputs.heads(), inputs.tokens(), inputs.dimension()};
        return attention(OnnxModel.attention(inputs), threads, shape, inputs.q(), inputs.k(), inputs.v(),
                UnaryOperator.identity());
    }

    private static OnnxProvider attention(byte[] model, int threads, long[] shape, float[] q, float[] k, float[] v,
                                          UnaryOperator<float[]> inOrder) {
        return new OnnxProvider(model, threads, Map.of("q", input(q, shape), "k", input(k, shape), "v", input(v, shape)),
                q.length, shape, inOrder);
    }

    /**
     * {@code com.microsoft.MultiHeadAttention} of a padded batch.
     *
     * @param masked whether the lengths of the sequences are given, so that padding is hidden
     */
    static OnnxProvider multiHeadAttention(RaggedInputs inputs, int threads, boolean masked) {
        long[] shape = {inputs.lengths().length, inputs.longest(), (long) inputs.heads() * inputs.dimension()};
        Map<String, OnnxTensor> tensors = padded(inputs.interleaved(inputs.q()), inputs.interleaved(inputs.k()),
                inputs.interleaved(inputs.v()), shape);
        if (masked) {
            tensors.put("mask", lengths(inputs));
        }
        return new OnnxProvider(OnnxModel.multiHeadAttention(inputs, masked), threads, tensors, entries(shape), shape,
                inputs::ofInterleaved);
    }

    /**
     * The standard's {@code Attention} of a padded batch.
     *
     * @param masked whether padding is hidden
     */
    static OnnxProvider attention(RaggedInputs inputs, int threads, boolean masked) {
        long[] shape = {inputs.lengths().length, inputs.heads(), inputs.longest(), inputs.dimension()};
        Map<String, OnnxTensor> tensors = padded(inputs.padded(inputs.q()), inputs.padded(inputs.k()), inputs.padded(inputs.v()), shape);
        if (masked) {
            tensors.put("mask", bias(inputs));
        }
        return new OnnxProvider(OnnxModel.attention(inputs, masked), threads, tensors, entries(shape), shape, inputs::ofPadded);
    }

    private static Map<String, OnnxTensor> padded(float[] q, float[] k, float[] v, long[] shape) {
        return new TreeMap<>(Map.of("q", input(q, shape), "k", input(k, shape), "v", input(v, shape)));
    }

    private static int entries(long[] shape) {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }

    private static OnnxTensor lengths(RaggedInputs inputs) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(inputs.lengths().length * Integer.BYTES).order(ByteOrder.nativeOrder());
        try {
            return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), bytes.asIntBuffer().put(inputs.lengths()).rewind(),
                    new long[] {inputs.lengths().length});
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A bias of each pair, {@code sequences x 1 x longest x longest}: the lowest number where the key is padding. */
    private static OnnxTensor bias(RaggedInputs inputs) {
        int longest = inputs.longest();
        float[] bias = new float[inputs.lengths().length * longest * longest];
        for (int s = 0; s < inputs.lengths().length; s++) {
            for (int i = 0; i < longest; i++) {
                int row = (s * longest + i) * longest;
                Arrays.fill(bias, row + inputs.lengths()[s], row + longest, -Float.MAX_VALUE);
            }
        }
        return input(bias, new long[] {inputs.lengths().length, 1, longest, longest});
    }

    /** Sinkhorn's iterations from {@code tokens x dimension} queries and keys. */
    static OnnxProvider sinkhorn(byte[] model, SinkhornInputs inputs) {
        long[] shape = {inputs.tokens(), inputs.dimension()};
        long[] row = {1, inputs.tokens()};
        return new OnnxProvider(model, 1, Map.of("q", input(inputs.q(), shape), "k", input(inputs.k(), shape),
                "v", input(inputs.start(), row)), inputs.tokens(), row, UnaryOperator.identity());
    }

    static OrtSession.SessionOptions options(int threads) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        return options;
    }

    static FloatBuffer direct(float[] entries) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(entries.length * Float.BYTES).order(ByteOrder.nativeOrder());
        return bytes.asFloatBuffer().put(entries).rewind();
    }

    static OnnxTensor input(float[] entries, long[] shape) {
        try {
            return tensor(direct(entries), shape);
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    static OnnxTensor tensor(FloatBuffer entries, long[] shape) throws OrtException {
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
        return inOrder.apply(entries);
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
