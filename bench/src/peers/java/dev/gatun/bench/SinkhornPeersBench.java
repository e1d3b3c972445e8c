package dev.gatun.bench;

import dev.gatun.kernel.SinkhornIterations;
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
 * Twenty full iterations of Sinkhorn from queries and keys on one thread, by the library and by its peers in the same run: on
 * logarithms, as real heads need them, and on exponentials, which overflow on scores of several hundred.
 *
 * <p>Column potentials are compared before they are timed. With these names the providers of one problem follow each other, so
 * that a load that comes and goes falls on all of them. Read the median (p0.50).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class SinkhornPeersBench {

    /** Tokens and components. */
    @Param({"512x64", "1024x64", "2048x64", "4096x64"})
    String inputs;

    @Param({"gatun", "onnxruntime-log", "libtorch-log", "java-log", "onnxruntime-exp", "libtorch-exp"})
    String provider;

    private Provider sinkhorn;

    /** Makes the provider, and compares its result with ours, or ours with ONNX Runtime's. */
    @Setup
    public void open() {
        SinkhornInputs head = SinkhornInputs.normal(inputs);
        sinkhorn = sinkhorn(provider, head);
        String otherName = provider.equals("gatun") ? "onnxruntime-log" : "gatun";
        try (Provider other = sinkhorn(otherName, head)) {
            other.run();
            sinkhorn.run();
            Agreement.require(provider, centred(sinkhorn.result()), otherName, centred(other.result()));
        }
    }

    private static Provider sinkhorn(String name, SinkhornInputs inputs) {
        return switch (name) {
            case "gatun" -> new GatunSinkhorn(inputs);
            case "onnxruntime-log" -> OnnxProvider.sinkhorn(OnnxModel.sinkhornOfLogarithms(inputs), inputs);
            case "onnxruntime-exp" -> OnnxProvider.sinkhorn(OnnxModel.sinkhornOfExponentials(inputs), inputs);
            case "libtorch-log" -> TorchProvider.sinkhorn(TorchScript.sinkhornOfLogarithms(), inputs);
            case "libtorch-exp" -> TorchProvider.sinkhorn(TorchScript.sinkhornOfExponentials(), inputs);
            case "java-log" -> new JavaSinkhorn(inputs);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static float[] centred(float[] potential) {
        double mean = 0;
        for (float p : potential) {
            mean += p / (double) potential.length;
        }
        float[] centred = new float[potential.length];
        for (int j = 0; j < centred.length; j++) {
            centred[j] = (float) (potential[j] - mean);
        }
        return centred;
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        sinkhorn.close();
    }

    /** Scores and iterations. */
    @Benchmark
    public void sinkhorn() {
        sinkhorn.run();
    }

    /** The library's kernels, for a number of iterations that no tolerance ends. */
    private static final class GatunSinkhorn implements Provider {
        private final SinkhornIterations iterations;

        GatunSinkhorn(SinkhornInputs inputs) {
            iterations = new SinkhornIterations(inputs.tokens(), inputs.dimension(), inputs.q(), inputs.k(),
                    SinkhornInputs.SCALE);
        }

        @Override
        public void run() {
            iterations.run(SinkhornInputs.ITERATIONS);
        }

        @Override
        public float[] result() {
            return iterations.columnPotentials();
        }

        @Override
        public void close() {
        }
    }
}
