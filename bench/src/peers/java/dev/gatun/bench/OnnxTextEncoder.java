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
    private final int[][] texts;
    private final int longest;
    private final Map<String, OnnxTensor> inputs;
    private final FloatBuffer states;
    private final Map<String, OnnxTensor> pinned;

    OnnxTextEncoder(int[][] texts, int threads, String model) {
        this.texts = texts;
        int most = 0;
        for (int[] text : texts) {
            most = Math.max(most, text.length);
        }
        longest = most;
        LongBuffer ids = longs(texts.length * longest);
        LongBuffer mask = longs(texts.length * longest);
        for (int i = 0; i < texts.length; i++) {
            for (int t = 0; t < texts[i].length; t++) {
                ids.put(i * longest + t, texts[i][t]);
                mask.put(i * longest + t, 1);
            }
        }
        states = OnnxProvider.direct(new float[texts.length * longest * HIDDEN]);
        try {
            session = OrtEnvironment.getEnvironment().createSession(EncoderInputs.file(model).toString(), OnnxProvider.options(threads));
            inputs = Map.of("input_ids", tensor(ids), "attention_mask", tensor(mask),
                    "token_type_ids", tensor(longs(texts.length * longest)));
            pinned = Map.of(session.getOutputNames().iterator().next(),
                    OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), states, new long[] {texts.length, longest, HIDDEN}));
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static LongBuffer longs(int count) {
        return ByteBuffer.allocateDirect(count * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
    }

    private OnnxTensor tensor(LongBuffer entries) throws OrtException {
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), entries, new long[] {texts.length, longest});
    }

    @Override
    public void run() {
        try {
            session.run(inputs, pinned).close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** The mean of each text's states, divided by its length. */
    @Override
    public float[] result() {
        float[] embeddings = new float[texts.length * HIDDEN];
        for (int i = 0; i < texts.length; i++) {
            double[] sums = new double[HIDDEN];
            for (int t = 0; t < texts[i].length; t++) {
                for (int c = 0; c < HIDDEN; c++) {
                    sums[c] += states.get((i * longest + t) * HIDDEN + c);
                }
            }
            double square = 0;
            for (double sum : sums) {
                square += sum * sum;
            }
            for (int c = 0; c < HIDDEN; c++) {
                embeddings[i * HIDDEN + c] = (float) (sums[c] / Math.sqrt(square));
            }
        }
        return embeddings;
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
