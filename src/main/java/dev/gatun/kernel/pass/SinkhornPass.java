package dev.gatun.kernel.pass;

import dev.gatun.kernel.ColumnSums;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.Sharing;
import dev.gatun.kernel.coupling.CouplingEntries;
import dev.gatun.kernel.coupling.EntrySums;
import dev.gatun.kernel.coupling.RowGroups;
import dev.gatun.kernel.coupling.TreeSums;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * A full Sinkhorn iteration in one pass over the log-kernel: the exponentials from which a block of rows gets its potentials also serve the
 * sums of the columns.
 *
 * <p>Each worker holds one strip of exponentials, one array per tile. Threads share {@linkplain RowGroups groups} of blocks, and results
 * do not depend on their number. Potentials are in units of log 2. In float32 column potentials are factors of the exponentials, never part
 * of the exponent, and {@code b_j + v_j} must lie within {@link #MAX_SPREAD} of each other. A pass allocates nothing. Not for two passes
 * at once.
 */
public final class SinkhornPass {

    /** Largest spread of the column potentials plus offsets in float32, in units of log 2. */
    public static final double MAX_SPREAD = 40;

    /** Marginals between this and its inverse leave the factors of the rows within float32. */
    private static final double MIN_MASS = 1e-6;

    private final RowGroups groups;
    private final PartMachines machines;
    private final float[] scale;
    private final float[] vector;
    private final float[] ones = new float[Lanes.BLOCK];
    private final RowGroups.PartPass fitting = this::fitPart;
    private final RowGroups.PartPass fittingAndSumming = this::fitAndSumPart;
    private final Sharing.Part storing = this::storeGroup;
    private final Sharing.Part keeping = this::keepGroup;
    private final RowGroups.PartPass coupling = this::couplePart;
    private final RowGroups.PartPass multiplying = this::multiplyPart;
    private final RowGroups.PartPass summing = this::sumPart;
    private final Sharing.Part running = this::runGroup;
    private LogKernel kernel;
    private Offsets offsets;
    private Offsets spare;
    private Sharing sharing = Sharing.NONE;
    private Strip[] strips = {};
    private double level;
    private boolean flat;

    /** What the running pass reads and writes. */
    private double[] mu;
    private double[] logMarginals;
    private double[] u;
    private double[] rowSums;
    private CouplingEntries entries;
    private RowGroups.PartPass pass;
    private boolean directly;

    /** Allocates for passes over {@code kernel}. */
    public SinkhornPass(LogKernel kernel) {
        this(kernel, new RowGroups(kernel.rows(), kernel.columns()), null);
    }

    private SinkhornPass(LogKernel kernel, RowGroups groups, PartMachines machines) {
        this.kernel = kernel;
        this.groups = groups;
        this.machines = machines;
        this.offsets = Offsets.none(kernel);
        this.vector = new float[kernel.columns()];
        this.scale = new float[kernel.columns()];
        Arrays.fill(ones, 1f);
        share(Sharing.NONE);
    }

    /** For passes of which other machines compute the rows. They do not store entries. */
    public static SinkhornPass on(PartMachines machines, LogKernel kernel) {
        return new SinkhornPass(kernel, new RowGroups(kernel.rows()), machines);
    }

    /** For {@link #compute} alone, on another machine. */
    public static SinkhornPass ofSomeRows(LogKernel kernel) {
        return new SinkhornPass(kernel, new RowGroups(kernel.rows()), null);
    }

    /** Sets the threads that share the passes from now on. Allocates a strip for each the first time. */
    public void share(Sharing threads) {
        if (machines != null) {
            return;
        }
        sharing = groups.count() > 1 ? threads : Sharing.NONE;
        int known = strips.length;
        if (sharing.threads() > known) {
            strips = Arrays.copyOf(strips, sharing.threads());
            for (int w = known; w < strips.length; w++) {
                strips[w] = new Strip();
            }
        }
    }

    /** Binds another log-kernel of the same size. Allocates only at the first change of precision. */
    public void bind(LogKernel next) {
        if (next.isFloat64() != kernel.isFloat64()) {
            Offsets used = offsets;
            offsets = spare == null ? Offsets.none(next) : spare;
            spare = used;
        }
        kernel = next;
    }

    /** The log-kernel. */
    public LogKernel kernel() {
        return kernel;
    }

    /**
     * Scales the rows to their marginals, {@code u_i = log2 mu_i - log2 sum_j 2^(z_ij + v_j)}, and sums the columns of the coupling
     * {@code 2^(z_ij + u_i + v_j)}.
     *
     * @param logarithms log2 mu; minus infinity for a row without mass
     * @param v          column potentials; minus infinity for a column without mass
     * @param potentials receives u; minus infinity for a row without mass
     * @param sums       receives the column sums of the coupling
     */
    public void fitRows(double[] logarithms, double[] v, double[] potentials, double[] sums) {
        take(v);
        logMarginals = logarithms;
        u = potentials;
        run(PartRequest.Kind.FIT, v, null);
        groups.total(sums);
        scale(sums);
    }

    private void fitPart(int part, int worker, double[] sums) {
        Strip strip = strips[worker];
        for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
            strip.load(block);
            strip.exponentiate(false);
            strip.fit();
            strip.sum(sums, null, worker);
        }
    }

    /** Runs a pass over all rows here or, if there are other machines, there, and forgets what it read and wrote. */
    private void run(PartRequest.Kind kind, double[] v, double[] w) {
        if (machines == null) {
            pass = pass(kind);
            run(running);
            return;
        }
        boolean fits = kind == PartRequest.Kind.FIT || kind == PartRequest.Kind.FIT_AND_SUM;
        PartRequest request = new PartRequest(kind, kernel.isFloat64(), v, w, fits ? null : u, mu, logMarginals);
        PartRows.put(machines.run(request, groups.parts()), groups, u, rowSums);
        forget();
    }

    private void runGroup(int group, int worker) {
        if (pass == multiplying) {
            groups.each(group, worker, pass);
        } else {
            groups.sum(group, worker, strips[worker].partSums, pass);
        }
    }

    /**
     * Computes the rows of parts {@code first .. end - 1} as the pass of another machine asks for them: bit for bit what it would compute
     * itself. Allocates the results.
     */
    public PartRows compute(PartRequest request, int first, int end) {
        boolean fits = request.logarithms() != null;
        boolean couples = request.kind() == PartRequest.Kind.COUPLE;
        boolean sumsRows = request.kind() != PartRequest.Kind.FIT && !couples;
        if (request.w() == null) {
            take(request.v());
        } else {
            take(request.v(), request.w());
        }
        mu = request.masses();
        logMarginals = request.logarithms();
        u = fits ? new double[kernel.rows()] : request.u();
        rowSums = sumsRows ? new double[kernel.rows()] : null;
        PartRows rows = PartRows.of(groups, first, end, request.kind() == PartRequest.Kind.MULTIPLY ? 0 : kernel.columns(),
                pass(request.kind()), fits ? u : null, rowSums);
        forget();
        return rows;
    }

    private RowGroups.PartPass pass(PartRequest.Kind kind) {
        return switch (kind) {
            case FIT -> fitting;
            case FIT_AND_SUM -> fittingAndSumming;
            case COUPLE -> coupling;
            case MULTIPLY -> multiplying;
            case SUM -> summing;
        };
    }

    /** Runs a pass over all groups here, and forgets what it read and wrote. */
    private void run(Sharing.Part each) {
        sharing.run(groups.count(), each);
        forget();
    }

    private void forget() {
        mu = null;
        logMarginals = null;
        u = null;
        rowSums = null;
        entries = null;
        pass = null;
    }

    /**
     * As above in float32, with float64 sums of the entries of the coupling, rounded to float32 as an operator with these potentials
     * sharing them.
     *
     * @param sumsOfRows receives the sums of the rows
     * @param sums       receives the sums of the columns
     */
    public void fitRowsAndSum(double[] logarithms, double[] v, double[] potentials, double[] sumsOfRows, double[] sums) {
        take(v);
        logMarginals = logarithms;
        u = potentials;
        rowSums = sumsOfRows;
        run(PartRequest.Kind.FIT_AND_SUM, v, null);
        groups.total(sums);
    }

    private void fitAndSumPart(int part, int worker, double[] sums) {
        Strip strip = strips[worker];
        for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
            strip.load(block);
            strip.exponentiate(true);
            strip.fit();
            strip.sumExactly(sums);
        }
    }

    /**
     * As {@link #fitRows(double[], double[], double[], double[])}, and stores the entries: those of the coupling or, if all column factors
     * are equal in float32, those before the rows are scaled, which saves a strip between the two.
     *
     * @param masses     marginals of the rows
     * @param sumsOfRows receives the sums s_i of the stored entries of each row: an entry of the coupling is {@code mu_i / s_i} times the
     *                   stored one
     * @param stored     receives the entries
     * @return whether the stored entries are those before the rows are scaled, {@code 2^(z_ij - a_i)}
     */
    public boolean fitRows(double[] masses, double[] logarithms, double[] v, double[] potentials, double[] sums, double[] sumsOfRows,
                           CouplingEntries stored) {
        take(v);
        mu = masses;
        logMarginals = logarithms;
        u = potentials;
        rowSums = sumsOfRows;
        entries = stored;
        directly = flat && keepsDirectly(masses);
        stored.begin();
        run(storing);
        groups.total(sums);
        if (!directly) {
            System.arraycopy(masses, 0, sumsOfRows, 0, masses.length);
        }
        return directly;
    }

    private void storeGroup(int group, int worker) {
        Strip strip = strips[worker];
        double[] sums = groups.cleared(group);
        for (int block = groups.firstBlock(group); block < groups.endBlock(group); block++) {
            strip.load(block);
            if (directly) {
                strip.keep(worker);
                entries.sumColumns(strip.tile.firstRow(), strip.tile.rowCount(), mu, rowSums, sums, worker);
            } else {
                strip.exponentiate(true);
                strip.fit();
                strip.sum(sums, entries, worker);
            }
        }
    }

    /**
     * Stores the entries before the rows are scaled, {@code 2^(z_ij - a_i)}, without summing columns. Requires {@link #keepsDirectly} and
     * equal column factors.
     *
     * @param logarithms as for {@link #fitRows}, v and the potentials likewise
     * @param sumsOfRows receives the sums of the stored entries of each row
     */
    public void keepRows(double[] logarithms, double[] v, double[] potentials, double[] sumsOfRows, CouplingEntries stored) {
        take(v);
        logMarginals = logarithms;
        u = potentials;
        rowSums = sumsOfRows;
        entries = stored;
        stored.begin();
        run(keeping);
    }

    private void keepGroup(int group, int worker) {
        for (int block = groups.firstBlock(group); block < groups.endBlock(group); block++) {
            strips[worker].load(block);
            strips[worker].keep(worker);
        }
    }

    /**
     * Whether entries can be stored before the rows are scaled: in float32, with marginals for which the factors of the rows stay within
     * float32.
     */
    public boolean keepsDirectly(double[] masses) {
        if (kernel.isFloat64()) {
            return false;
        }
        for (double mass : masses) {
            if (mass != 0 && !(mass >= MIN_MASS && mass <= 1 / MIN_MASS)) {
                return false;
            }
        }
        return true;
    }

    /** Sets the potentials of the columns; in float32 the largest factor is 1. */
    private void take(double[] v) {
        level = 0;
        flat = false;
        if (kernel.isFloat64()) {
            for (int j = 0; j < v.length; j++) {
                offsets.float64()[j] = kernel.columnOffset(j) + v[j];
            }
            return;
        }
        level = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < v.length; j++) {
            level = Math.max(level, kernel.columnOffset(j) + v[j]);
        }
        flat = true;
        for (int j = 0; j < v.length; j++) {
            double below = kernel.columnOffset(j) + v[j] - level;
            scale[j] = below == 0 ? 1 : (float) LogTwo.exp2(below);
            flat &= below == 0;
        }
    }

    /** The factors of the columns; null if they are all 1, and in float64. */
    private float[] factors() {
        return flat || kernel.isFloat64() ? null : scale;
    }

    /** Multiplies columns by their factors. */
    private void scale(double[] sums) {
        for (int j = 0; factors() != null && j < sums.length; j++) {
            sums[j] *= scale[j];
        }
    }

    /**
     * {@code t_j = sum_i P_ij (sum_k P_ik w_k) / mu_i} for the coupling {@code P_ij = 2^(z_ij + u_i + v_j)}.
     *
     * @param potentials u
     * @param masses     marginals of the rows, the row sums of the coupling; 0 for a row of zeros
     * @param t          receives the result
     */
    public void couple(double[] potentials, double[] v, double[] masses, double[] w, double[] t) {
        take(v, w);
        u = potentials;
        mu = masses;
        run(PartRequest.Kind.COUPLE, v, w);
        groups.total(t);
        scale(t);
    }

    private void couplePart(int part, int worker, double[] sums) {
        Strip strip = strips[worker];
        for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
            strip.loadCoupling(block);
            strip.multiply();
            strip.couple(sums);
        }
    }

    /** {@code out_i = sum_k P_ik w_k} for the coupling {@code P_ij = 2^(z_ij + u_i + v_j)}. */
    public void multiply(double[] potentials, double[] v, double[] w, double[] out) {
        take(v, w);
        u = potentials;
        rowSums = out;
        run(PartRequest.Kind.MULTIPLY, v, w);
    }

    private void multiplyPart(int part, int worker, double[] none) {
        Strip strip = strips[worker];
        for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
            strip.loadCoupling(block);
            strip.multiply();
            for (int r = 0; r < strip.tile.rowCount(); r++) {
                rowSums[strip.tile.firstRow() + r] = strip.products[r] * strip.tile.rowFactors[r];
            }
        }
    }

    /** Sets the potentials of the columns, and the vector by which rows are multiplied. */
    private void take(double[] v, double[] w) {
        take(v);
        for (int j = 0; j < w.length; j++) {
            vector[j] = (float) (factors() == null ? w[j] : w[j] * scale[j]);
        }
    }

    /**
     * Row and column sums in float64 of the float32 entries of the coupling {@code 2^(z_ij + u_i + v_j)}.
     *
     * @param potentials u
     * @param sumsOfRows receives the sums of the rows
     * @param sums       receives the sums of the columns
     */
    public void sums(double[] potentials, double[] v, double[] sumsOfRows, double[] sums) {
        take(v);
        u = potentials;
        rowSums = sumsOfRows;
        run(PartRequest.Kind.SUM, v, null);
        groups.total(sums);
    }

    private void sumPart(int part, int worker, double[] sums) {
        for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
            strips[worker].loadCoupling(block);
            strips[worker].sumCoupling(sums);
        }
    }

    /** The scratch of one worker: a block of rows and the strip of its exponentials. */
    private final class Strip {
        private final Tile tile = new Tile();
        private final float[][] exponentials;
        private final double[] references;
        private final float[] factor = new float[Lanes.BLOCK];
        private final ColumnSums columnSums = new ColumnSums();
        private final float[] tileProducts = new float[Lanes.BLOCK];
        private final double[] products = new double[Lanes.BLOCK];
        private final double[] tileLanes = new double[Lanes.DEPTH * EntrySums.CHAINS];
        private final TreeSums partSums = groups.treeSums(kernel.columns());

        Strip() {
            int tiles = (kernel.columns() + Lanes.DEPTH - 1) / Lanes.DEPTH;
            exponentials = new float[tiles][Lanes.DEPTH * Lanes.BLOCK];
            references = new double[tiles * Lanes.BLOCK];
        }

        void load(int block) {
            tile.load(kernel, block);
        }

        /** Loads a block whose rows are scaled by potentials rather than normalised. */
        void loadCoupling(int block) {
            tile.load(kernel, block);
            for (int r = 0; r < tile.rowCount(); r++) {
                int i = tile.firstRow() + r;
                tile.setLevel(r, kernel.rowOffset(i) + u[i] + level);
            }
            tile.clearPaddingRows();
        }

        private int columns(int first) {
            return Math.min(Lanes.DEPTH, tile.endColumn() - first);
        }

        /**
         * Fills the strip with exponentials, each tile relative to the references of its rows at that time.
         *
         * @param scaled whether the exponentials are multiplied by the column factors, or only the sums of the rows
         */
        void exponentiate(boolean scaled) {
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                int columns = columns(first);
                tile.useEntries(exponentials[first / Lanes.DEPTH]);
                tile.score(offsets, first, columns);
                tile.raiseReferences(first, columns);
                if (scaled) {
                    tile.exponentiate(first, columns, factors());
                } else {
                    tile.exponentiateUnscaled(first, columns, factors());
                }
                for (int r = 0; kernel.isFloat64() && r < Lanes.BLOCK; r++) {
                    references[first / Lanes.DEPTH * Lanes.BLOCK + r] = tile.reference(r);
                }
            }
        }

        /** The potentials of the rows. */
        void fit() {
            for (int r = 0; r < tile.rowCount(); r++) {
                int i = tile.firstRow() + r;
                double logSum = kernel.rowOffset(i) + tile.logSum(r) + level;
                u[i] = logMarginals[i] == Double.NEGATIVE_INFINITY ? logMarginals[i] : logMarginals[i] - logSum;
            }
        }

        /** Stores the exponentials in float32 without factors, and fits the rows. */
        void keep(int worker) {
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                int columns = columns(first);
                tile.score(offsets, first, columns);
                tile.exponentiate(first, columns, null);
                entries.fill(tile.entries, ones, tile.firstRow(), tile.rowCount(), first, columns, worker);
            }
            fit();
            System.arraycopy(tile.rowSums, 0, rowSums, tile.firstRow(), tile.rowCount());
        }

        /** Sums the columns of the fitted rows, and stores their entries unless {@code stored} is null. */
        void sum(double[] sums, CouplingEntries stored, int worker) {
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                if (kernel.isFloat64() || first == tile.firstColumn()) {
                    fitFactors(first);
                }
                int columns = columns(first);
                columnSums.add(exponentials[first / Lanes.DEPTH], columns, factor, sums, first);
                if (stored != null) {
                    stored.fill(exponentials[first / Lanes.DEPTH], factor, tile.firstRow(), tile.rowCount(), first, columns, worker);
                }
            }
        }

        /** Sums the float32 entries of the fitted rows in float64, along the rows and the columns. */
        void sumExactly(double[] sums) {
            fitFactors(tile.firstColumn());
            Arrays.fill(products, 0.0);
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                EntrySums.addTile(exponentials[first / Lanes.DEPTH], columns(first), factor, products, tileLanes, sums, first);
            }
            System.arraycopy(products, 0, rowSums, tile.firstRow(), tile.rowCount());
        }

        /** The factors that turn the exponentials of the tile at {@code first} into entries of the coupling. */
        private void fitFactors(int first) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                if (r >= tile.rowCount() || !(tile.rowSums[r] > 0)) {
                    factor[r] = 0;
                    continue;
                }
                double shrunk = kernel.isFloat64() ? references[first / Lanes.DEPTH * Lanes.BLOCK + r] - tile.reference(r) : 0;
                double exponent = shrunk + logMarginals[tile.firstRow() + r];
                factor[r] = (float) ((exponent == 0 ? 1 : LogTwo.exp2(exponent)) / tile.rowSums[r]);
            }
        }

        /** Fills the strip with the exponentials of a coupling, and multiplies its rows by the vector. */
        void multiply() {
            Arrays.fill(products, 0.0);
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                int columns = columns(first);
                tile.useEntries(exponentials[first / Lanes.DEPTH]);
                tile.score(offsets, first, columns);
                tile.exponentiate(first, columns, null);
                Numerators.multiply(tile.entries, columns, vector, first, tileProducts);
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    products[r] += tileProducts[r];
                }
            }
        }

        /** Multiplies the columns of a coupling by the products of its rows. */
        void couple(double[] sums) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                double mass = r < tile.rowCount() ? mu[tile.firstRow() + r] : 0;
                factor[r] = mass > 0 ? (float) (products[r] / mass * tile.rowFactors[r] * tile.rowFactors[r]) : 0;
            }
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                columnSums.add(exponentials[first / Lanes.DEPTH], columns(first), factor, sums, first);
            }
        }

        /** Sums the float32 entries of a coupling in float64, along the rows and the columns. */
        void sumCoupling(double[] sums) {
            Arrays.fill(products, 0.0);
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                int columns = columns(first);
                tile.score(offsets, first, columns);
                tile.exponentiate(first, columns, factors());
                EntrySums.addTile(tile.entries, columns, tile.rowFactors, products, tileLanes, sums, first);
            }
            System.arraycopy(products, 0, rowSums, tile.firstRow(), tile.rowCount());
        }
    }
}
