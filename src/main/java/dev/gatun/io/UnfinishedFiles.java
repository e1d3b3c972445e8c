package dev.gatun.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The temporary files that are being written. They are deleted if the process exits before they are finished. */
final class UnfinishedFiles {

    private static final Set<Path> PATHS = ConcurrentHashMap.newKeySet();

    static {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(UnfinishedFiles::deleteAll, "gatun-unfinished-files"));
        } catch (IllegalStateException stopping) {
            // The process is exiting: the writer deletes its own file.
        }
    }

    private UnfinishedFiles() {
    }

    static void add(Path path) {
        PATHS.add(path);
    }

    static void remove(Path path) {
        PATHS.remove(path);
    }

    private static void deleteAll() {
        for (Path path : PATHS) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException left) {
                // Nobody can be told any more.
            }
        }
    }
}
