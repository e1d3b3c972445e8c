package dev.gatun.cli.input;

import dev.gatun.cli.output.Fault;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The required queries and keys of a command, or scores in their place. */
public final class InputOptions {

    private static final String SCORES = "--scores";

    @Option(names = "--q", required = true, paramLabel = "Q", description = "Queries, (..., H, N, d).")
    private String q;

    @Option(names = "--k", required = true, paramLabel = "K",
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

    /** Makes queries and keys optional if {@code arguments} have scores in their place. */
    public static void allowScores(CommandLine commandLine, String... arguments) {
        if (Arrays.stream(arguments).noneMatch(argument -> argument.equals(SCORES) || argument.startsWith(SCORES + "="))) {
            return;
        }
        for (CommandLine command : commandLine.getSubcommands().values()) {
            CommandSpec spec = command.getCommandSpec();
            for (String name : List.of("--q", "--k")) {
                OptionSpec option = spec.findOption(name);
                if (option != null && option.required()) {
                    spec.remove(option);
                    spec.addOption(OptionSpec.builder(option).required(false).build());
                }
            }
        }
    }

    /**
     * Reads and checks the tensors.
     *
     * @param v the argument for the values, or null
     */
    public Inputs read(String v, Arena arena) {
        return Inputs.read(new Inputs.Files(q, k, v, scores, bias, across, layout.get()), arena);
    }

    public Layout layout() {
        return layout.get();
    }

    /** The arguments that name inputs, some of them null, followed by {@code others}. */
    public String[] with(String... others) {
        String[] all = Arrays.copyOf(new String[] {q, k, scores, bias}, 4 + others.length);
        System.arraycopy(others, 0, all, 4, others.length);
        return all;
    }

    /** @throws Fault unless scores are inner products of one sequence, which {@code what} needs, without a bias */
    public void requirePlain(String what) {
        String option = scores != null ? SCORES : bias != null ? "--bias" : across ? "--across" : null;
        if (option != null) {
            throw Fault.usage("%s: %s takes the queries and keys of one sequence, and their inner products alone", option, what);
        }
    }
}
