package dev.gatun.bench;

import dev.gatun.ElementType;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Embeddings of all-MiniLM-L6-v2 by the library, with float32 and bfloat16 weights, by ONNX Runtime, with its float32 and its int8 model,
 * and by libtorch. A ragged batch is padded for the others.
 *
 * <p>Results are compared with those of the library in float32 first: the cosine is printed, and must be 0.9999999 for ONNX Runtime in
 * float32 and for libtorch, 0.9999 for bfloat16 weights and 0.9 for int8. {@link EncoderTable} divides the medians.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class EncoderBench {

    static final String OURS = "gatun";
    static final String OURS_BFLOAT16 = "gatun-bfloat16";
    static final String ONNX = "onnxruntime";
    static final String ONNX_INT8 = "onnxruntime-int8";
    static final String TORCH = "libtorch";

    /** Tokens of one text, or texts and the range of their tokens. */
    @Param({"4", "8", "16", "32", "64", "128", "256", "512", "32x8..128"})
    String batch;

    @Param({"1", "2"})
    int threads;

    @Param({OURS, OURS_BFLOAT16, ONNX, ONNX_INT8, TORCH})
    String provider;

    private Provider encoder;

    /** Makes the provider, and compares its result with ours. */
    @Setup
    public void open() {
        encoder = open(provider, batch, threads);
    }

    /** A provider whose result has been compared with ours. */
    static Provider open(String provider, String batch, int threads) {
        int[][] texts = EncoderInputs.texts(batch);
        Provider encoder = switch (provider) {
            case OURS -> new GatunEncoder(texts, threads, ElementType.FLOAT32);
            case OURS_BFLOAT16 -> new GatunEncoder(texts, threads, ElementType.BFLOAT16);
            case ONNX -> new OnnxTextEncoder(texts, threads, EncoderInputs.MODEL);
            case ONNX_INT8 -> new OnnxTextEncoder(texts, threads, EncoderInputs.INT8_MODEL);
            case TORCH -> new TorchTextEncoder(texts, threads, EncoderInputs.MODEL);
            default -> throw new IllegalArgumentException(provider);
        };
        if (!provider.equals(OURS)) {
            try (GatunEncoder ours = new GatunEncoder(texts, 1, ElementType.FLOAT32)) {
                ours.run();
                encoder.run();
                requireCosine(provider, ours.result(), encoder.result(), texts.length);
            }
        }
        return encoder;
    }

    private static double leastCosine(String provider) {
        return switch (provider) {
            case ONNX, TORCH -> 0.9999999;
            case OURS_BFLOAT16 -> 0.9999;
            default -> 0.9;
        };
    }

    private static void requireCosine(String provider, float[] ours, float[] others, int texts) {
        double least = 1;
        for (int text = 0; text < texts; text++) {
            double product = 0;
            for (int c = 0; c < ours.length / texts; c++) {
                int at = text * (ours.length / texts) + c;
                product += (double) ours[at] * others[at];
            }
            least = Math.min(least, product);
        }
        System.out.printf(Locale.ROOT, "1 - cosine of %s and %s: %.2g at most%n", OURS, provider, 1 - least);
        if (!(least >= leastCosine(provider))) {
            throw new IllegalStateException("the cosine of %s is %s".formatted(provider, least));
        }
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        encoder.close();
    }

    /** One call. */
    @Benchmark
    public void embed() {
        encoder.run();
    }
}
