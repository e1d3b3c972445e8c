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
 * A ragged batch by the library, and padded to its longest sequence by ONNX Runtime: by either of its operators with a mask of the
 * padding where there is any, and without the mask, where padding counts as tokens. The latter is a bound: its result is of no use.
 *
 * <p>Results are compared first. Read the least (p0.00) on a machine with other work.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class RaggedPeersBench {

    /** As in {@link RaggedBench}. */
    @Param({"8x64", "32x8..256"})
    String batch;

    @Param({"1", "2"})
    int threads;

    @Param({"gatun", "onnxruntime-mha", "onnxruntime-attention", "onnxruntime-mha-unmasked", "onnxruntime-attention-unmasked"})
    String provider;

    private GatunRagged ours;
    private Provider peer;

    /** Makes the provider, and compares its result with ours. */
    @Setup
    public void open() {
        RaggedInputs inputs = RaggedInputs.normal(batch);
        ours = new GatunRagged(inputs, threads);
        if (provider.equals("gatun")) {
            return;
        }
        boolean masked = !provider.endsWith("-unmasked") && inputs.total() < inputs.lengths().length * inputs.longest();
        peer = provider.startsWith("onnxruntime-mha") ? OnnxProvider.multiHeadAttention(inputs, threads, masked)
                : OnnxProvider.attention(inputs, threads, masked);
        if (!provider.endsWith("-unmasked")) {
            ours.run();
            peer.run();
            Agreement.require("gatun", ours.result(), provider, peer.result());
        }
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        ours.close();
        if (peer != null) {
            peer.close();
        }
    }

    /** One call. */
    @Benchmark
    public void attention() {
        if (peer == null) {
            ours.run();
        } else {
            peer.run();
        }
    }
}
