package dev.gatun.spark;

import dev.gatun.cluster.RowWorker;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.broadcast.Broadcast;

/** The kernels of this executor: the first task that needs one copies its points and packs them, the others use the same. */
final class ExecutorKernels {

    /** Kernels that are kept: a solve uses one, and points take much memory. */
    private static final int KEPT = 2;

    private static final Map<Key, RowWorker> WORKERS = new LinkedHashMap<>(4, 1, true);

    private ExecutorKernels() {
    }

    private record Key(String application, long points, KernelScores scores) {
    }

    static RowWorker of(String application, Broadcast<KernelPoints> points, KernelScores scores) {
        synchronized (WORKERS) {
            Key key = new Key(application, points.id(), scores);
            RowWorker worker = WORKERS.get(key);
            if (worker == null) {
                try (Arena arena = Arena.ofConfined()) {
                    KernelPoints all = points.value();
                    worker = RowWorker.of(scores.of(all.q(arena), all.k(arena), all.within()));
                }
                WORKERS.put(key, worker);
                if (WORKERS.size() > KEPT) {
                    WORKERS.remove(WORKERS.keySet().iterator().next());
                }
            }
            return worker;
        }
    }
}
