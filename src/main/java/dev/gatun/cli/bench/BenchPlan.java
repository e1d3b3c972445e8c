package dev.gatun.cli.bench;

import dev.gatun.cli.operator.OperatorName;
import dev.gatun.machine.KernelReport;
import dev.gatun.machine.Kernels;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * The measurements of {@code bench} and their duration.
 *
 * @param warmUp     makes the JVM compile the kernels
 * @param machine    describes the machine
 * @param patience   the longest wait for the compilation of each kernel and operator, in CPU time; zero to measure at once
 * @param ofKernel   the time for each kernel, and for each piece of memory
 * @param ofOperator the time for each operator
 * @param pieces     the bytes of the pieces of memory that are read again and again, the smallest first
 * @param cases      the operators
 */
public record BenchPlan(Runnable warmUp, Supplier<KernelReport> machine, Duration patience, Duration ofKernel,
                        Duration ofOperator, List<Integer> pieces, List<BenchCase> cases) {

    /** They fit into the first-, second- and third-level caches of current CPUs. */
    private static final List<Integer> PIECES = List.of(1 << 14, 1 << 18, 1 << 23);

    private static final Duration WARM_UP = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** All kernels and the usual operators: about fifteen seconds, half of which are the warm-up, and longer on a busy machine. */
    public static BenchPlan usual() {
        return new BenchPlan(() -> Kernels.warmUp(128, 64, WARM_UP), Kernels::describe, PATIENCE,
                Duration.ofMillis(250), Duration.ofMillis(1000), PIECES,
                List.of(new BenchCase(OperatorName.ATTENTION, 8, 1024, 64),
                        new BenchCase(OperatorName.ATTENTION, 1, 4096, 64),
                        new BenchCase(OperatorName.DIFFUSION, 8, 1024, 64),
                        new BenchCase(OperatorName.MAGNETIC, 8, 1024, 64)));
    }
}
