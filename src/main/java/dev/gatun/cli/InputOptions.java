package dev.gatun.cli;

import picocli.CommandLine.Option;

/** The queries and keys that a command cannot do without. */
final class InputOptions {

    @Option(names = "--q", required = true, paramLabel = "Q", description = "Queries, (..., H, N, d).")
    private String q;

    @Option(names = "--k", required = true, paramLabel = "K",
            description = "Keys, (..., G, M, d); G divides H (grouped queries).")
    private String k;

    String q() {
        return q;
    }

    String k() {
        return k;
    }
}
