package dev.gatun.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * ONNX Runtime under load: one session whose model takes any number of tokens, as a server shares it. Tensors lie over direct buffers and
 * are made once.
 */
final class OnnxServing implements ServingProvider {

    private final AttentionInputs[] requests;
    private final boolean interleaved;
    private final OrtSession session;
    private final Map<String, OnnxTensor>[] inputs;

    private OnnxServing(AttentionInputs[] requests, byte[] model, int threads, boolean interleaved) {
        this.requests = requests;
        this.interleaved = interleaved;
        try {
            this.session = OrtEnvironment.getEnvironment().createSession(model, OnnxProvider.options(threads));
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
        this.inputs = tensors();
    }

    /** {@code com.microsoft.MultiHeadAttention}. */
    static OnnxServing multiHeadAttention(AttentionInputs[] requests, int threads) {
        return new OnnxServing(requests, OnnxModel.multiHeadAttention(ServingRequests.HEADS, ServingRequests.DIMENSION), threads, true);
    }

    /** The standard's {@code Attention}. */
    static OnnxServing attention(AttentionInputs[] requests, int threads) {
        return new OnnxServing(requests, OnnxModel.attention(ServingRequests.HEADS, ServingRequests.DIMENSION), threads, false);
    }

    private long[] shape(AttentionInputs of) {
        return interleaved ? new long[] {1, of.tokens(), (long) of.heads() * of.dimension()}
                : new long[] {1, of.heads(), of.tokens(), of.dimension()};
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Map<String, OnnxTensor>[] tensors() {
        Map<String, OnnxTensor>[] tensors = new Map[requests.length];
        BiFunction<AttentionInputs, float[], OnnxTensor> input =
                (of, entries) -> OnnxProvider.input(interleaved ? of.interleaved(entries) : entries, shape(of));
        for (int request = 0; request < tensors.length; request++) {
            AttentionInputs of = requests[request];
            tensors[request] = Map.of("q", input.apply(of, of.q()), "k", input.apply(of, of.k()), "v", input.apply(of, of.v()));
        }
        return tensors;
    }

    @Override
    public Caller caller() {
        return new SessionCaller();
    }

    /** The caller's own memory for the result of each request. */
    private final class SessionCaller implements Caller {

        private final FloatBuffer memory =
                OnnxProvider.direct(new float[ServingRequests.HEADS * ServingRequests.LONGEST * ServingRequests.DIMENSION]);
        private final Map<String, OnnxTensor>[] outputs;

        @SuppressWarnings({"unchecked", "rawtypes"})
        SessionCaller() {
            outputs = new Map[requests.length];
            for (int request = 0; request < outputs.length; request++) {
                AttentionInputs of = requests[request];
                FloatBuffer out = memory.slice(0, of.q().length);
                try {
                    outputs[request] = Map.of("out", OnnxProvider.tensor(out, shape(of)));
                } catch (OrtException failure) {
                    throw new IllegalStateException(failure);
                }
            }
        }

        @Override
        public void run(int request) {
            try {
                session.run(inputs[request], outputs[request]).close();
            } catch (OrtException failure) {
                throw new IllegalStateException(failure);
            }
        }

        @Override
        public float[] result(int request) {
            float[] entries = new float[requests[request].q().length];
            memory.get(0, entries);
            return interleaved ? requests[request].separated(entries) : entries;
        }

        @Override
        public void close() {
            for (Map<String, OnnxTensor> output : outputs) {
                output.values().forEach(OnnxTensor::close);
            }
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
        for (Map<String, OnnxTensor> input : inputs) {
            input.values().forEach(OnnxTensor::close);
        }
    }
}
