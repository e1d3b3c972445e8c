package dev.gatun.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;

/** A trained encoder run by ONNX Runtime: the hidden states of its last layer. */
public final class OnnxEncoder implements AutoCloseable {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    private OnnxEncoder(byte[] model) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            session = environment.createSession(model, options);
        }
    }

    /** Loads {@code /NAME.onnx} from the class path. */
    public static OnnxEncoder open(String name) {
        try (InputStream model = OnnxEncoder.class.getResourceAsStream(name + ".onnx")) {
            if (model == null) {
                throw new FileNotFoundException(name + ".onnx is not on the class path");
            }
            return new OnnxEncoder(model.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OrtException e) {
            throw new IllegalStateException("cannot load " + name, e);
        }
    }

    /** The last hidden states of one text, {@code tokens x hidden}, row after row. */
    public float[] hiddenStates(int[] ids) {
        long[] all = new long[ids.length];
        Arrays.fill(all, 1);
        long[] tokens = Arrays.stream(ids).asLongStream().toArray();
        try (OnnxTensor input = OnnxTensor.createTensor(environment, new long[][] {tokens});
                OnnxTensor mask = OnnxTensor.createTensor(environment, new long[][] {all});
                OnnxTensor types = OnnxTensor.createTensor(environment, new long[][] {new long[ids.length]});
                OrtSession.Result result = session.run(Map.of("input_ids", input, "attention_mask", mask, "token_type_ids", types))) {
            FloatBuffer states = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] entries = new float[states.remaining()];
            states.get(entries);
            return entries;
        } catch (OrtException e) {
            throw new IllegalStateException("cannot run the model on " + ids.length + " tokens", e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("cannot close the model", e);
        }
    }
}
