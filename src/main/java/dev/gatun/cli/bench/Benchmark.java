package dev.gatun.cli.bench;

import dev.gatun.cli.output.Fault;
import dev.gatun.cli.output.Figure;
import dev.gatun.cli.output.Progress;
import dev.gatun.kernel.probe.CompiledPace;
import dev.gatun.kernel.probe.Measurement;
import dev.gatun.kernel.probe.Probe;
import dev.gatun.machine.KernelReport;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Runs a {@link BenchPlan} on the calling thread. */
public final class Benchmark {

    /** The names of the kernels, in the order of the table. */
    private static final Map<Probe.Kernel, String> NAMES = new EnumMap<>(Map.of(
            Probe.Kernel.SCORE_TILE, "score tile", Probe.Kernel.FLOAT64_SCORE_TILE, "score tile, float64",
            Probe.Kernel.VALUE_TILE, "value tile", Probe.Kernel.EXPONENTIALS, "exponentials",
            Probe.Kernel.FLOAT64_EXPONENTIALS, "exponentials, float64", Probe.Kernel.ROTATE, "rotate"));

    /** Runs of a kernel between two readings of the clock. */
    private static final int BATCH = 32;

    private static final double NANO = 1e-9;

    /** The share of the limit that everything exceeds once it is compiled to vector instructions. */
    private static final double MIN_SHARE = 0.05;

    private final BenchPlan plan;
    private final Progress progress;
    private final KernelReport machine;
    private final List<BenchFigure> limits = new ArrayList<>();
    private final List<BenchFigure> kernels = new ArrayList<>();
    private final List<BenchFigure> operators = new ArrayList<>();
    private int done;

    /** The number of measurements of a plan, for the progress. */
    public static int steps(BenchPlan plan) {
        return 3 + plan.pieces().size() + NAMES.size() + plan.cases().size();
    }

    /**
     * Measures everything.
     *
     * @throws Fault if the JVM does not compile vector code: the measurements would take hours
     * @throws Fault if a kernel or an operator is not compiled in the time given: its speed would be that of other code
     */
    public Benchmark(BenchPlan plan, Progress progress) {
        this.plan = plan;
        this.progress = progress;
        plan.warmUp().run();
        step();
        this.machine = plan.machine().get();
        if (!machine.vectorised()) {
            throw Fault.refused("bench: the kernels are not vectorised: %s", machine.reason());
        }
        step();
        double limit = measureLimits();
        NAMES.forEach((kernel, name) -> measure(kernel, name, limit));
        plan.cases().forEach(operator -> measure(operator, limit));
    }

    private void step() {
        progress.done(++done);
    }

    /** The limit of multiply-adds, in GFLOP/s: the larger of this measurement and that of the description of the machine. */
    private double measureLimits() {
        Probe probe = compiled(Probe.Kernel.MULTIPLY_ADDS, "multiply-adds", machine.multiplyAdds());
        double limit = Math.max(machine.multiplyAdds(), NANO * probe.operations() / seconds(probe));
        limits.add(BenchFigure.ofMultiplyAdds(limit));
        step();
        for (int bytes : plan.pieces()) {
            limits.add(measureRead(bytes));
            step();
        }
        limits.add(BenchFigure.ofRead("memory read", machine.read(), Double.NaN));
        return limit;
    }

    private BenchFigure measureRead(int bytes) {
        try (Arena arena = Arena.ofConfined()) {
            CacheRead read = new CacheRead(arena, bytes);
            return BenchFigure.ofRead(CacheRead.name(bytes), NANO * read.bytes() / median(read, plan.ofKernel()), bytes);
        }
    }

    private void measure(Probe.Kernel kernel, String name, double limit) {
        Probe probe = compiled(kernel, name, limit);
        double seconds = seconds(probe);
        kernels.add(new BenchFigure(name, List.of(), NANO * probe.items() / seconds, unit(name),
                NANO * probe.operations() / seconds / limit, probe.operations(), probe.bytes()));
        step();
    }

    private static String unit(String kernel) {
        return kernel.contains("tile") || kernel.contains("adds") ? BenchFigure.OPERATIONS : BenchFigure.ENTRIES;
    }

    /** A kernel on a whole tile, once it is compiled. */
    private Probe compiled(Probe.Kernel kernel, String name, double limit) {
        if (plan.patience().isZero()) {
            return kernel.fullTile();
        }
        Measurement measured = Measurement.of(kernel, plan.patience().toNanos(), MIN_SHARE * limit);
        if (!measured.compiled()) {
            throw Fault.refused("bench: %s is not compiled after %s seconds: it runs at %s %s and allocates %s bytes a call", name,
                    plan.patience().toSeconds(), Figure.of(measured.rate()), unit(name), measured.pace().allocated());
        }
        return measured.probe();
    }

    private double seconds(Probe probe) {
        Runnable batch = () -> {
            for (int run = 0; run < BATCH; run++) {
                probe.run();
            }
        };
        return median(batch, plan.ofKernel()) / BATCH;
    }

    private void measure(BenchCase operator, double limit) {
        try (Arena arena = Arena.ofConfined()) {
            Runnable call = operator.call(arena);
            awaitCompilation(operator, call, limit);
            double rate = NANO * operator.operations() / median(call, plan.ofOperator());
            operators.add(new BenchFigure(operator.operator().label(), operator.shape(), rate,
                    BenchFigure.OPERATIONS, rate / limit, operator.operations(), operator.bytes()));
        }
        step();
    }

    /** Calls an operator until it is as fast as compiled code. */
    private void awaitCompilation(BenchCase operator, Runnable call, double limit) {
        if (plan.patience().isZero()) {
            return;
        }
        CompiledPace pace = CompiledPace.awaitSpeed(call, plan.patience().toNanos(),
                NANO * operator.operations() / (MIN_SHARE * limit));
        if (!pace.compiled()) {
            throw Fault.refused("bench: %s is not compiled after %s seconds: it runs at %s %s", operator.operator().label(),
                    plan.patience().toSeconds(), Figure.of(NANO * operator.operations() / pace.seconds()), BenchFigure.OPERATIONS);
        }
    }

    /** The first quarter of the time is warm-up of this call. */
    private static double median(Runnable call, Duration time) {
        Stopwatch.of(time.dividedBy(4)).seconds(call);
        return Stopwatch.of(time.multipliedBy(3).dividedBy(4)).seconds(call);
    }

    /** The figures. */
    public BenchRun run() {
        return new BenchRun(BenchMachine.of(machine), limits, kernels, operators);
    }
}
