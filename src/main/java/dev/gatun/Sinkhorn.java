package dev.gatun;

import dev.gatun.internal.operator.CouplingTask;
import dev.gatun.internal.sinkhorn.SolveOptions;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.coupling.CouplingEntries;
import java.util.Arrays;
import java.util.Objects;

/**
 * The options of a Sinkhorn solve: tolerance, iterations, marginals, weights of soft marginals, memory, and trace. Immutable.
 *
 * <p>A solve computes the potentials of the coupling {@code Pi_ij = exp(z_ij + u_i + v_j)} with row sums mu and column sums nu (Sinkhorn
 * 1964). Unless marginals are given, {@code mu_i} is 1 and {@code nu_j} is {@code N / M}.
 */
public final class Sinkhorn {

    /** The default tolerance: the largest {@code |sum / target - 1|}. */
    public static final double DEFAULT_TOLERANCE = 1e-5;

    /** The default number of iterations that are allowed. */
    public static final int DEFAULT_ITERATIONS = 1000;

    /** The default memory for the kernel of one head, in bytes: 1 GB, enough for 16384 queries and keys. */
    public static final long DEFAULT_MEMORY = 1L << 30;

    /** Totals of masses below this have no overflow in any sum that is computed. */
    private static final double MAX_MASS = 1e305;

    /** Row and column marginals, one array for all heads or one for each; null for the default. */
    private record Marginals(double[][] rows, double[][] columns) {
        private static final Marginals UNIFORM = new Marginals(null, null);
    }

    /** The measure that a coupling is nearest to in the sense of KL, which sets the entropy term of the objective. */
    public enum Reference {
        /** The kernel {@code exp(z_ij)}: the term is {@code eps sum_ij Pi_ij (log Pi_ij - 1)}, POT's {@code reg_type="entropy"}. */
        KERNEL,
        /** {@code mu_i nu_j exp(z_ij)}: the term is {@code eps KL(Pi | mu nu')}, as in OTT and POT's {@code reg_type="kl"}. */
        MARGINALS
    }

    /** The weights of soft marginals, infinite to enforce them, and the reference of the entropy. */
    private record Relaxation(double rows, double columns, Reference reference) {
        private static final Relaxation NONE =
                new Relaxation(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Reference.KERNEL);

        boolean enforced() {
            return rows == Double.POSITIVE_INFINITY && columns == Double.POSITIVE_INFINITY;
        }
    }

    /** The memory for a kernel, in bytes, and whether its entries are stored as bfloat16. */
    private record Storage(long bytes, boolean bfloat16) {
        private static final Storage DEFAULT = new Storage(DEFAULT_MEMORY, false);
    }

    /** The tolerance, the number of passes, whether steps are accelerated, and the column potentials to start at; null for none. */
    private record Search(double tolerance, int maxIterations, boolean accelerated, double[][] start) {
    }

    private final Search search;
    private final Marginals marginals;
    private final Relaxation relaxation;
    private final Storage storage;
    private final boolean traced;

    private Sinkhorn(Search search, Marginals marginals, Relaxation relaxation, Storage storage, boolean traced) {
        if (storage.bfloat16 && !relaxation.enforced()) {
            throw new IllegalArgumentException(
                    "relaxed marginals are solved for in float64; bfloat16 entries are for enforced ones");
        }
        this.search = search;
        this.marginals = marginals;
        this.relaxation = relaxation;
        this.storage = storage;
        this.traced = traced;
    }

    private Sinkhorn with(Search newSearch) {
        return new Sinkhorn(newSearch, marginals, relaxation, storage, traced);
    }

    private Sinkhorn with(Storage newStorage) {
        return new Sinkhorn(search, marginals, relaxation, newStorage, traced);
    }

    private Sinkhorn with(Relaxation newRelaxation) {
        return new Sinkhorn(search, marginals, newRelaxation, storage, traced);
    }

    /**
     * Row sums of 1 and column sums of {@code N / M}, to the {@linkplain #DEFAULT_TOLERANCE default tolerance}.
     *
     * @return the options
     */
    public static Sinkhorn bistochastic() {
        return tolerance(DEFAULT_TOLERANCE);
    }

    /**
     * Row sums of 1 and column sums of {@code N / M}, until the largest {@code |sum / target - 1|} is at most {@code tolerance}. Entries
     * are float32, whose rounding may exceed a tolerance below about 5e-7.
     *
     * @param tolerance positive and finite
     * @return the options
     * @throws IllegalArgumentException if the tolerance is not positive and finite
     */
    public static Sinkhorn tolerance(double tolerance) {
        Checks.positiveFinite(tolerance, "tolerance");
        return new Sinkhorn(new Search(tolerance, DEFAULT_ITERATIONS, true, null), Marginals.UNIFORM, Relaxation.NONE,
                Storage.DEFAULT, false);
    }

    /**
     * With alternate fitting alone, without over-relaxation and Newton steps. The L1 errors of the marginals do not increase, but some
     * heads need hundreds of thousands of iterations. The solve takes all iterations that are allowed even if no finite potentials reach
     * the marginals, as under a causal mask.
     *
     * @return the changed options
     */
    public Sinkhorn plain() {
        return with(new Search(search.tolerance, search.maxIterations, false, search.start));
    }

    /**
     * With at most {@code iterations} passes over the whole kernel, and a few more if columns of the last one underflow.
     *
     * @param iterations at least 1
     * @return the changed options
     * @throws IllegalArgumentException if {@code iterations} is not positive
     */
    public Sinkhorn withMaxIterations(int iterations) {
        Checks.positive(iterations, "iterations");
        return with(new Search(search.tolerance, iterations, search.accelerated, search.start));
    }

    /**
     * With at most {@code bytes} for the kernel of each head that is being solved, which takes {@code 4 N M} rounded up to whole tiles. A
     * kernel that does not fit is not stored but computed in every pass, in memory of {@code 256 M} bytes.
     *
     * @param bytes 0 or more
     * @return the changed options
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public Sinkhorn withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must not be negative, but is %s bytes".formatted(bytes));
        }
        return with(new Storage(bytes, storage.bfloat16));
    }

    /**
     * With stored entries rounded to bfloat16: half the memory, and about 0.6 of the time of an iteration. The solve fits the rounded
     * entries, and the reported errors are those of the exact ones: about 1e-3 for a row with one large entry, and less for rows with more.
     * Use it with a tolerance of at least 1e-3, or a fixed number of iterations.
     *
     * @return the changed options
     * @throws IllegalArgumentException if marginals are relaxed
     */
    public Sinkhorn withBfloat16Storage() {
        return with(new Storage(storage.bytes, true));
    }

    /**
     * Starting at the potentials of an earlier result, which saves iterations if queries and keys have changed little.
     *
     * @param earlier a result of as many heads, rows and columns, which the solve checks
     * @return the changed options
     */
    public Sinkhorn startingAt(SinkhornResult earlier) {
        double[][] potentials = earlier.heads().stream().map(SinkhornSolution::v).toArray(double[][]::new);
        return with(new Search(search.tolerance, search.maxIterations, search.accelerated, potentials));
    }

    /**
     * With soft marginals, as in unbalanced optimal transport. The coupling minimises
     *
     * <pre>
     *   &lt;Pi, C&gt; + eps sum_ij Pi_ij (log Pi_ij - 1) + rows KL(Pi 1 | mu) + columns KL(Pi' 1 | nu)
     * </pre>
     *
     * with {@code C = -z / beta}, {@code eps = 1 / beta} and {@code KL(p | q) = sum p log(p / q) - p + q} (Chizat, Peyre, Schmitzer and
     * Vialard 2018), so weights are in units of scores like the cost. The totals of mu and nu may differ. The potentials are
     * {@code u_i = rows / (rows + eps) (log mu_i - log sum_j exp(z_ij + v_j))} and v likewise; errors are relative to the targets
     * {@code mu_i exp(-eps u_i / rows)} and {@code nu_j exp(-eps v_j / columns)}. {@link TransportFigures} has the terms of the objective
     * and their names in POT and OTT. A row or column with mass that sees no mass is zero; if its sum is enforced the problem is
     * infeasible.
     *
     * <p>The solve is in float64, by Newton steps on the dual. The log-kernel takes 8 bytes an entry and is stored if
     * {@link #withMemory} allows it; each worker takes 1 KB a column, and sums over groups of rows 256 bytes.
     *
     * @param rows    the weight rho_1 of the row marginals, positive; infinite to enforce them
     * @param columns the weight rho_2 of the column marginals likewise; not both are infinite
     * @return the changed options
     * @throws IllegalArgumentException if a weight is not positive, both are infinite, or entries are stored as bfloat16
     */
    public Sinkhorn relaxed(double rows, double columns) {
        if (!(rows > 0 && columns > 0) || rows == Double.POSITIVE_INFINITY && columns == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("weights of marginals must be positive and not both infinite, not %s and %s"
                    .formatted(rows, columns));
        }
        return with(new Relaxation(rows, columns, relaxation.reference));
    }

    /**
     * With the entropy of the coupling relative to {@code reference}; the default is {@link Reference#KERNEL}. Relative to the marginals
     * the coupling is that of the log-kernel {@code z_ij + log mu_i + log nu_j}. If both marginals are enforced only the objective changes.
     *
     * @param reference not null
     * @return the changed options
     * @throws NullPointerException if the reference is null
     */
    public Sinkhorn withReference(Reference reference) {
        Objects.requireNonNull(reference, "reference");
        return with(new Relaxation(relaxation.rows, relaxation.columns, reference));
    }

    /**
     * With a trace: {@link SinkhornSolution#trace()} lists the steps of the solve, each with its kind and the error of the column sums
     * after it. Neither the steps nor the result change. Without a trace nothing is recorded; a bridge records none. The call of a plan
     * with a trace still allocates nothing, but {@link HeadSolution#solution()} copies the steps.
     *
     * <p>The trace of a long solve is thinned out. Of each kind of step the first 64 are kept, and then those whose number within the
     * kind exceeds that of the last one kept by a tenth: of 200 000 plain iterations about 150.
     *
     * @return the changed options
     */
    public Sinkhorn withTrace() {
        return new Sinkhorn(search, marginals, relaxation, storage, true);
    }

    /** The marginals of head {@code head}, and the potentials that its solve begins at. */
    CouplingTask.Marginals marginals(int head, Scores scores) {
        return new CouplingTask.Marginals(rowMarginals(head, scores.count(), scores.rows()),
                columnMarginals(head, scores.count(), scores.rows(), scores.columns()), start(head, scores.count(), scores.columns()));
    }

    boolean isRelaxed() {
        return !relaxation.enforced();
    }

    Reference reference() {
        return relaxation.reference;
    }

    /** The memory for the kernel of a head, in bytes. */
    long memory() {
        return storage.bytes;
    }

    double rowRelaxation() {
        return relaxation.rows;
    }

    double columnRelaxation() {
        return relaxation.columns;
    }

    /** The column potentials, in natural units, to start at for head {@code head} of {@code count}; null for none. */
    double[] start(int head, int count, int columns) {
        if (search.start == null) {
            return null;
        }
        Checks.size(search.start.length, count, "heads of the earlier result");
        Checks.size(search.start[head].length, columns, "columns of the earlier result");
        return search.start[head];
    }

    /**
     * With the same row and column sums for every head. They are copied.
     *
     * @param mu row sums, N of them
     * @param nu column sums, M of them
     * @return the changed options
     * @throws IllegalArgumentException as {@link #withMarginals(double[][], double[][])} does
     */
    public Sinkhorn withMarginals(double[] mu, double[] nu) {
        return withMarginals(new double[][] {mu}, new double[][] {nu});
    }

    /**
     * With row and column sums for each head, or one array for all; null for the default. They are copied. Sums are finite and not
     * negative, and their total is positive and below 1e305. The totals of mu and nu, and those of each packed sequence, must agree to
     * the relative difference {@link #tolerance()} unless marginals are soft; otherwise the problem is infeasible.
     *
     * <p>Masses below 1e-26 or above 1e26, or with a ratio above 1e24, are solved for in the log domain: in float64, with a kernel that is
     * computed in every pass. Entries of the operator are float32. If those of a row or column are outside the range of float32 the solve
     * does not converge; its reason names the row or column, and its potentials still describe the coupling.
     *
     * @param mu row sums, one array of N or one for each head; null for 1 each
     * @param nu column sums, one array of M or one for each head; null for {@code N / M} each
     * @return the changed options
     * @throws IllegalArgumentException if a sum is negative or not finite, or a total is 0 or too large
     */
    public Sinkhorn withMarginals(double[][] mu, double[][] nu) {
        return new Sinkhorn(search, new Marginals(checked(mu, "mu"), checked(nu, "nu")), relaxation, storage, traced);
    }

    private static double[][] checked(double[][] marginals, String name) {
        if (marginals == null) {
            return null;
        }
        double[][] copy = new double[marginals.length][];
        for (int h = 0; h < copy.length; h++) {
            copy[h] = marginals[h].clone();
            double total = 0;
            for (int i = 0; i < copy[h].length; i++) {
                if (!(copy[h][i] >= 0 && copy[h][i] < Double.POSITIVE_INFINITY)) {
                    throw new IllegalArgumentException("%s holds %s at entry %s; masses must be finite and not negative"
                            .formatted(name, copy[h][i], i));
                }
                total += copy[h][i];
            }
            if (!(total > 0 && total < MAX_MASS)) {
                throw new IllegalArgumentException("%s has a total mass of %s; it must be positive and below %s"
                        .formatted(name, total, MAX_MASS));
            }
        }
        return copy;
    }

    /**
     * The tolerance.
     *
     * @return the largest {@code |sum / target - 1|} that counts as converged
     */
    public double tolerance() {
        return search.tolerance;
    }

    /**
     * The number of iterations that are allowed.
     *
     * @return at least 1
     */
    public int maxIterations() {
        return search.maxIterations;
    }

    /** The options of the solver of a head. */
    SolveOptions options() {
        return new SolveOptions(search.tolerance, search.maxIterations, search.accelerated, storage.bytes, storage.bfloat16,
                symmetricMarginals(), relaxation.rows, relaxation.columns, relaxation.reference == Reference.MARGINALS, traced);
    }

    /** @throws IllegalArgumentException if marginals or the potentials to start at have another shape */
    void requireFitting(int count, int rows, int columns) {
        for (int head = 0; head < count; head++) {
            rowMarginals(head, count, rows);
            columnMarginals(head, count, rows, columns);
            start(head, count, columns);
        }
    }

    /** The row marginals of head {@code head} of {@code count}. */
    double[] rowMarginals(int head, int count, int rows) {
        return chosen(marginals.rows, head, count, rows, 1, "mu");
    }

    /** The column marginals of head {@code head} of {@code count}. */
    double[] columnMarginals(int head, int count, int rows, int columns) {
        return chosen(marginals.columns, head, count, columns, (double) rows / columns, "nu");
    }

    private static double[] chosen(double[][] given, int head, int count, int length, double otherwise,
                                   String name) {
        if (given == null) {
            double[] uniform = new double[length];
            Arrays.fill(uniform, otherwise);
            return uniform;
        }
        if (given.length != 1 && given.length != count) {
            throw new IllegalArgumentException("%s is given for %s heads; there are %s"
                    .formatted(name, given.length, count));
        }
        double[] own = given[given.length == 1 ? 0 : head];
        Checks.size(own.length, length, "entries of " + name);
        return own;
    }

    /** Whether the marginals are the default ones, so that a symmetric kernel has a symmetric coupling. */
    boolean symmetricMarginals() {
        return marginals.equals(Marginals.UNIFORM);
    }
}
