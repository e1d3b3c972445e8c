package dev.gatun.cli;

import java.lang.foreign.Arena;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The queries and keys that a command cannot do without. */
final class InputOptions {

    @Option(names = "--q", required = true, paramLabel = "Q", description = "Queries, (..., H, N, d).")
    private String q;

    @Option(names = "--k", required = true, paramLabel = "K",
            description = "Keys, (..., G, M, d); G divides H (grouped queries).")
    private String k;

    @Mixin
    private Layout.Choice layout;

    /**
     * Reads and checks the tensors.
     *
     * @param v the argument for the values, or null
     */
    Inputs read(String v, Arena arena) {
        return Inputs.read(q, k, v, layout.get(), arena);
    }

    Layout layout() {
        return layout.get();
    }

    String q() {
        return q;
    }

    String k() {
        return k;
    }
}
