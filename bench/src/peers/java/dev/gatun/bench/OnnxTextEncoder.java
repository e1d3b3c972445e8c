package dev.gatun.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/**
 * An encoder by ONNX Runtime on a batch of texts, padded to the longest. What is timed ends with the hidden states: pooling, which the
 * model leaves to its caller, is not.
 */
final class OnnxTextEncoder implements Provider {

    private static final int HIDDEN = 384;

    private final OrtSession session;
    private final PaddedBatch batch;
    private final Map<String, OnnxTensor> inputs;
    private final FloatBuffer states;
    private final Map<String, OnnxTensor> pinned;

    OnnxTextEncoder(int[][] texts, int threads, String model) {
        batch = new PaddedBatch(texts);
        LongBuffer ids = longs(batch.count());
        LongBuffer mask = longs(batch.count());
        batch.put(ids, mask);
        states = OnnxProvider.direct(new float[batch.count() * HIDDEN]);
        try {
            session = OrtEnvironment.getEnvironment().createSession(EncoderInputs.file(model).toString(), OnnxProvider.options(threads));
            inputs = Map.of("input_ids", tensor(ids), "attention_mask", tensor(mask),
                    "token_type_ids", tensor(longs(batch.count())));
            pinned = Map.of(session.getOutputNames().iterator().next(),
                    OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), states, new long[] {batch.texts(), batch.tokens(), HIDDEN}));
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static LongBuffer longs(int count) {
        return ByteBuffer.allocateDirect(count * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
    }

    private OnnxTensor tensor(LongBuffer entries) throws OrtException {
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), entries, new long[] {batch.texts(), batch.tokens()});
    }

    @Override
    public void run() {
        try {
            session.run(inputs, pinned).close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public float[] result() {
        return batch.embeddings(states, HIDDEN);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
            pinned.values().forEach(OnnxTensor::close);
        }
    }
}
