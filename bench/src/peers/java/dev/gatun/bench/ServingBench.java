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
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Attention under load: each thread of JMH ({@code -t}) sends one request after the other, of mixed lengths, and waits for its result.
 * {@link ServingTable} runs it for several numbers of callers.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ServingBench {

    @Param({"gatun", "onnxruntime-mha", "onnxruntime-attention"})
    String provider;

    /** Threads that one call may use. */
    @Param({"1", "2"})
    int threads;

    private ServingProvider serving;

    /** Makes the provider, and compares its results with another's. */
    @Setup
    public void open() {
        AttentionInputs[] requests = ServingRequests.all();
        serving = serving(provider, requests);
        String otherName = provider.equals("gatun") ? "onnxruntime-mha" : "gatun";
        try (ServingProvider other = serving(otherName, requests); ServingProvider.Caller ours = serving.caller();
                ServingProvider.Caller theirs = other.caller()) {
            for (int request = 0; request < requests.length; request++) {
                ours.run(request);
                theirs.run(request);
                Agreement.require(provider, ours.result(request), otherName, theirs.result(request));
            }
        }
    }

    private ServingProvider serving(String name, AttentionInputs[] requests) {
        return switch (name) {
            case "gatun" -> new GatunServing(requests, threads);
            case "onnxruntime-mha" -> OnnxServing.multiHeadAttention(requests, threads);
            case "onnxruntime-attention" -> OnnxServing.attention(requests, threads);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        serving.close();
    }

    /** One caller: it begins at a place of its own among the requests. */
    @State(Scope.Thread)
    public static class Requests {

        private ServingProvider.Caller caller;
        private int next;

        /** Makes what the caller has for itself. */
        @Setup
        public void open(ServingBench bench, ThreadParams place) {
            caller = bench.serving.caller();
            next = 17 * place.getThreadIndex() % ServingRequests.COUNT;
        }

        /** Closes it. */
        @TearDown
        public void close() {
            caller.close();
        }
    }

    /** One request. */
    @Benchmark
    public void request(Requests requests) {
        requests.caller.run(requests.next);
        requests.next = (requests.next + 1) % ServingRequests.COUNT;
    }
}
