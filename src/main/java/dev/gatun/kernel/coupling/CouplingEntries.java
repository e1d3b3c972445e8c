package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The stored entries of a coupling, {@code e_ij = 2^(z_ij + u_i + v_j)}, in float32 or bfloat16, and passes that scale its rows and
 * columns. A full Sinkhorn iteration reads them once: a group of rows is still in a near cache when its columns are summed.
 *
 * <p>Filled by a {@code SinkhornPass}, block by block. Rows are processed in order, eight at a time; columns are summed in float32 over
 * {@link Lanes#BLOCK} rows and in float64 over blocks. Not for use by two threads at once.
 */
public final class CouplingEntries {

    private static final long CACHE_LINE = 64;

    private final int rows;
    private final int columns;
    private final int width;
    private final boolean bfloat16;
    private final long stride;
    private final MemorySegment memory;
    private final float[] x;
    private final float[] tile = new float[Lanes.BLOCK * Lanes.DEPTH];
    private final float[] partial;
    private final double[] exactRow;
    private final double[] exactColumns;
    private final double[] exactLanes = new double[EntrySums.GROUP * EntrySums.CHAINS];
    private final float[] lanes = new float[CouplingRows.GROUP * CouplingRows.CHAINS];
    private final float[] factors = new float[CouplingRows.GROUP];
    private final double[] products = new double[CouplingRows.GROUP];
    private boolean descending;

    /**
     * Allocates the entries, all 0.
     *
     * @param arena    owns their memory
     * @param bfloat16 whether entries are rounded to bfloat16
     */
    public CouplingEntries(Arena arena, int rows, int columns, boolean bfloat16) {
        this.bfloat16 = bfloat16;
        this.rows = rows;
        this.columns = columns;
        this.width = width(columns);
        this.stride = (long) Float.BYTES * width;
        this.memory = arena.allocate(bytes(rows, columns, bfloat16), CACHE_LINE);
        this.x = new float[width];
        this.exactRow = new double[columns];
        this.exactColumns = new double[width];
        this.partial = new float[width];
    }

    /** Bytes of the stored entries. */
    public static long bytes(int rows, int columns, boolean bfloat16) {
        return Math.multiplyExact((long) Lanes.blocks(rows) * Lanes.BLOCK,
                (long) (bfloat16 ? Short.BYTES : Float.BYTES) * width(columns));
    }

    private static int width(int columns) {
        return (columns + Lanes.DEPTH - 1) / Lanes.DEPTH * Lanes.DEPTH;
    }

    /** Begins to fill in new entries, block by block from the first on. */
    public void begin() {
        descending = false;
    }

    /**
     * Stores a tile of a block, each row multiplied by its factor.
     *
     * @param numerators {@code DEPTH x BLOCK}: columns from {@code count} on are cleared
     */
    public void fill(float[] numerators, float[] factor, int firstRow, int rowCount, int first, int count) {
        Arrays.fill(numerators, count * Lanes.BLOCK, Lanes.DEPTH * Lanes.BLOCK, 0f);
        Packing.writeRows(numerators, 0, factor, Lanes.DEPTH, rowCount, tile, 0);
        long to = start(firstRow) + (long) Float.BYTES * first;
        if (bfloat16) {
            Bfloat16Rows.store(tile, rowCount, memory, to, stride);
        } else {
            CouplingRows.store(tile, rowCount, memory, to, stride);
        }
    }

    /**
     * Scales the rows of the coupling, with columns scaled by x, to their marginals, and sums its columns:
     * {@code s_i = sum_j e_ij x_j} and {@code t_j = sum_i (mu_i / s_i) e_ij}.
     *
     * @param scale x, one for each column
     * @param mu    marginals of the rows; 0 for a row of zeros
     * @param s     receives the sums of the rows
     * @param t     receives the sums of the columns, without the factor x_j
     */
    public void fit(double[] scale, double[] mu, double[] s, double[] t) {
        loadVector(scale);
        Arrays.fill(t, 0.0);
        reverse();
        for (int n = 0; n < Lanes.blocks(rows); n++) {
            for (int first = firstRow(n), end = endRow(n); first < end; first += CouplingRows.GROUP) {
                fitGroup(first, mu, s);
                add(first, t);
            }
        }
    }

    /** The sums of eight rows, and the factors that fit them. */
    private void fitGroup(int first, double[] mu, double[] s) {
        multiply(first);
        for (int r = 0; r < CouplingRows.GROUP; r++) {
            int i = first + r;
            factors[r] = 0;
            if (i < rows) {
                s[i] = products[r];
                factors[r] = mu[i] == 0 ? 0 : (float) (mu[i] / products[r]);
            }
        }
    }

    /** Reverses the order of the blocks: those read last are still in a cache and are read first. */
    private void reverse() {
        descending = !descending;
    }

    /** The first row of the n-th block in the current order. */
    private int firstRow(int n) {
        return Lanes.BLOCK * (descending ? Lanes.blocks(rows) - 1 - n : n);
    }

    private int endRow(int n) {
        return Math.min(rows, firstRow(n) + Lanes.BLOCK);
    }

    /** Adds the columns of a block of rows whose sums are s, fitted to their marginals, to t: as {@link #fit} does. */
    public void sumColumns(int firstRow, int count, double[] mu, double[] s, double[] t) {
        for (int first = firstRow; first < firstRow + count; first += CouplingRows.GROUP) {
            for (int r = 0; r < CouplingRows.GROUP; r++) {
                int i = first + r;
                factors[r] = i < rows && mu[i] != 0 ? (float) (mu[i] / s[i]) : 0;
            }
            add(first, t);
        }
    }

    /** As {@link #fit}, in float64 throughout: for potentials that depend on differences of sums. */
    public void fitExactly(double[] scale, double[] mu, double[] s, double[] t) {
        Arrays.fill(t, 0.0);
        reverse();
        for (int n = 0; n < Lanes.blocks(rows); n++) {
            for (int i = firstRow(n), end = endRow(n); i < end; i++) {
                fitExactly(i, scale, mu, s, t);
            }
        }
    }

    private void fitExactly(int i, double[] scale, double[] mu, double[] s, double[] t) {
        row(i, exactRow);
        double even = 0;
        double odd = 0;
        for (int j = 0; j + 1 < columns; j += 2) {
            even += exactRow[j] * scale[j];
            odd += exactRow[j + 1] * scale[j + 1];
        }
        s[i] = even + odd + (columns % 2 == 0 ? 0 : exactRow[columns - 1] * scale[columns - 1]);
        double factor = mu[i] == 0 ? 0 : mu[i] / s[i];
        for (int j = 0; j < columns; j++) {
            t[j] += factor * exactRow[j];
        }
    }

    /**
     * {@code t_j = sum_i h_i e_ij sum_k e_ik x_k}.
     *
     * @param vector x, one for each column
     * @param h      one for each row
     * @param t      receives the result
     */
    public void couple(double[] vector, double[] h, double[] t) {
        loadVector(vector);
        Arrays.fill(t, 0.0);
        reverse();
        for (int n = 0; n < Lanes.blocks(rows); n++) {
            for (int first = firstRow(n), end = endRow(n); first < end; first += CouplingRows.GROUP) {
                multiply(first);
                for (int r = 0; r < CouplingRows.GROUP; r++) {
                    factors[r] = first + r < rows ? (float) (h[first + r] * products[r]) : 0;
                }
                add(first, t);
            }
        }
    }

    /**
     * {@code out_i = h_i sum_k e_ik x_k}.
     *
     * @param vector x, one for each column
     * @param h      one for each row
     */
    public void multiply(double[] vector, double[] h, double[] out) {
        loadVector(vector);
        reverse();
        for (int n = 0; n < Lanes.blocks(rows); n++) {
            for (int first = firstRow(n), end = endRow(n); first < end; first += CouplingRows.GROUP) {
                multiply(first);
                for (int r = 0; r < Math.min(CouplingRows.GROUP, rows - first); r++) {
                    out[first + r] = h[first + r] * products[r];
                }
            }
        }
    }

    /**
     * Row and column sums in float64 of the entries {@code e_ij c_j r_i}, each rounded to float32 as an operator with these factors writes
     * it. Not for bfloat16 storage.
     *
     * @param c a factor for each column
     * @param r a factor for each row
     */
    public void sums(double[] c, double[] r, double[] rowSums, double[] columnSums) {
        loadVector(c);
        Arrays.fill(exactColumns, 0.0);
        reverse();
        for (int n = 0; n < Lanes.blocks(rows); n++) {
            for (int first = firstRow(n), end = endRow(n); first < end; first += CouplingRows.GROUP) {
                for (int k = 0; k < CouplingRows.GROUP; k++) {
                    factors[k] = first + k < rows ? (float) r[first + k] : 0;
                }
                addExactly(first, rowSums);
            }
        }
        System.arraycopy(exactColumns, 0, columnSums, 0, columns);
    }

    /**
     * As {@link #fit}, and sums the entries as {@link #sums} does, with the factors {@code mu_i / s_i} of the rows.
     *
     * @param scale      c, a factor for each column, the largest of them 1
     * @param rowSums    receives the sums of the scaled rows
     * @param columnSums receives the sums of the columns of the scaled rows
     */
    public void fitAndSum(double[] scale, double[] mu, double[] s, double[] rowSums, double[] columnSums) {
        loadVector(scale);
        Arrays.fill(exactColumns, 0.0);
        reverse();
        for (int n = 0; n < Lanes.blocks(rows); n++) {
            for (int first = firstRow(n), end = endRow(n); first < end; first += CouplingRows.GROUP) {
                fitGroup(first, mu, s);
                addExactly(first, rowSums);
            }
        }
        System.arraycopy(exactColumns, 0, columnSums, 0, columns);
    }

    /** Adds eight rows, with their factors, to the columns, and sums each. */
    private void addExactly(int first, double[] rowSums) {
        for (int half = 0; half < CouplingRows.GROUP; half += EntrySums.GROUP) {
            EntrySums.add(memory, start(first + half), stride, width, x, factors, half, exactLanes, exactColumns);
            for (int k = 0; k < Math.min(EntrySums.GROUP, rows - first - half); k++) {
                rowSums[first + half + k] = EntrySums.fold(exactLanes, k);
            }
        }
    }

    private void loadVector(double[] vector) {
        for (int j = 0; j < columns; j++) {
            x[j] = (float) vector[j];
        }
    }

    private void multiply(int first) {
        CouplingRows.products(memory, start(first), stride, width, bfloat16, x, lanes, products);
    }

    private void add(int first, double[] sums) {
        if (bfloat16) {
            Bfloat16Rows.add(memory, start(first), stride, width, factors, partial);
        } else {
            CouplingRows.add(memory, start(first), stride, width, factors, partial);
        }
        if ((first + CouplingRows.GROUP) % Lanes.BLOCK == 0 || first + CouplingRows.GROUP >= rows) {
            for (int j = 0; j < columns; j++) {
                sums[j] += partial[j];
            }
            Arrays.fill(partial, 0f);
        }
    }

    /** Copies the entries of row {@code i}. */
    public void row(int i, double[] out) {
        long from = start(i);
        for (int j = 0; j < columns; j++, from += Float.BYTES) {
            out[j] = bfloat16 ? Bfloat16Rows.entry(memory.get(ValueLayout.JAVA_INT, from), i % 2 == 0)
                    : memory.get(ValueLayout.JAVA_FLOAT, from);
        }
    }

    /** Bytes to row {@code i}, or to its pair. */
    private long start(int i) {
        return (bfloat16 ? i / 2 : i) * stride;
    }
}
