package dev.gatun.spark;

import dev.gatun.Workers;
import dev.gatun.cluster.RowWorker;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple2;

/** Executors as the machines that compute the rows of a kernel: each pass is a job, which Spark's web page shows by what it does. */
final class ExecutorRows implements Workers.Machines {

    /** Tasks of a pass for each core, which share the work evenly. */
    private static final int TASKS_PER_CORE = 16;

    /** Bytes of sums that executors may send to the driver in a pass: its memory and its network are those of one machine. */
    private static final long DRIVER_BYTES = 64 << 20;

    /** Results that an executor adds at a time, a power of two. */
    private static final int FAN_IN = 8;

    /** What a job group sets. */
    private static final List<String> JOB_PROPERTIES =
            List.of("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel");

    private final JavaSparkContext context;
    private final Broadcast<KernelPoints> points;
    private final KernelScores scores;
    private final long driverBytes;
    private final AtomicInteger passes = new AtomicInteger();
    private final LongAccumulator parts;

    ExecutorRows(JavaSparkContext context, Broadcast<KernelPoints> points, KernelScores scores) {
        this(context, points, scores, DRIVER_BYTES);
    }

    /** @param driverBytes bytes of sums from which on executors add them before they send them to the driver */
    ExecutorRows(JavaSparkContext context, Broadcast<KernelPoints> points, KernelScores scores, long driverBytes) {
        this.context = context;
        this.points = points;
        this.scores = scores;
        this.driverBytes = driverBytes;
        this.parts = context.sc().longAccumulator("kernel: parts of passes");
    }

    /** Consecutive parts of a pass. */
    private record Range(int first, int end) implements Serializable {
    }

    @Override
    public List<Serializable> run(Serializable request, int count) {
        List<Range> ranges = ranges(count, TASKS_PER_CORE * context.defaultParallelism());
        String application = context.sc().applicationId();
        Broadcast<KernelPoints> sent = points;
        KernelScores formed = scores;
        LongAccumulator done = parts;
        Map<String, String> callers = properties();
        context.setJobGroup(group(points), "kernel: pass %s %s".formatted(passes.incrementAndGet(), request));
        Broadcast<Serializable> broadcast = context.broadcast(request);
        try {
            JavaPairRDD<Integer, Serializable> results = context.parallelize(ranges, ranges.size()).mapToPair(range -> {
                Serializable result = ExecutorKernels.of(application, sent, formed).run(broadcast.value(), range.first, range.end);
                done.add(range.end - range.first);
                return new Tuple2<>(range.first, result);
            });
            return joined(results, ranges, RowWorker.sumBytes(request)).values().collect();
        } finally {
            broadcast.destroy();
            callers.forEach(context::setLocalProperty);
        }
    }

    /** Ranges of a power of two parts, whose sums are then one array each. */
    private static List<Range> ranges(int count, int most) {
        int least = Math.max(1, (count + most - 1) / most);
        int length = Integer.highestOneBit(2 * least - 1);
        List<Range> ranges = new ArrayList<>();
        for (int first = 0; first < count; first += length) {
            ranges.add(new Range(first, Math.min(count, first + length)));
        }
        return ranges;
    }

    /** Has executors add the sums of a few ranges each, until the driver may have those that are left, or one is left. */
    private JavaPairRDD<Integer, Serializable> joined(JavaPairRDD<Integer, Serializable> results, List<Range> ranges, long sumBytes) {
        JavaPairRDD<Integer, Serializable> left = results;
        int length = ranges.getFirst().end;
        for (int count = ranges.size(); count > 1 && count * sumBytes > driverBytes; count = (count + FAN_IN - 1) / FAN_IN) {
            int joined = FAN_IN * length;
            left = left.mapToPair(result -> new Tuple2<>(result._1 / joined, result._2)).groupByKey((count + FAN_IN - 1) / FAN_IN)
                    .mapToPair(group -> new Tuple2<>(joined * group._1, joined(group._2)));
            length = joined;
        }
        return left;
    }

    private static Serializable joined(Iterable<Serializable> results) {
        return RowWorker.joined(StreamSupport.stream(results.spliterator(), false).toList()).getFirst();
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
