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
 * @param ofKernel   the time for each kernel
 * @param ofOperator the time for each operator
 * @param cases      the operators
 */
public record BenchPlan(Runnable warmUp, Supplier<KernelReport> machine, Duration ofKernel, Duration ofOperator,
                 List<BenchCase> cases) {

    private static final Duration WARM_UP = Duration.ofSeconds(8);

    /** All kernels and the usual operators, in about fifteen seconds, most of which are the warm-up. */
    public static BenchPlan usual() {
        return new BenchPlan(() -> Kernels.warmUp(128, 64, WARM_UP), Kernels::describe, Duration.ofMillis(250),
                Duration.ofMillis(1000),
                List.of(new BenchCase(OperatorName.ATTENTION, 8, 1024, 64),
                        new BenchCase(OperatorName.ATTENTION, 1, 4096, 64),
                        new BenchCase(OperatorName.DIFFUSION, 8, 1024, 64),
                        new BenchCase(OperatorName.MAGNETIC, 8, 1024, 64)));
    }
}
