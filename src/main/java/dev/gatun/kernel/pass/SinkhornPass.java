package dev.gatun.kernel.pass;

import dev.gatun.kernel.ColumnSums;
import dev.gatun.kernel.EntrySums;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * A full Sinkhorn iteration in one pass over the log-kernel: the exponentials that give a block of rows its potentials
 * serve the sums of the columns as well.
 *
 * <p>Holds one strip of weights, {@code BLOCK x columns}, a tile an array. Blocks are done in order. All potentials are in units of
 * log 2. In single precision column potentials are factors of the weights, never part of the exponent, and must leave
 * {@code 2^(b_j + v_j)} within {@link #MAX_SPREAD} of each other. A pass allocates nothing. Not for use by two threads at once.
 */
public final class SinkhornPass {

    /** How far apart potentials, with the log-kernel's offsets, may lie in single precision, in units of log 2. */
    public static final double MAX_SPREAD = 40;

    /** Marginals from here to its inverse are ordinary. */
    private static final double MIN_MASS = 1e-6;

    private LogKernel kernel;
    private Offsets offsets;
    private Offsets spare;
    private final float[][] strip;
    private final double[] references;
    private final float[] factor = new float[Lanes.BLOCK];
    private final ColumnSums columnSums = new ColumnSums();
    private final Tile tile = new Tile();
    private final float[] scale;
    private final float[] vector;
    private final float[] tileProducts = new float[Lanes.BLOCK];
    private final double[] products = new double[Lanes.BLOCK];
    private final float[] ones = new float[Lanes.BLOCK];
    private final double[] tileLanes = new double[Lanes.DEPTH * Lanes.DOUBLES.length()];
    private double level;
    private boolean flat;

    /** Makes room for passes over {@code kernel}. */
    public SinkhornPass(LogKernel kernel) {
        this.kernel = kernel;
        int tiles = (kernel.columns() + Lanes.DEPTH - 1) / Lanes.DEPTH;
        this.strip = new float[tiles][Lanes.DEPTH * Lanes.BLOCK];
        this.references = new double[tiles * Lanes.BLOCK];
        this.offsets = Offsets.none(kernel);
        this.vector = new float[kernel.columns()];
        this.scale = new float[kernel.columns()];
        Arrays.fill(ones, 1f);
    }

    /** Takes another log-kernel of the same size; allocates nothing but at the first change of precision. */
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
     * Fits the rows to their marginals, {@code u_i = log2 mu_i - log2 sum_j 2^(z_ij + v_j)}, and sums the columns of
     * the plan {@code 2^(z_ij + u_i + v_j)} that this makes.
     *
     * @param logMarginals log2 mu; minus infinity for a row without mass
     * @param v            column potentials; minus infinity for a column without mass
     * @param u            receives the row potentials; minus infinity for a row without mass
     * @param sums         receives the column sums of the plan
     */
    public void fitRows(double[] logMarginals, double[] v, double[] u, double[] sums) {
        take(v);
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            weigh(false);
            fitBlock(logMarginals, u);
            sum(logMarginals, sums, null);
        }
        scale(sums);
    }

    /**
     * As above in single precision, with the sums in double precision of the plan's entries as an operator with these potentials
     * rounds them to float.
     *
     * @param rowSums receives the sums of the rows
     * @param sums    receives the sums of the columns
     */
    public void fitRowsAndSum(double[] logMarginals, double[] v, double[] u, double[] rowSums, double[] sums) {
        take(v);
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            weigh(true);
            fitBlock(logMarginals, u);
            fitFactors(logMarginals, tile.firstColumn());
            Arrays.fill(products, 0.0);
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                int columns = Math.min(Lanes.DEPTH, end - first);
                EntrySums.addTile(strip[first / Lanes.DEPTH], columns, factor, products, tileLanes, sums, first);
            }
            System.arraycopy(products, 0, rowSums, tile.firstRow(), tile.rowCount());
        }
    }

    /**
     * As the first, and keeps the entries. They are those of the plan; or, where all columns weigh the same in single
     * precision, those of the plan before its rows were fitted, which saves a strip between the two.
     *
     * @param mu      marginals of the rows
     * @param rowSums receives the sums of the entries in each row: entry j of row i is {@code mu_i / s_i} times what is kept
     * @param entries receives the entries
     * @return whether the entries are those before rows were fitted, {@code 2^(z_ij - a_i)}
     */
    public boolean fitRows(double[] mu, double[] logMarginals, double[] v, double[] u, double[] sums, double[] rowSums,
                           CouplingEntries entries) {
        take(v);
        boolean directly = flat && keepsDirectly(mu);
        entries.begin();
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            if (directly) {
                keepBlock(entries, logMarginals, u, rowSums);
                entries.sumColumns(tile.firstRow(), tile.rowCount(), mu, rowSums, sums);
            } else {
                weigh(true);
                fitBlock(logMarginals, u);
                sum(logMarginals, sums, entries);
            }
        }
        if (!directly) {
            System.arraycopy(mu, 0, rowSums, 0, mu.length);
        }
        return directly;
    }

    /**
     * Keeps the entries before rows are fitted, {@code 2^(z_ij - a_i)}, where {@link #keepsDirectly} and all columns weigh the
     * same, and sums no columns.
     *
     * @param logMarginals as for {@link #fitRows}, v and u likewise
     * @param rowSums      receives the sums of the entries in each row
     */
    public void keepRows(double[] logMarginals, double[] v, double[] u, double[] rowSums, CouplingEntries entries) {
        take(v);
        entries.begin();
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            keepBlock(entries, logMarginals, u, rowSums);
        }
    }

    private void keepBlock(CouplingEntries entries, double[] logMarginals, double[] u, double[] rowSums) {
        keep(entries);
        fitBlock(logMarginals, u);
        for (int r = 0; r < tile.rowCount(); r++) {
            rowSums[tile.firstRow() + r] = tile.rowSums[r];
        }
    }

    /**
     * Whether entries can be kept as they are before rows are fitted: in single precision, where factors of rows stay within
     * float as sums of weights do.
     */
    public boolean keepsDirectly(double[] mu) {
        if (kernel.isFloat64()) {
            return false;
        }
        for (double mass : mu) {
            if (mass != 0 && !(mass >= MIN_MASS && mass <= 1 / MIN_MASS)) {
                return false;
            }
        }
        return true;
    }

    private void fitBlock(double[] logMarginals, double[] u) {
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            double logSum = kernel.rowOffset(i) + tile.logSum(r) + level;
            u[i] = logMarginals[i] == Double.NEGATIVE_INFINITY ? logMarginals[i] : logMarginals[i] - logSum;
        }
    }

    /** Keeps a block's weights in single precision as they are. */
    private void keep(CouplingEntries entries) {
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, null);
            entries.fill(tile.entries, ones, tile.firstRow(), tile.rowCount(), first, columns);
        }
    }

    /** Takes the potentials of the columns; in single precision those of the highest column weigh 1. */
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
            scale[j] = below == 0 ? 1 : (float) Math.pow(2, below);
            flat &= below == 0;
        }
    }

    /** The factors of the columns; null where they are all 1, and in double precision. */
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
     * Fills the strip with weights, each tile relative to the references that its rows had by then.
     *
     * @param scaled whether weights take the factors of their columns, or the sums of rows alone
     */
    private void weigh(boolean scaled) {
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.useEntries(strip[first / Lanes.DEPTH]);
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

    private void sum(double[] logMarginals, double[] sums, CouplingEntries entries) {
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            if (kernel.isFloat64() || first == tile.firstColumn()) {
                fitFactors(logMarginals, first);
            }
            int columns = Math.min(Lanes.DEPTH, end - first);
            columnSums.add(strip[first / Lanes.DEPTH], columns, factor, sums, first);
            if (entries != null) {
                entries.fill(strip[first / Lanes.DEPTH], factor, tile.firstRow(), tile.rowCount(), first, columns);
            }
        }
    }

    /** What makes the plan of the weights of the tile at {@code first}. */
    private void fitFactors(double[] logMarginals, int first) {
        for (int r = 0; r < Lanes.BLOCK; r++) {
            if (r >= tile.rowCount() || !(tile.rowSums[r] > 0)) {
                factor[r] = 0;
                continue;
            }
            double shrunk = kernel.isFloat64() ? references[first / Lanes.DEPTH * Lanes.BLOCK + r] - tile.reference(r) : 0;
            double exponent = shrunk + logMarginals[tile.firstRow() + r];
            factor[r] = (float) ((exponent == 0 ? 1 : Math.pow(2, exponent)) / tile.rowSums[r]);
        }
    }

    /**
     * {@code t_j = sum_i P_ij (sum_k P_ik w_k) / mu_i} for the plan {@code P_ij = 2^(z_ij + u_i + v_j)}.
     *
     * @param mu marginals of the rows, the plan's sums; 0 for a row of zeros
     * @param t  receives the result
     */
    public void couple(double[] u, double[] v, double[] mu, double[] w, double[] t) {
        take(v, w);
        Arrays.fill(t, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            load(block, u);
            multiply();
            for (int r = 0; r < Lanes.BLOCK; r++) {
                double mass = r < tile.rowCount() ? mu[tile.firstRow() + r] : 0;
                factor[r] = mass > 0 ? (float) (products[r] / mass * tile.rowFactors[r] * tile.rowFactors[r]) : 0;
            }
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                columnSums.add(strip[first / Lanes.DEPTH], Math.min(Lanes.DEPTH, end - first), factor, t, first);
            }
        }
        scale(t);
    }

    /** Takes a block whose rows are scaled by potentials of their own, not normalised. */
    private void load(int block, double[] u) {
        tile.load(kernel, block);
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            tile.setLevel(r, kernel.rowOffset(i) + u[i] + level);
        }
        tile.clearPaddingRows();
    }

    /** {@code out_i = sum_k P_ik w_k} for the plan {@code P_ij = 2^(z_ij + u_i + v_j)}. */
    public void multiply(double[] u, double[] v, double[] w, double[] out) {
        take(v, w);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            load(block, u);
            multiply();
            for (int r = 0; r < tile.rowCount(); r++) {
                out[tile.firstRow() + r] = products[r] * tile.rowFactors[r];
            }
        }
    }

    /** Takes the potentials of the columns, and a vector that rows are to be multiplied by. */
    private void take(double[] v, double[] w) {
        take(v);
        for (int j = 0; j < w.length; j++) {
            vector[j] = (float) (factors() == null ? w[j] : w[j] * scale[j]);
        }
    }

    /** Fills the strip with the weights of a block whose levels are set, and multiplies its rows by the vector. */
    private void multiply() {
        Arrays.fill(products, 0.0);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.useEntries(strip[first / Lanes.DEPTH]);
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, null);
            Numerators.multiply(tile.entries, columns, vector, first, tileProducts);
            for (int r = 0; r < Lanes.BLOCK; r++) {
                products[r] += tileProducts[r];
            }
        }
    }

    /**
     * Row and column sums of the plan {@code 2^(z_ij + u_i + v_j)} as its entries are in float, in double precision.
     *
     * @param rowSums receives the sums of the rows
     * @param sums    receives the sums of the columns
     */
    public void sums(double[] u, double[] v, double[] rowSums, double[] sums) {
        take(v);
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            load(block, u);
            Arrays.fill(products, 0.0);
            for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
                int columns = Math.min(Lanes.DEPTH, end - first);
                tile.score(offsets, first, columns);
                tile.exponentiate(first, columns, factors());
                EntrySums.addTile(tile.entries, columns, tile.rowFactors, products, tileLanes, sums, first);
            }
            System.arraycopy(products, 0, rowSums, tile.firstRow(), tile.rowCount());
        }
    }
}
