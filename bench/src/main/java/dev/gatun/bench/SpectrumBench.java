package dev.gatun.bench;

import dev.gatun.Conjugate;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.Spectrum;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
 * The eight largest eigenpairs of one head, from queries and keys outside the heap to eigenvalues and eigenvectors.
 *
 * <p>Points are queries and keys alike: the phases of their magnetic diffusion are a gauge, and its eigenvalues are those of
 * diffusion.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class SpectrumBench {

    private static final double CHARGE = 0.5;

    @Param({"diffusion", "magnetic"})
    String operator;

    /** Standard normal queries and keys, or points of a swiss roll. */
    @Param({"normal", "points"})
    String inputs;

    @Param({"64", "128", "256", "512", "1024", "4096"})
    int tokens;

    @Param("1")
    int threads;

    private Arena arena;
    private ExecutorService executor;
    private Supplier<Conjugate> conjugate;

    /** Makes inputs, and says how long the solve is. */
    @Setup
    public void open() {
        arena = Arena.ofShared();
        executor = Executors.newFixedThreadPool(threads);
        Scores scores = SpectrumInputs.of(inputs, tokens).scores(arena).withWorkers(Workers.of(executor, threads));
        conjugate = conjugate(scores);
        Spectrum spectrum = eigenpairs();
        System.out.printf("%d products, eigenvalues from %.4f down to %.4f%n", spectrum.products(), spectrum.value(0),
                spectrum.value(spectrum.count() - 1));
    }

    private Supplier<Conjugate> conjugate(Scores scores) {
        return switch (operator) {
            case "diffusion" -> () -> scores.diffusion().conjugate(0);
            case "magnetic" -> () -> scores.magnetic(CHARGE).conjugate(0);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        executor.shutdown();
        arena.close();
    }

    /** One solve. */
    @Benchmark
    public Spectrum eigenpairs() {
        return Spectrum.of(conjugate.get(), Eigenpairs.largest(SpectrumInputs.EIGENPAIRS));
    }
}
