package dev.gatun.bench;

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
 * Attention of the library and of its native peers, on the same inputs in the same run.
 *
 * <p>Each provider's result is compared with another's before it is timed: the peers' with ours, ours with ONNX
 * Runtime's. Everything a provider's interface lets a caller prepare once is prepared outside the timed call, its memory
 * layout included.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class AttentionPeersBench {

    /** Heads, tokens and components. */
    @Param({"12x128x32", "8x512x64", "8x1024x64", "1x4096x64", "1x4096x128"})
    String shape;

    @Param({"1", "2"})
    int threads;

    @Param({"gatun", "onnxruntime-mha", "onnxruntime-attention", "libtorch-sdpa"})
    String provider;

    private Attention attention;

    /** Makes the provider, and compares its result with another's. */
    @Setup
    public void open() {
        AttentionInputs inputs = AttentionInputs.normal(shape);
        attention = attention(provider, inputs);
        String otherName = provider.equals("gatun") ? "onnxruntime-mha" : "gatun";
        try (Attention other = attention(otherName, inputs)) {
            other.run();
            attention.run();
            Agreement.require(provider, attention.result(), otherName, other.result());
        }
    }

    private Attention attention(String name, AttentionInputs inputs) {
        return switch (name) {
            case "gatun" -> new GatunAttention(inputs, threads);
            case "onnxruntime-mha" -> OnnxAttention.multiHead(inputs, threads);
            case "onnxruntime-attention" -> OnnxAttention.standard(inputs, threads);
            case "libtorch-sdpa" -> new TorchAttention(inputs, threads);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        attention.close();
    }

    /** One call of attention. */
    @Benchmark
    public void attention() {
        attention.run();
    }
}
