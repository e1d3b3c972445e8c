package dev.gatun;

import dev.gatun.internal.sinkhorn.SolveOptions;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.pass.CouplingEntries;
import java.util.Arrays;
import java.util.Objects;

/**
 * What to ask of a Sinkhorn solve: tolerance, iterations and marginals. Immutable.
 *
 * <p>Unless marginals are given each row is to sum to 1 and each column to {@code N / M}.
 */
public final class Sinkhorn {

    /** The tolerance unless set: the largest {@code |sum / target - 1|}. */
    public static final double DEFAULT_TOLERANCE = 1e-5;

    /** The iterations allowed unless set. */
    public static final int DEFAULT_ITERATIONS = 1000;

    /** The memory for one head's kernel unless set: 1 GB, for 16384 queries and keys. */
    public static final long DEFAULT_MEMORY = 1L << 30;

    /** Totals of masses below this stay finite in whatever is computed of them. */
    private static final double MAX_MASS = 1e305;

    /** Row and column sums asked for, one array for all heads or one for each; null for the default. */
    private record Marginals(double[][] rows, double[][] columns) {
        private static final Marginals UNIFORM = new Marginals(null, null);
    }

    /** What the entropy of a coupling is relative to: what it is where there is neither cost nor marginal. */
    public enum Reference {
        /** The kernel {@code exp(z_ij)}: the term is {@code eps sum_ij Pi_ij (log Pi_ij - 1)}, POT's {@code reg_type="entropy"}. */
        KERNEL,
        /** {@code mu_i nu_j exp(z_ij)}: the term is {@code eps KL(Pi | mu nu')}, as in OTT and POT's {@code reg_type="kl"}. */
        MARGINALS
    }

    /** The weights of relaxed marginals, infinite to enforce them, and what the entropy is relative to. */
    private record Relaxation(double rows, double columns, Reference reference) {
        private static final Relaxation NONE =
                new Relaxation(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Reference.KERNEL);

        boolean enforced() {
            return rows == Double.POSITIVE_INFINITY && columns == Double.POSITIVE_INFINITY;
        }
    }

    /** Bytes for a kernel, and whether its entries are stored as bfloat16. */
    private record Storage(long bytes, boolean bfloat16) {
        private static final Storage DEFAULT = new Storage(DEFAULT_MEMORY, false);
    }

    /** What to reach, in how many passes, by which steps, and the column potentials to begin at; null for none. */
    private record Search(double tolerance, int maxIterations, boolean accelerated, double[][] start) {
    }

    private final Search search;
    private final Marginals marginals;
    private final Relaxation relaxation;
    private final Storage storage;

    private Sinkhorn(Search search, Marginals marginals, Relaxation relaxation, Storage storage) {
        if (storage.bfloat16 && !relaxation.enforced()) {
            throw new IllegalArgumentException(
                    "relaxed marginals are solved for in float64; bfloat16 entries are for enforced ones");
        }
        this.search = search;
        this.marginals = marginals;
        this.relaxation = relaxation;
        this.storage = storage;
    }

    private Sinkhorn with(Search newSearch) {
        return new Sinkhorn(newSearch, marginals, relaxation, storage);
    }

    private Sinkhorn with(Storage newStorage) {
        return new Sinkhorn(search, marginals, relaxation, newStorage);
    }

    /** Bistochastic, to the default tolerance. */
    public static Sinkhorn bistochastic() {
        return tolerance(DEFAULT_TOLERANCE);
    }

    /**
     * Bistochastic, until the largest {@code |sum / target - 1|} is at most {@code tolerance}. Entries are float32: below some
     * 5e-7 no tolerance is sure to be met.
     */
    public static Sinkhorn tolerance(double tolerance) {
        Checks.positiveFinite(tolerance, "tolerance");
        return new Sinkhorn(new Search(tolerance, DEFAULT_ITERATIONS, true, null), Marginals.UNIFORM, Relaxation.NONE,
                Storage.DEFAULT);
    }

    /**
     * By alternate fitting alone, without over-relaxation and Newton steps: the L1 errors of its marginals never grow, but
     * there are heads on which it needs hundreds of thousands of iterations. It takes all iterations that are allowed, also where
     * no finite potentials reach the marginals, as under a causal mask.
     */
    public Sinkhorn plain() {
        return with(new Search(search.tolerance, search.maxIterations, false, search.start));
    }

    /**
     * With at most {@code iterations} passes over the whole kernel, but for a few that the last may need for columns to leave
     * underflow.
     */
    public Sinkhorn withMaxIterations(int iterations) {
        Checks.positive(iterations, "iterations");
        return with(new Search(search.tolerance, iterations, search.accelerated, search.start));
    }

    /**
     * With at most {@code bytes} for the kernel of each head at work, {@code 4 N M} rounded up to whole tiles. A kernel that
     * does not fit is not kept but computed anew in every pass, in memory of {@code 256 M} bytes.
     */
    public Sinkhorn withMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory must not be negative, but is %s bytes".formatted(bytes));
        }
        return with(new Storage(bytes, storage.bfloat16));
    }

    /**
     * With kept entries rounded to bfloat16: in half the memory, and with iterations that take some 0.6 of the time. The plan of the rounded entries is
     * found, and what is reported are the errors of the true one, some 1e-3 where a row has one large entry and less the more
     * it has: for a tolerance of 1e-3 and more, or a fixed number of iterations.
     *
     * @throws IllegalArgumentException if marginals are relaxed
     */
    public Sinkhorn withBfloat16Storage() {
        return with(new Storage(storage.bytes, true));
    }

    /**
     * Beginning at the potentials of an earlier result, of as many heads, rows and columns: where queries and keys have
     * changed little since, a few iterations will do.
     */
    public Sinkhorn startingAt(SinkhornResult earlier) {
        double[][] potentials = earlier.heads().stream().map(SinkhornSolution::v).toArray(double[][]::new);
        return with(new Search(search.tolerance, search.maxIterations, search.accelerated, potentials));
    }

    /**
     * With soft marginals: unbalanced optimal transport. The coupling minimises
     *
     * <pre>
     *   &lt;Pi, C&gt; + eps sum_ij Pi_ij (log Pi_ij - 1) + rows KL(Pi 1 | mu) + columns KL(Pi' 1 | nu)
     * </pre>
     *
     * with {@code C = -z / beta}, {@code eps = 1 / beta} and {@code KL(p | q) = sum p log(p / q) - p + q} (Chizat et al. 2018), so
     * weights are in units of scores like the cost. Total masses may differ. Potentials have
     * {@code u_i = rows / (rows + eps) (log mu_i - log sum_j exp(z_ij + v_j))} and v likewise; errors are those of the sums
     * {@code mu_i exp(-eps u_i / rows)} and {@code nu_j exp(-eps v_j / columns)} that they ask for. {@link TransportFigures} has
     * the terms of the objective, and how POT and OTT call them. A row or column with mass that sees none has zeros; where its sum
     * is enforced the problem is infeasible.
     *
     * <p>Solved in float64 by Newton steps on the dual; the log-kernel, 8 bytes an entry, is kept where {@link #withMemory} allows
     * it, and 1 KB a column and worker is needed beside it or in its place.
     *
     * @param rows    rho_1, positive; infinite to enforce row sums
     * @param columns rho_2 likewise; not both infinite
     * @throws IllegalArgumentException if a weight is not positive, both are infinite, or entries are to be kept in bfloat16
     */
    public Sinkhorn relaxed(double rows, double columns) {
        if (!(rows > 0 && columns > 0) || rows == Double.POSITIVE_INFINITY && columns == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("weights of marginals must be positive and not both infinite, not %s and %s"
                    .formatted(rows, columns));
        }
        return new Sinkhorn(search, marginals, new Relaxation(rows, columns, relaxation.reference), storage);
    }

    /**
     * With the entropy of the coupling relative to {@code reference}; {@link Reference#KERNEL} unless set. Relative to the marginals
     * the coupling is that of the log-kernel {@code z_ij + log mu_i + log nu_j}. Where both marginals are enforced it stays the same,
     * and only the objective changes.
     */
    public Sinkhorn withReference(Reference reference) {
        Objects.requireNonNull(reference, "reference");
        return new Sinkhorn(search, marginals, new Relaxation(relaxation.rows, relaxation.columns, reference), storage);
    }

    boolean isRelaxed() {
        return !relaxation.enforced();
    }

    Reference reference() {
        return relaxation.reference;
    }

    /** Bytes for the kernel of a head. */
    long memory() {
        return storage.bytes;
    }

    double rowRelaxation() {
        return relaxation.rows;
    }

    double columnRelaxation() {
        return relaxation.columns;
    }

    /** The column potentials, in natural units, to begin with at head {@code head} of {@code count}; null where there are none. */
    double[] start(int head, int count, int columns) {
        if (search.start == null) {
            return null;
        }
        Checks.size(search.start.length, count, "heads of the earlier result");
        Checks.size(search.start[head].length, columns, "columns of the earlier result");
        return search.start[head];
    }

    /** With row sums mu (N of them) and column sums nu (M of them), the same for every head. */
    public Sinkhorn withMarginals(double[] mu, double[] nu) {
        return withMarginals(new double[][] {mu}, new double[][] {nu});
    }

    /**
     * With row and column sums for each head, or one for all; null for the default. Entries are finite and not negative,
     * not all zero, below 1e305 in all. The totals of mu and nu, and of each packed sequence, differ by no more than a part of
     * {@link #tolerance()}.
     *
     * <p>Masses below 1e-26 or above 1e26, or of a ratio above 1e24, are solved for by their logarithms, in double precision and
     * with a kernel that is computed anew in every pass. Entries of the operator are float32: a row or column whose entries have
     * no float is named in the reason why the solve did not converge, and the potentials describe it.
     */
    public Sinkhorn withMarginals(double[][] mu, double[][] nu) {
        return new Sinkhorn(search, new Marginals(checked(mu, "mu"), checked(nu, "nu")), relaxation, storage);
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

    /** The tolerance. */
    public double tolerance() {
        return search.tolerance;
    }

    /** The iterations allowed. */
    public int maxIterations() {
        return search.maxIterations;
    }

    /** What the solver of a head is asked for. */
    SolveOptions options() {
        return new SolveOptions(search.tolerance, search.maxIterations, search.accelerated, storage.bytes, storage.bfloat16,
                symmetricMarginals(), relaxation.rows, relaxation.columns, relaxation.reference == Reference.MARGINALS);
    }

    /** @throws IllegalArgumentException if marginals or earlier potentials are of another shape */
    void requireFitting(int count, int rows, int columns) {
        for (int head = 0; head < count; head++) {
            rowMarginals(head, count, rows);
            columnMarginals(head, count, rows, columns);
            start(head, count, columns);
        }
    }

    /** Row sums asked for at head {@code head} of {@code count}. */
    double[] rowMarginals(int head, int count, int rows) {
        return chosen(marginals.rows, head, count, rows, 1, "mu");
    }

    /** Column sums asked for at head {@code head} of {@code count}. */
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

    /** Whether rows and columns are asked for the same sums, so that a symmetric kernel has a symmetric plan. */
    boolean symmetricMarginals() {
        return marginals.equals(Marginals.UNIFORM);
    }
}
