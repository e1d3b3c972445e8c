package dev.gatun.bench;

import dev.gatun.Scores;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.Spectrum;
import java.lang.foreign.Arena;
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
 * The eight largest eigenpairs of one head's diffusion on one thread, by the library and by its peers in the same run.
 *
 * <p>The library begins at queries and keys, and so do {@code arpack-gemv}, which multiplies with the whole matrix, and
 * {@code arpack-symv}, which multiplies with one half of it; those with {@code solver} in their names and the dense solver have
 * the matrix ready. Peers compute in double precision. Eigenvalues are compared before they are timed. With these names the
 * providers of one problem follow each other, so that a load that comes and goes falls on all of them. Read the median (p0.50).
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class SpectrumPeersBench {

    /** How far eigenvalues may lie apart: entries of the library are floats. */
    private static final double TOLERANCE = 2e-5;

    /** A solver whose eigenvalues were compared with another's. */
    abstract static class Compared {
        private SpectrumProvider solver;

        void open(String name, SpectrumInputs inputs) {
            solver = solver(name, inputs);
            String otherName = name.equals("gatun") ? "arpack-symv" : "gatun";
            try (SpectrumProvider other = solver(otherName, inputs)) {
                other.run();
                solver.run();
                Agreement.require(name, solver.result(), otherName, other.result(), TOLERANCE);
            }
        }

        void run() {
            solver.run();
        }

        /** Closes what was opened. */
        @TearDown
        public void close() {
            solver.close();
        }
    }

    /** Solvers that know the matrix by its products. */
    @State(Scope.Benchmark)
    public static class Iterative extends Compared {

        /** Standard normal queries and keys, or points of a swiss roll. */
        @Param({"normal", "points"})
        String inputs;

        @Param({"64", "128", "256", "512", "1024", "4096"})
        int tokens;

        @Param({"gatun", "arpack-gemv", "arpack-symv", "arpack-gemv-solver", "arpack-symv-solver"})
        String provider;

        /** Makes the solver, and compares its eigenvalues with another's. */
        @Setup
        public void open() {
            open(provider, SpectrumInputs.of(inputs, tokens));
        }
    }

    /** The solver that finds all eigenpairs: beyond 1024 tokens it takes minutes. */
    @State(Scope.Benchmark)
    public static class Dense extends Compared {

        /** Standard normal queries and keys, or points of a swiss roll. */
        @Param({"normal", "points"})
        String inputs;

        @Param({"128", "1024"})
        int tokens;

        /** Makes the solver, and compares its eigenvalues with ours. */
        @Setup
        public void open() {
            open("ejml", SpectrumInputs.of(inputs, tokens));
        }
    }

    private static SpectrumProvider solver(String name, SpectrumInputs inputs) {
        return switch (name) {
            case "gatun" -> new GatunSpectrum(inputs);
            case "arpack-gemv" -> new ArpackSpectrum(inputs, true, true);
            case "arpack-symv" -> new ArpackSpectrum(inputs, false, true);
            case "arpack-gemv-solver" -> new ArpackSpectrum(inputs, true, false);
            case "arpack-symv-solver" -> new ArpackSpectrum(inputs, false, false);
            case "ejml" -> new DenseSpectrum(inputs);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The largest eigenpairs alone. */
    @Benchmark
    public void largest(Iterative compared) {
        compared.run();
    }

    /** All eigenpairs. */
    @Benchmark
    public void all(Dense compared) {
        compared.run();
    }

    /** The library's, from scores to eigenpairs. */
    private static final class GatunSpectrum implements SpectrumProvider {
        private final Arena arena = Arena.ofShared();
        private final Scores scores;
        private Spectrum spectrum;

        GatunSpectrum(SpectrumInputs inputs) {
            scores = inputs.scores(arena);
        }

        @Override
        public void run() {
            spectrum = Spectrum.of(scores.diffusion().conjugate(0), Eigenpairs.largest(SpectrumInputs.EIGENPAIRS));
        }

        @Override
        public double[] values() {
            return spectrum.values();
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
