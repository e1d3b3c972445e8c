package dev.gatun.spark.cluster;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/** Kills an executor of a local cluster in the middle of a job, as a machine that fails would. */
public final class Killer extends SparkListener {

    private final int tasks;
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger removed = new AtomicInteger();

    private Killer(int tasks) {
        this.tasks = tasks;
    }

    /** Kills one when this many tasks have ended. */
    public static Killer after(SparkSession spark, int tasks) {
        Killer killer = new Killer(tasks);
        spark.sparkContext().addSparkListener(killer);
        return killer;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (ended.incrementAndGet() == tasks) {
            executor().orElseThrow().destroyForcibly();
        }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
        removed.incrementAndGet();
    }

    /** The number of executors that Spark has lost. */
    public int removed() {
        return removed.get();
    }

    private static Optional<ProcessHandle> executor() {
        return ProcessHandle.current().descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend")).findFirst();
    }
}
