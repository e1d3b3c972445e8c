package dev.gatun.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.server.EmbeddingServer;
import dev.gatun.server.ServedEncoder;
import dev.gatun.server.ServedToken;
import dev.gatun.server.ServerOptions;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The HTTP server of this library with ONNX Runtime behind it. A batch is padded to its longest text, as its models want it.
 *
 * <pre>
 * java -cp bench/target/peers/benchmarks.jar dev.gatun.bench.OnnxServer MODEL.onnx PORT THREADS [BATCH_TOKENS BATCHES]
 * </pre>
 */
public final class OnnxServer implements ServedEncoder {

    private final ServedEncoder tokens;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    private OnnxServer(Path model, int threads) throws OrtException {
        this.tokens = ServedEncoder.of(TextEncoder.open(model));
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        this.session = environment.createSession(model.toString(), options);
    }

    /** Serves until it is stopped. */
    public static void main(String[] arguments) throws Exception {
        OnnxServer encoder = new OnnxServer(Path.of(arguments[0]), Integer.parseInt(arguments[2]));
        int batch = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 2048;
        ServerOptions options = ServerOptions.usual().withPort(Integer.parseInt(arguments[1])).withMaxBatch(batch, batch)
                .withBatchers(arguments.length > 4 ? Integer.parseInt(arguments[4]) : 1);
        try (EmbeddingServer server = EmbeddingServer.start(encoder, options)) {
            System.out.println("ONNX Runtime at " + server.address());
            Thread.currentThread().join();
        }
    }

    @Override
    public String name() {
        return tokens.name();
    }

    @Override
    public String pooling() {
        return "mean";
    }

    @Override
    public String weights() {
        return "float32";
    }

    @Override
    public int dimension() {
        return tokens.dimension();
    }

    @Override
    public int maxTokens() {
        return tokens.maxTokens();
    }

    @Override
    public int vocabulary() {
        return tokens.vocabulary();
    }

    @Override
    public Map<String, String> prompts() {
        return tokens.prompts();
    }

    @Override
    public int[] encode(String text) {
        return tokens.encode(text);
    }

    @Override
    public List<ServedToken> tokenize(String text) {
        return tokens.tokenize(text);
    }

    @Override
    public float[][] embed(int[] ids, int[] offsets) {
        int texts = offsets.length - 1;
        int longest = 0;
        for (int i = 0; i < texts; i++) {
            longest = Math.max(longest, offsets[i + 1] - offsets[i]);
        }
        long[] padded = new long[texts * longest];
        long[] mask = new long[texts * longest];
        for (int i = 0; i < texts; i++) {
            for (int t = offsets[i]; t < offsets[i + 1]; t++) {
                padded[i * longest + t - offsets[i]] = ids[t];
                mask[i * longest + t - offsets[i]] = 1;
            }
        }
        long[] shape = {texts, longest};
        try (OnnxTensor input = OnnxTensor.createTensor(environment, LongBuffer.wrap(padded), shape);
                OnnxTensor attention = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
                OnnxTensor types = OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[padded.length]), shape);
                OrtSession.Result result = session.run(Map.of("input_ids", input, "attention_mask", attention, "token_type_ids", types))) {
            return means(((OnnxTensor) result.get(0)).getFloatBuffer(), offsets, longest);
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private float[][] means(FloatBuffer states, int[] offsets, int longest) {
        float[][] rows = new float[offsets.length - 1][dimension()];
        float[] state = new float[dimension()];
        for (int i = 0; i < rows.length; i++) {
            int count = offsets[i + 1] - offsets[i];
            for (int t = 0; t < count; t++) {
                states.get((i * longest + t) * state.length, state);
                for (int c = 0; c < state.length; c++) {
                    rows[i][c] += state[c] / count;
                }
            }
        }
        return rows;
    }

    @Override
    public void normalise(float[] row) {
        tokens.normalise(row);
    }
}
