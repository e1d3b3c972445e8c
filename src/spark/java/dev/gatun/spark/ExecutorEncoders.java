package dev.gatun.spark;

import dev.gatun.encoder.TextEncoder;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkFiles;

/** The encoders of this executor: each model is loaded by the first task that needs it, and stays until the executor ends. */
final class ExecutorEncoders {

    private static final Map<CorpusModel, TextEncoder> LOADED = new ConcurrentHashMap<>();

    private ExecutorEncoders() {
    }

    /** The encoder of a model, which other tasks may use at the same time. */
    static TextEncoder of(CorpusModel model) {
        return LOADED.computeIfAbsent(model, absent -> TextEncoder.open(find(absent.path()), absent.options()));
    }

    private static Path find(String path) {
        Path given = Path.of(path);
        return given.isAbsolute() ? given : Path.of(SparkFiles.get(path));
    }
}
