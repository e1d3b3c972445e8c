package dev.gatun.internal.format;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names from files, as messages show them. */
public final class Names {

    private static final int MAX_LENGTH = 60;
    private static final int MAX_LISTED = 8;

    private Names() {
    }

    /** A name in quotes, its end cut off if it is long. */
    public static String quote(String name) {
        return "'" + (name.length() <= MAX_LENGTH ? name : name.substring(0, MAX_LENGTH) + "...") + "'";
    }

    /** A clause that lists the first names that a file has, for a message about one that it has not. */
    public static String available(Collection<String> names) {
        if (names.isEmpty()) {
            return "it has none";
        }
        int rest = names.size() - MAX_LISTED;
        return "it has " + names.stream().limit(MAX_LISTED).map(Names::quote).collect(Collectors.joining(", "))
                + (rest > 0 ? " and " + rest + " more" : "");
    }
}
