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
 * Runtime's. Whatever a provider's interface lets a caller prepare once is prepared outside the timed call, its layout
 * of memory included. JMH runs parameters in the order of their names, the last varying fastest: with these names the
 * providers of one problem follow each other, so that a load that comes and goes falls on all of them. Every call is
 * timed by itself: read the median (p0.50), and on a machine with other work the least (p0.00).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class AttentionPeersBench {

    /** Heads, tokens and components. */
    @Param({"12x128x32", "8x512x64", "8x1024x64", "1x4096x64", "1x4096x128"})
    String inputs;

    @Param({"1", "2"})
    int threads;

    @Param({"gatun", "onnxruntime-mha", "onnxruntime-attention", "libtorch-sdpa"})
    String provider;

    private Provider attention;

    /** Makes the provider, and compares its result with another's. */
    @Setup
    public void open() {
        AttentionInputs tensors = AttentionInputs.normal(inputs);
        attention = attention(provider, tensors);
        String otherName = provider.equals("gatun") ? "onnxruntime-mha" : "gatun";
        try (Provider other = attention(otherName, tensors)) {
            other.run();
            attention.run();
            Agreement.require(provider, attention.result(), otherName, other.result());
        }
    }

    private Provider attention(String name, AttentionInputs tensors) {
        return switch (name) {
            case "gatun" -> new GatunAttention(tensors, threads);
            case "onnxruntime-mha" -> OnnxProvider.multiHeadAttention(tensors, threads);
            case "onnxruntime-attention" -> OnnxProvider.attention(tensors, threads);
            case "libtorch-sdpa" -> TorchProvider.attention(tensors, threads);
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
