package dev.gatun.cli.input;

import dev.gatun.cli.output.Console;
import dev.gatun.cli.output.Fault;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The queries and keys of a command; or scores, or a model and a text, in their place. */
public final class InputOptions {

    private static final String SCORES = "--scores";

    @Option(names = "--q", paramLabel = "Q", description = "Queries, (..., H, N, d).")
    private String q;

    @Option(names = "--k", paramLabel = "K",
            description = "Keys, (..., G, M, d); G divides H (grouped queries).")
    private String k;

    @Mixin
    private Layout.Choice layout;

    @Option(names = SCORES, paramLabel = "S",
            description = {"The scores themselves in place of queries and keys, (..., H, N, M);",
                "an entry of -inf forbids a pair, and a cost is minus a score."})
    private String scores;

    @Option(names = "--bias", paramLabel = "B",
            description = "Added to the scores, (..., H, N, M) or one for all heads; -inf forbids a pair.")
    private String bias;

    @Option(names = "--across",
            description = "Queries and keys are of different tokens: no token is compared with itself.")
    private boolean across;

    @Mixin
    private ModelOptions model;

    /**
     * Reads and checks the tensors.
     *
     * @param v       the argument for the values, or null
     * @param console is told of a model that is being fetched
     * @throws Fault also unless there are queries and keys, or scores or a model in their place
     */
    public Inputs read(String v, Arena arena, Console console) {
        check();
        if (model.given()) {
            Inputs heads = model.read(arena, console);
            return v == null ? heads : heads.withValues(NamedTensor.read(v, layout.get(), arena));
        }
        return Inputs.read(new Inputs.Files(q, k, v, scores, bias, across, layout.get()), arena);
    }

    /**
     * Reads and checks the tensors of a command that needs values: those given, or those of the model.
     *
     * @throws Fault also if there are none
     */
    public Inputs readWithValues(String v, Arena arena, Console console) {
        check();
        if (v == null && !model.given()) {
            throw Fault.usage("which values? --v names them");
        }
        return read(v, arena, console);
    }

    private void check() {
        model.check(q, k, scores, bias, across ? "" : null);
        if (!model.given() && scores == null && (q == null || k == null)) {
            throw Fault.usage("which queries and keys? Give --q and --k, or --scores, or --model and a text");
        }
    }

    /** Whether nothing was given to read. */
    public boolean none() {
        return q == null && k == null && scores == null && bias == null && !across && model.none();
    }

    /** @throws Fault unless there are queries and keys, or scores or a model in their place */
    public void requireAny(String command) {
        if (model.none() && scores == null && (q == null || k == null)) {
            throw Fault.usage("%s takes --q and --k, or --scores, with or without --v, or --model and a text, or none of them", command);
        }
    }

    public Layout layout() {
        return layout.get();
    }

    /** The arguments that name inputs, some of them null, followed by {@code others}. */
    public String[] with(String... others) {
        return Stream.of(Stream.of(q, k, scores, bias), model.files(), Arrays.stream(others)).flatMap(names -> names)
                .toArray(String[]::new);
    }

    /** @throws Fault unless scores are inner products of one sequence, which {@code what} needs, without a bias */
    public void requirePlain(String what) {
        String option = scores != null ? SCORES : bias != null ? "--bias" : across ? "--across" : null;
        if (option != null) {
            throw Fault.usage("%s: %s takes the queries and keys of one sequence, and their inner products alone", option, what);
        }
    }
}
