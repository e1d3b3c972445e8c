package dev.gatun.kernel.pass;

import dev.gatun.kernel.ColumnSums;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.coupling.CouplingEntries;
import dev.gatun.kernel.coupling.EntrySums;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * A full Sinkhorn iteration in one pass over the log-kernel: the exponentials from which a block of rows gets its potentials also serve the
 * sums of the columns.
 *
 * <p>Holds one strip of exponentials, one array per tile. Blocks are processed in order. Potentials are in units of log 2. In float32
 * column potentials are factors of the exponentials, never part of the exponent, and {@code b_j + v_j} must lie within {@link #MAX_SPREAD}
 * of each other. A pass allocates nothing. Not for use by two threads at once.
 */
public final class SinkhornPass {

    /** Largest spread of the column potentials plus offsets in float32, in units of log 2. */
    public static final double MAX_SPREAD = 40;

    /** Marginals between this and its inverse leave the factors of the rows within float32. */
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
    private final double[] tileLanes = new double[Lanes.DEPTH * EntrySums.CHAINS];
    private double level;
    private boolean flat;

    /** Allocates for passes over {@code kernel}. */
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
     * @param logMarginals log2 mu; minus infinity for a row without mass
     * @param v            column potentials; minus infinity for a column without mass
     * @param u            receives the row potentials; minus infinity for a row without mass
     * @param sums         receives the column sums of the coupling
     */
    public void fitRows(double[] logMarginals, double[] v, double[] u, double[] sums) {
        take(v);
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            exponentiate(false);
            fitBlock(logMarginals, u);
            sum(logMarginals, sums, null);
        }
        scale(sums);
    }

    /**
     * As above in float32, with float64 sums of the entries of the coupling, rounded to float32 as an operator with these potentials
     * rounds them.
     *
     * @param rowSums receives the sums of the rows
     * @param sums    receives the sums of the columns
     */
    public void fitRowsAndSum(double[] logMarginals, double[] v, double[] u, double[] rowSums, double[] sums) {
        take(v);
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            exponentiate(true);
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
     * As {@link #fitRows(double[], double[], double[], double[])}, and stores the entries: those of the coupling or, if all column factors
     * are equal in float32, those before the rows are scaled, which saves a strip between the two.
     *
     * @param mu      marginals of the rows
     * @param rowSums receives the sums s_i of the stored entries of each row: an entry of the coupling is {@code mu_i / s_i} times the
     *                stored one
     * @param entries receives the entries
     * @return whether the stored entries are those before the rows are scaled, {@code 2^(z_ij - a_i)}
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
                exponentiate(true);
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
     * Stores the entries before the rows are scaled, {@code 2^(z_ij - a_i)}, without summing columns. Requires {@link #keepsDirectly} and
     * equal column factors.
     *
     * @param logMarginals as for {@link #fitRows}, v and u likewise
     * @param rowSums      receives the sums of the stored entries of each row
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
     * Whether entries can be stored before the rows are scaled: in float32, with marginals for which the factors of the rows stay within
     * float32.
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

    /** Stores a block's exponentials in float32, without factors. */
    private void keep(CouplingEntries entries) {
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, null);
            entries.fill(tile.entries, ones, tile.firstRow(), tile.rowCount(), first, columns);
        }
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
     * Fills the strip with exponentials, each tile relative to the references of its rows at that time.
     *
     * @param scaled whether the exponentials are multiplied by the column factors, or only the sums of the rows
     */
    private void exponentiate(boolean scaled) {
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

    /** The factors that turn the exponentials of the tile at {@code first} into entries of the coupling. */
    private void fitFactors(double[] logMarginals, int first) {
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

    /**
     * {@code t_j = sum_i P_ij (sum_k P_ik w_k) / mu_i} for the coupling {@code P_ij = 2^(z_ij + u_i + v_j)}.
     *
     * @param mu marginals of the rows, the row sums of the coupling; 0 for a row of zeros
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

    /** Loads a block whose rows are scaled by potentials rather than normalised. */
    private void load(int block, double[] u) {
        tile.load(kernel, block);
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            tile.setLevel(r, kernel.rowOffset(i) + u[i] + level);
        }
        tile.clearPaddingRows();
    }

    /** {@code out_i = sum_k P_ik w_k} for the coupling {@code P_ij = 2^(z_ij + u_i + v_j)}. */
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

    /** Sets the potentials of the columns, and the vector by which rows are multiplied. */
    private void take(double[] v, double[] w) {
        take(v);
        for (int j = 0; j < w.length; j++) {
            vector[j] = (float) (factors() == null ? w[j] : w[j] * scale[j]);
        }
    }

    /** Fills the strip with the exponentials of a block whose levels are set, and multiplies its rows by the vector. */
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
     * Row and column sums in float64 of the float32 entries of the coupling {@code 2^(z_ij + u_i + v_j)}.
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
