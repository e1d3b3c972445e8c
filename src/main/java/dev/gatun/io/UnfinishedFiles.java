package dev.gatun.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The temporary files being written now: deleted if the process is told to stop before they are finished. */
final class UnfinishedFiles {

    private static final Set<Path> PATHS = ConcurrentHashMap.newKeySet();

    static {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(UnfinishedFiles::deleteAll, "gatun-unfinished-files"));
        } catch (IllegalStateException stopping) {
            // The process stops already: whoever writes now deletes for himself.
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
                // Nobody is left to be told.
            }
        }
    }
}
