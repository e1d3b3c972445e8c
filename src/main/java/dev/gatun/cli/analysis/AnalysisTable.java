package dev.gatun.cli.analysis;

import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.ScoreOptions;
import dev.gatun.cli.output.Figure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The table of {@code analyze}: a block for each head. At most 100 columns wide, ASCII. */
public final class AnalysisTable {

    private static final int WIDTH = 100;

    /** Tokens of the line on those that a chain visits most, and characters of each, about. */
    private static final int MAX_VISITED = 4;
    private static final int MAX_TOKEN = 12;

    private static final String ABSENT = "-";

    private static final String ROW = "  %-22s %9s %-4s %9s %-4s %9s %-4s %-20s %9s";

    private final Inputs inputs;

    public AnalysisTable(Inputs inputs) {
        this.inputs = inputs;
    }

    /** The first lines: the inputs and the parameters of the scores. */
    public String heading(String title, ScoreOptions scoring) {
        return String.format(Locale.ROOT, "%s: %s%s, beta %s%s%s, %d %s%n", title,
                size(inputs), products(scoring), Figure.ofSetting(scoring.beta()), inputs.across() ? ", across" : "",
                scoring.causal() ? ", causal" : "", scoring.threads(), scoring.threads() == 1 ? "thread" : "threads");
    }

    /** The inner products of the scores. */
    private String products(ScoreOptions scoring) {
        if (inputs.scores() != null) {
            return String.format(Locale.ROOT, "%nscores given outright");
        }
        int components = inputs.q().heads().columns();
        return String.format(Locale.ROOT, ", d = %d%nscale %s%s", components, Figure.ofSetting(scoring.scale(components)),
                inputs.bias() == null ? "" : ", bias " + inputs.bias().name());
    }

    /** The number of heads and of tokens. */
    static String size(Inputs inputs) {
        String heads = inputs.count() == 1 ? "1 head" : inputs.count() + " heads";
        return heads + (inputs.rows() == inputs.columns() ? " of " + inputs.rows() + " tokens"
                : " of " + inputs.rows() + " queries and " + inputs.columns() + " keys");
    }

    /** The block of one head. */
    public String block(HeadAnalysis head) {
        StringBuilder block = new StringBuilder("\n" + inputs.title(head.index()) + ": s from "
                + Figure.of(head.scores().min()) + " to " + Figure.of(head.scores().max()));
        if (!Double.isNaN(head.scores().negativeShare())) {
            block.append("; d < 0 for ").append(Figure.ofShare(head.scores().negativeShare())).append(" of pairs");
        }
        block.append('\n').append(head.dynamics() == null ? "" : chain(head.dynamics(), head.eta()));
        if (head.dynamics() != null && inputs.tokens() != null) {
            block.append(visited(head.dynamics().stationary().pi()));
        }
        block.append(row("operator", "rows", "", "columns", "", "asymmetry", "", "Sinkhorn", "time"));
        for (OperatorAnalysis operator : head.operators()) {
            block.append(row(operator));
        }
        return block.toString();
    }

    /** Attention as a Markov chain, on one line. */
    private static String chain(HeadDynamics dynamics, double eta) {
        List<String> figures = new ArrayList<>();
        if (dynamics.vacuous()) {
            figures.add("absorbed");
        } else {
            figures.add(dynamics.regime().label());
            figures.add("entropy " + Figure.of(dynamics.entropyProduction()));
            figures.add("current " + Figure.ofShare(dynamics.share()) + " of flow");
        }
        if (!Double.isNaN(eta)) {
            figures.add("curl " + Figure.of(dynamics.curlFraction()));
            figures.add("eta " + Figure.of(eta));
        }
        figures.add((dynamics.gapConverged() ? "gap " : "gap about ") + Figure.of(dynamics.spectralGap()));
        return "  as a chain: " + String.join(", ", figures) + "\n";
    }

    /** The tokens with the largest stationary probabilities, on one line. */
    private String visited(double[] pi) {
        List<String> tokens = IntStream.range(0, pi.length).boxed()
                .sorted(Comparator.comparingDouble((Integer token) -> -pi[token])).limit(MAX_VISITED)
                .map(token -> ascii(inputs.tokens().get(token)) + " (" + token + ") " + Figure.ofShare(pi[token])).toList();
        return "  most visited: " + String.join(", ", tokens) + "\n";
    }

    /** A token in ASCII, and no longer than fits. */
    private static String ascii(String token) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < token.length() && text.length() < MAX_TOKEN; i++) {
            char character = token.charAt(i);
            text.append(character > ' ' && character <= '~' ? character : String.format(Locale.ROOT, "\\u%04x", (int) character));
        }
        return text.toString();
    }

    private static String row(OperatorAnalysis operator) {
        return row(operator.name().label(),
                cell(operator.rowDeviation(), operator.expectsRows()), mark(operator.expectsRows(), operator, "row"),
                cell(operator.columnDeviation(), operator.expectsColumns()),
                mark(operator.expectsColumns(), operator, "column"),
                cell(operator.asymmetry(), operator.expectsBalance()),
                mark(operator.expectsBalance(), operator, "asymmetry"),
                sinkhorn(operator), Double.isNaN(operator.seconds()) ? ABSENT : Figure.ofSeconds(operator.seconds()));
    }

    /** NaN is a figure that does not exist, unless one is expected. */
    private static String cell(double value, boolean expected) {
        return Double.isNaN(value) && !expected ? ABSENT : Figure.of(value);
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, ROW, cells).stripTrailing() + "\n";
    }

    /** The mark after a figure that must vanish: whether it does. */
    private static String mark(boolean expected, OperatorAnalysis operator, String subject) {
        return !expected ? ""
                : operator.faults().stream().anyMatch(fault -> fault.startsWith(subject)) ? "FAIL" : "ok";
    }

    private static String sinkhorn(OperatorAnalysis operator) {
        return operator.solution() == null ? ""
                : operator.solution().status().label() + " " + operator.solution().iterations();
    }

    /** Lines of at most {@value #WIDTH} columns, broken between words; all but the first are indented. */
    public static String wrap(String sentence) {
        StringBuilder wrapped = new StringBuilder();
        int column = 0;
        for (String word : sentence.split(" ")) {
            if (column > 0 && column + 1 + word.length() > WIDTH) {
                wrapped.append("\n  ");
                column = 2;
            } else if (column > 0) {
                wrapped.append(' ');
                column++;
            }
            wrapped.append(word);
            column += word.length();
        }
        return wrapped.append('\n').toString();
    }

    /** The meaning of the columns. */
    public static String legend() {
        return """
                s              the smallest and the largest score of two tokens
                d < 0          how often d_ij = s_ii + s_jj - s_ij - s_ji, as if a squared distance, is negative
                rows, columns  largest |sum - 1| over the rows (columns) of the operator's float32 entries; "ok" if
                               the operator normalises them and this is at most 1e-05 (Sinkhorn: plus the tolerance;
                               columns of N queries and M keys then sum to N/M)
                asymmetry      largest |w_i P_ij - w_j P_ji|: for diffusion and magnetic (there with the conjugate)
                               w is the stationary distribution, its largest entry 1, and "ok" means that detailed
                               balance holds; for the others w = 1
                Sinkhorn       status and iterations of the solve for row and column sums of 1
                time           one product of the operator with the values of the head, median, after warm-up
                """;
    }

    /** The meaning of the line on dynamics. */
    public static String legendOfChains() {
        return """
                as a chain     attention as a Markov chain of up to 4096 tokens, from a token to those that it
                               attends to, at its stationary distribution: "equilibrium" if each step is as frequent
                               as its reverse, "ness" (nonequilibrium steady state) if currents flow in cycles,
                               "absorbed" if the chain ends in single tokens, as under a causal mask
                most visited   tokens of the largest stationary probability, with their places in the text
                entropy        production, nats per step: 0 in equilibrium; its exponential is the geometric mean of
                               the ratio of the probabilities of a step and its reverse
                current        the part of the flow between tokens that does not flow back; a head with less than
                               10% counts as near equilibrium
                curl           the part of the difference of the scores s_ij and s_ji that is no difference of
                               potentials of the tokens; without a mask attention is in equilibrium if and only if
                               it is 0
                eta            the symmetry of the scores: 1 if s_ij = s_ji for all, -1 if s_ij = -s_ji;
                               "circulation" scales the skew part
                gap            1 - |lambda_2|: near 1 if a step forgets the token it came from, near 0 if many steps
                               remember it
                """;
    }
}
