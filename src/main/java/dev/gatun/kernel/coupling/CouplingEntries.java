package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Sharing;
import dev.gatun.kernel.pack.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The stored entries of a coupling, {@code e_ij = 2^(z_ij + u_i + v_j)}, in float32 or bfloat16, and passes that scale its rows and
 * columns. A full Sinkhorn iteration reads them once: a group of rows is still in a near cache when its columns are summed.
 *
 * <p>Filled by a {@code SinkhornPass}, block by block. Rows are processed eight at a time; columns are summed in float32 over
 * {@link Lanes#BLOCK} rows, in float64 over the blocks of a {@linkplain RowGroups group} and over groups. Threads share the groups; every
 * other pass takes blocks in the opposite order, because those read last are still in a cache. A pass allocates nothing. Not for two
 * passes at once.
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
    private final RowGroups groups;
    private final Sharing.Part fitting = this::fit;
    private final Sharing.Part fittingExactly = this::fitExactly;
    private final Sharing.Part coupling = this::couple;
    private final Sharing.Part multiplying = this::multiply;
    private final Sharing.Part summing = this::sum;
    private final Sharing.Part fittingAndSumming = this::fitAndSum;
    private Sharing sharing = Sharing.NONE;
    private Worker[] workers = {};
    private double[] columnFactors;
    private double[] rowFactors;
    private double[] rowSums;
    private double[] rowResults;
    private boolean descending;

    /** Scratch of one worker. */
    private final class Worker {
        private final float[] tile = new float[Lanes.BLOCK * Lanes.DEPTH];
        private final float[] partial = new float[width];
        private final float[] lanes = new float[CouplingRows.GROUP * CouplingRows.CHAINS];
        private final double[] exactLanes = new double[EntrySums.GROUP * EntrySums.CHAINS];
        private final float[] factors = new float[CouplingRows.GROUP];
        private final double[] products = new double[CouplingRows.GROUP];
        private final double[] row = new double[columns];
    }

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
        this.groups = new RowGroups(rows, width);
        share(Sharing.NONE);
    }

    /** Sets the threads that share the passes from now on. Allocates scratch for each the first time. */
    public void share(Sharing threads) {
        sharing = groups.count() > 1 ? threads : Sharing.NONE;
        int known = workers.length;
        if (sharing.threads() > known) {
            workers = Arrays.copyOf(workers, sharing.threads());
            for (int w = known; w < workers.length; w++) {
                workers[w] = new Worker();
            }
        }
    }

    /** Bytes of the stored entries. */
    public static long bytes(int rows, int columns, boolean bfloat16) {
        return Math.multiplyExact((long) Lanes.blocks(rows) * Lanes.BLOCK,
                (long) (bfloat16 ? Short.BYTES : Float.BYTES) * width(columns));
    }

    private static int width(int columns) {
        return (columns + Lanes.DEPTH - 1) / Lanes.DEPTH * Lanes.DEPTH;
    }

    /** Begins to fill in new entries, block by block. */
    public void begin() {
        descending = false;
    }

    /**
     * Stores a tile of a block, each row multiplied by its factor.
     *
     * @param numerators {@code DEPTH x BLOCK}: columns from {@code count} on are cleared
     * @param worker     the worker that stores it
     */
    public void fill(float[] numerators, float[] factor, int firstRow, int rowCount, int first, int count, int worker) {
        float[] tile = workers[worker].tile;
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
        run(fitting, mu, s, null);
        groups.total(t);
    }

    private void fit(int piece, int worker) {
        fit(piece, worker, false);
    }

    /** Fits the rows of a piece and sums its columns; if {@code exactly}, in float64 with the columns scaled, and its rows too. */
    private void fit(int piece, int worker, boolean exactly) {
        Worker own = workers[worker];
        int group = group(piece);
        double[] sums = groups.cleared(group);
        for (int n = 0; n < blocks(group); n++) {
            int end = endRow(group, n);
            for (int first = firstRow(group, n); first < end; first += CouplingRows.GROUP) {
                fitRows(own, first);
                if (exactly) {
                    addExactly(own, first, sums);
                } else {
                    add(own, first, sums);
                }
            }
        }
    }

    /** The sums of eight rows, and the factors that fit them. */
    private void fitRows(Worker own, int first) {
        multiply(own, first);
        for (int r = 0; r < CouplingRows.GROUP; r++) {
            int i = first + r;
            own.factors[r] = 0;
            if (i < rows) {
                rowSums[i] = own.products[r];
                own.factors[r] = rowFactors[i] == 0 ? 0 : (float) (rowFactors[i] / own.products[r]);
            }
        }
    }

    /** Runs a pass, in the opposite order of the last one, with a factor for each row and what it receives for each row. */
    private void run(Sharing.Part pass, double[] factors, double[] sums, double[] results) {
        rowFactors = factors;
        rowSums = sums;
        rowResults = results;
        descending = !descending;
        sharing.run(groups.count(), pass);
        rowFactors = null;
        rowSums = null;
        rowResults = null;
    }

    /** The group of a piece in the current order. */
    private int group(int piece) {
        return descending ? groups.mirrored(piece, sharing.threads()) : piece;
    }

    private int blocks(int group) {
        return groups.endBlock(group) - groups.firstBlock(group);
    }

    /** The first row of the n-th block of a group in the current order. */
    private int firstRow(int group, int n) {
        return Lanes.BLOCK * (descending ? groups.endBlock(group) - 1 - n : groups.firstBlock(group) + n);
    }

    private int endRow(int group, int n) {
        return Math.min(rows, firstRow(group, n) + Lanes.BLOCK);
    }

    /** Adds the columns of a block of rows whose sums are s, fitted to their marginals, to t: as {@link #fit} does. */
    public void sumColumns(int firstRow, int count, double[] mu, double[] s, double[] t, int worker) {
        Worker own = workers[worker];
        for (int first = firstRow; first < firstRow + count; first += CouplingRows.GROUP) {
            for (int r = 0; r < CouplingRows.GROUP; r++) {
                int i = first + r;
                own.factors[r] = i < rows && mu[i] != 0 ? (float) (mu[i] / s[i]) : 0;
            }
            add(own, first, t);
        }
    }

    /** As {@link #fit}, in float64 throughout: for potentials that depend on differences of sums. */
    public void fitExactly(double[] scale, double[] mu, double[] s, double[] t) {
        columnFactors = scale;
        run(fittingExactly, mu, s, null);
        columnFactors = null;
        groups.total(t);
    }

    private void fitExactly(int piece, int worker) {
        int group = group(piece);
        double[] sums = groups.cleared(group);
        for (int n = 0; n < blocks(group); n++) {
            int end = endRow(group, n);
            for (int i = firstRow(group, n); i < end; i++) {
                fitExactly(i, workers[worker].row, sums);
            }
        }
    }

    private void fitExactly(int i, double[] row, double[] sums) {
        row(i, row);
        double[] scale = columnFactors;
        double even = 0;
        double odd = 0;
        for (int j = 0; j + 1 < columns; j += 2) {
            even += row[j] * scale[j];
            odd += row[j + 1] * scale[j + 1];
        }
        rowSums[i] = even + odd + (columns % 2 == 0 ? 0 : row[columns - 1] * scale[columns - 1]);
        double factor = rowFactors[i] == 0 ? 0 : rowFactors[i] / rowSums[i];
        for (int j = 0; j < columns; j++) {
            sums[j] += factor * row[j];
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
        run(coupling, h, null, null);
        groups.total(t);
    }

    private void couple(int piece, int worker) {
        Worker own = workers[worker];
        int group = group(piece);
        double[] sums = groups.cleared(group);
        for (int n = 0; n < blocks(group); n++) {
            int end = endRow(group, n);
            for (int first = firstRow(group, n); first < end; first += CouplingRows.GROUP) {
                multiply(own, first);
                for (int r = 0; r < CouplingRows.GROUP; r++) {
                    own.factors[r] = first + r < rows ? (float) (rowFactors[first + r] * own.products[r]) : 0;
                }
                add(own, first, sums);
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
        run(multiplying, h, null, out);
    }

    private void multiply(int piece, int worker) {
        Worker own = workers[worker];
        int group = group(piece);
        for (int n = 0; n < blocks(group); n++) {
            int end = endRow(group, n);
            for (int first = firstRow(group, n); first < end; first += CouplingRows.GROUP) {
                multiply(own, first);
                for (int r = 0; r < Math.min(CouplingRows.GROUP, rows - first); r++) {
                    rowResults[first + r] = rowFactors[first + r] * own.products[r];
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
    public void sums(double[] c, double[] r, double[] sumsOfRows, double[] columnSums) {
        loadVector(c);
        run(summing, r, null, sumsOfRows);
        groups.total(columnSums);
    }

    private void sum(int piece, int worker) {
        Worker own = workers[worker];
        int group = group(piece);
        double[] sums = groups.cleared(group);
        for (int n = 0; n < blocks(group); n++) {
            int end = endRow(group, n);
            for (int first = firstRow(group, n); first < end; first += CouplingRows.GROUP) {
                for (int k = 0; k < CouplingRows.GROUP; k++) {
                    own.factors[k] = first + k < rows ? (float) rowFactors[first + k] : 0;
                }
                addExactly(own, first, sums);
            }
        }
    }

    /**
     * As {@link #fit}, and sums the entries as {@link #sums} does, with the factors {@code mu_i / s_i} of the rows.
     *
     * @param scale      c, a factor for each column, the largest of them 1
     * @param sumsOfRows receives the sums of the scaled rows
     * @param columnSums receives the sums of the columns of the scaled rows
     */
    public void fitAndSum(double[] scale, double[] mu, double[] s, double[] sumsOfRows, double[] columnSums) {
        loadVector(scale);
        run(fittingAndSumming, mu, s, sumsOfRows);
        groups.total(columnSums);
    }

    private void fitAndSum(int piece, int worker) {
        fit(piece, worker, true);
    }

    /** Adds eight rows, with their factors, to the columns, and sums each. */
    private void addExactly(Worker own, int first, double[] sums) {
        for (int half = 0; half < CouplingRows.GROUP; half += EntrySums.GROUP) {
            EntrySums.add(memory, start(first + half), stride, width, x, own.factors, half, own.exactLanes, sums);
            for (int k = 0; k < Math.min(EntrySums.GROUP, rows - first - half); k++) {
                rowResults[first + half + k] = EntrySums.fold(own.exactLanes, k);
            }
        }
    }

    private void loadVector(double[] vector) {
        for (int j = 0; j < columns; j++) {
            x[j] = (float) vector[j];
        }
    }

    private void multiply(Worker own, int first) {
        CouplingRows.products(memory, start(first), stride, width, bfloat16, x, own.lanes, own.products);
    }

    private void add(Worker own, int first, double[] sums) {
        float[] partial = own.partial;
        if (bfloat16) {
            Bfloat16Rows.add(memory, start(first), stride, width, own.factors, partial);
        } else {
            CouplingRows.add(memory, start(first), stride, width, own.factors, partial);
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
