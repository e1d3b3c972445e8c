package dev.gatun.cli.input;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.cli.output.Fault;
import java.lang.foreign.Arena;
import picocli.CommandLine.Option;

/** The options of scores: scale, inverse temperature and masks; and the number of threads. */
public final class ScoreOptions {

    private static final int MAX_THREADS = 1024;

    @Option(names = "--scale", paramLabel = "TAU", description = "Factor of the scores, s = TAU <q, k> (1/sqrt(d)).")
    private Double scale;

    @Option(names = "--beta", paramLabel = "BETA", description = "Inverse temperature (1).")
    private double beta = 1;

    @Option(names = "--causal", description = "Query i sees keys j <= i + M - N only.")
    private boolean causal;

    @Option(names = "--zero-diagonal", description = "No token sees itself.")
    private boolean zeroDiagonal;

    @Option(names = "--threads", paramLabel = "T",
            description = "Threads that share the work (all processors); results do not depend on it.")
    private int threads = Runtime.getRuntime().availableProcessors();

    /** @throws Fault if a number is out of its range */
    public void check() {
        requirePositive("--beta", beta);
        if (scale != null) {
            requirePositive("--scale", scale);
            requirePositive("--beta times --scale", beta * scale);
        }
        if (threads < 1 || threads > MAX_THREADS) {
            throw Fault.usage("--threads must be 1 to %d, not %d", MAX_THREADS, threads);
        }
    }

    /** @throws Fault unless the value of an option is positive and finite */
    public static void requirePositive(String option, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw Fault.usage("%s must be positive and finite, not %s", option, value);
        }
    }

    /** @throws Fault unless the value of an option is finite */
    public static void requireFinite(String option, double value) {
        if (!Double.isFinite(value)) {
            throw Fault.usage("%s must be finite, not %s", option, value);
        }
    }

    /**
     * The scores of a run of heads.
     *
     * @throws Fault if a scale was given for scores in place of queries and keys
     */
    public Scores scores(HeadRun run, Workers workers) {
        if (run.k() == null && scale != null) {
            throw Fault.usage("--scale: scores that are given outright have none; --beta multiplies them");
        }
        Scores scores = scores(run).withBeta(beta).withWorkers(workers);
        scores = scale == null ? scores : scores.withScale(scale);
        scores = run.bias() == null ? scores : scores.withBias(run.bias());
        scores = causal ? scores.withCausalMask() : scores;
        return zeroDiagonal ? scores.withZeroDiagonal() : scores;
    }

    /** The scores of one head as a matrix: those given, or inner products with their bias. Masks leave it as it is. */
    public Matrix entries(HeadRun head, Arena arena) {
        if (head.k() == null) {
            return head.q().matrix(0);
        }
        Matrix q = head.q().matrix(0);
        Matrix k = head.k().matrix(0);
        Matrix entries = Matrix.allocate(arena, q.rows(), k.rows());
        for (int i = 0; i < q.rows(); i++) {
            for (int j = 0; j < k.rows(); j++) {
                double added = head.bias() == null ? 0 : head.bias().matrix(0).get(i, j);
                entries.set(i, j, (float) (scale(q.columns()) * product(q, i, k, j) + added));
            }
        }
        return entries;
    }

    private static double product(Matrix q, int i, Matrix k, int j) {
        double product = 0;
        for (int c = 0; c < q.columns(); c++) {
            product += (double) q.get(i, c) * k.get(j, c);
        }
        return product;
    }

    private static Scores scores(HeadRun run) {
        if (run.k() == null) {
            return run.across() ? Scores.acrossEntries(run.q()) : Scores.ofEntries(run.q());
        }
        return run.across() ? Scores.across(run.q(), run.k()) : Scores.of(run.q(), run.k());
    }

    /** The factor of inner products of {@code components} components. */
    public double scale(int components) {
        return scale == null ? 1 / Math.sqrt(components) : scale;
    }

    /** The factor as given, or 1. */
    public double factor() {
        return scale == null ? 1 : scale;
    }

    public double beta() {
        return beta;
    }

    public boolean causal() {
        return causal;
    }

    /** Whether no token sees itself. */
    public boolean zeroDiagonal() {
        return zeroDiagonal;
    }

    /** Whether the masks hide every key from one of {@code tokens} tokens. */
    public boolean hidesEveryKey(int tokens) {
        return zeroDiagonal && (causal || tokens == 1);
    }

    public int threads() {
        return threads;
    }
}
