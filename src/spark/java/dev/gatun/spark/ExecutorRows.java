package dev.gatun.spark;

import dev.gatun.Workers;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/** Executors as the machines that compute the rows of a kernel: each pass is a job, which Spark's web page shows by what it does. */
final class ExecutorRows implements Workers.Machines {

    /** Tasks of a pass for each core, which share the work evenly. */
    private static final int TASKS_PER_CORE = 16;

    /** What a job group sets. */
    private static final List<String> JOB_PROPERTIES =
            List.of("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel");

    private final JavaSparkContext context;
    private final Broadcast<KernelPoints> points;
    private final KernelScores scores;
    private final AtomicInteger passes = new AtomicInteger();
    private final LongAccumulator parts;

    ExecutorRows(JavaSparkContext context, Broadcast<KernelPoints> points, KernelScores scores) {
        this.context = context;
        this.points = points;
        this.scores = scores;
        this.parts = context.sc().longAccumulator("kernel: parts of passes");
    }

    /** Consecutive parts of a pass. */
    private record Range(int first, int end) implements Serializable {
    }

    @Override
    public List<Serializable> run(Serializable request, int count) {
        int tasks = Math.min(count, Math.max(1, TASKS_PER_CORE * context.defaultParallelism()));
        List<Range> ranges = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            ranges.add(new Range((int) ((long) count * task / tasks), (int) ((long) count * (task + 1) / tasks)));
        }
        String application = context.sc().applicationId();
        Broadcast<KernelPoints> sent = points;
        KernelScores formed = scores;
        LongAccumulator done = parts;
        Map<String, String> callers = properties();
        context.setJobGroup(group(points), "kernel: pass %s %s".formatted(passes.incrementAndGet(), request));
        Broadcast<Serializable> broadcast = context.broadcast(request);
        try {
            return context.parallelize(ranges, tasks).map(range -> {
                Serializable result = ExecutorKernels.of(application, sent, formed).run(broadcast.value(), range.first, range.end);
                done.add(range.end - range.first);
                return result;
            }).collect();
        } finally {
            broadcast.destroy();
            callers.forEach(context::setLocalProperty);
        }
    }

    /** The group of all jobs of a kernel. */
    static String group(Broadcast<KernelPoints> points) {
        return "gatun-kernel-" + points.id();
    }

    /** The group and the description of the caller's own jobs. */
    private Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        for (String name : JOB_PROPERTIES) {
            properties.put(name, context.getLocalProperty(name));
        }
        return properties;
    }
}
