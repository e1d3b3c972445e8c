package dev.gatun.internal.weights;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What ONNX Runtime makes of an encoder's file. */
final class OnnxRun {

    private OnnxRun() {
    }

    /** The first output for one text without padding. */
    static float[][] states(Path model, long[] ids, long[] types) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            try (OrtSession session = environment.createSession(model.toString(), options)) {
                long[] attended = new long[ids.length];
                Arrays.fill(attended, 1);
                Map<String, OnnxTensor> inputs = new HashMap<>();
                inputs.put("input_ids", OnnxTensor.createTensor(environment, new long[][] {ids}));
                inputs.put("attention_mask", OnnxTensor.createTensor(environment, new long[][] {attended}));
                inputs.put("token_type_ids", OnnxTensor.createTensor(environment, new long[][] {types}));
                inputs.keySet().retainAll(session.getInputNames());
                try (OrtSession.Result result = session.run(inputs)) {
                    return ((float[][][]) result.get(0).getValue())[0];
                }
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
