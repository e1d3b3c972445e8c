package dev.gatun.io;

import java.util.Collection;
import java.util.stream.Collectors;

/** Says what a file has where something else was asked for. */
final class Available {

    private static final int NAMED = 8;

    private Available() {
    }

    /** A clause that lists the first few names. */
    static String of(Collection<String> names) {
        if (names.isEmpty()) {
            return "it has none";
        }
        int rest = names.size() - NAMED;
        return "it has " + names.stream().limit(NAMED).map(InputFile::quote).collect(Collectors.joining(", "))
                + (rest > 0 ? " and " + rest + " more" : "");
    }
}
