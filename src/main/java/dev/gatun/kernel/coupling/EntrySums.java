package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Row and column sums in float64 of float32 entries {@code (e_ij c_j) r_i}, both products rounded to float32 as an operator rounds them.
 *
 * <p>Stored rows lie as in {@link CouplingRows}, four at a time. Sums are chains: {@value #CHAINS} of a stored row, column j in chain
 * {@code j mod 8}, one of a stored column, and in a tile one of a row and {@value #CHAINS} of a column, row r in chain {@code r mod 8}. A
 * sum of n entries has an error of at most n roundings to float64. Narrow vectors pass over the rows once for each vector of chains, so
 * results do not depend on the vector width. No tails.
 */
public final class EntrySums {

    /** Rows at a time. */
    public static final int GROUP = 4;

    /** Chains of a sum: as many as the widest vector of float64 has lanes. */
    public static final int CHAINS = 8;

    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private EntrySums() {
    }

    /**
     * Sums four stored rows, and adds their entries to the sums of the columns.
     *
     * @param start   bytes to the first row
     * @param stride  bytes from one row to the next
     * @param width   entries of a row, a multiple of {@link Lanes#DEPTH}
     * @param c       a factor for each column
     * @param r       a factor for each row, four of them from {@code from} on
     * @param lanes   receives the chains of each row's sum, {@link #CHAINS} per row
     * @param columns sums of the columns, added to
     */
    public static void add(MemorySegment coupling, long start, long stride, int width, float[] c, float[] r, int from,
                    double[] lanes, double[] columns) {
        for (int chain = 0; chain < CHAINS; chain += DOUBLES) {
            add(coupling, start + 4L * chain, stride, width, c, r, from, chain, lanes, columns);
        }
    }

    /** As above, for the columns of the chains of one vector, the first of which is {@code chain}. */
    private static void add(MemorySegment coupling, long start, long stride, int width, float[] c, float[] r, int from, int chain,
                            double[] lanes, double[] columns) {
        FloatVector r0 = Lanes.HALF_FLOAT_ZEROS.broadcast(r[from]);
        FloatVector r1 = Lanes.HALF_FLOAT_ZEROS.broadcast(r[from + 1]);
        FloatVector r2 = Lanes.HALF_FLOAT_ZEROS.broadcast(r[from + 2]);
        FloatVector r3 = Lanes.HALF_FLOAT_ZEROS.broadcast(r[from + 3]);
        DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s2 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s3 = DoubleVector.zero(Lanes.DOUBLES);
        long row1 = start + stride;
        long row2 = start + 2 * stride;
        long row3 = start + 3 * stride;
        for (int j = 0; j < width; j += CHAINS) {
            long at = 4L * j;
            FloatVector f = FloatVector.fromArray(Lanes.HALF_FLOATS, c, chain + j);
            FloatVector e0 = FloatVector.fromMemorySegment(Lanes.HALF_FLOATS, coupling, start + at, ORDER).mul(f).mul(r0);
            FloatVector e1 = FloatVector.fromMemorySegment(Lanes.HALF_FLOATS, coupling, row1 + at, ORDER).mul(f).mul(r1);
            FloatVector e2 = FloatVector.fromMemorySegment(Lanes.HALF_FLOATS, coupling, row2 + at, ORDER).mul(f).mul(r2);
            FloatVector e3 = FloatVector.fromMemorySegment(Lanes.HALF_FLOATS, coupling, row3 + at, ORDER).mul(f).mul(r3);
            DoubleVector d0 = Lanes.DOUBLE_VECTOR.cast(e0.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector d1 = Lanes.DOUBLE_VECTOR.cast(e1.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector d2 = Lanes.DOUBLE_VECTOR.cast(e2.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector d3 = Lanes.DOUBLE_VECTOR.cast(e3.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            s0 = s0.add(d0);
            s1 = s1.add(d1);
            s2 = s2.add(d2);
            s3 = s3.add(d3);
            DoubleVector.fromArray(Lanes.DOUBLES, columns, chain + j).add(d0).add(d1).add(d2).add(d3).intoArray(columns, chain + j);
        }
        Lanes.DOUBLE_VECTOR.cast(s0).intoArray(lanes, chain);
        Lanes.DOUBLE_VECTOR.cast(s1).intoArray(lanes, chain + CHAINS);
        Lanes.DOUBLE_VECTOR.cast(s2).intoArray(lanes, chain + 2 * CHAINS);
        Lanes.DOUBLE_VECTOR.cast(s3).intoArray(lanes, chain + 3 * CHAINS);
    }

    /**
     * Adds a tile of entries, each row multiplied by its factor and rounded to float32, to the sums of the rows and columns.
     *
     * @param tile    {@code columns x BLOCK}
     * @param factor  one for each row of the block
     * @param rows    sums of the block's rows, added to
     * @param lanes   scratch, {@link #CHAINS} per column
     * @param columns sums of the columns, the tile's first at {@code first}, added to
     */
    public static void addTile(float[] tile, int count, float[] factor, double[] rows, double[] lanes, double[] columns, int first) {
        for (int l = 0; l < count * CHAINS; l++) {
            lanes[l] = 0;
        }
        for (int row = 0; row < Lanes.BLOCK; row += 4 * CHAINS) {
            for (int chain = 0; chain < CHAINS; chain += DOUBLES) {
                addRows(tile, count, factor, rows, lanes, row + chain, chain);
            }
        }
        for (int c = 0; c < count; c++) {
            columns[first + c] += fold(lanes, c);
        }
    }

    /** Adds the rows of four vectors, which share their chains of a column. */
    private static void addRows(float[] tile, int count, float[] factor, double[] rows, double[] lanes, int row, int chain) {
        FloatVector r0 = FloatVector.fromArray(Lanes.HALF_FLOATS, factor, row);
        FloatVector r1 = FloatVector.fromArray(Lanes.HALF_FLOATS, factor, row + CHAINS);
        FloatVector r2 = FloatVector.fromArray(Lanes.HALF_FLOATS, factor, row + 2 * CHAINS);
        FloatVector r3 = FloatVector.fromArray(Lanes.HALF_FLOATS, factor, row + 3 * CHAINS);
        DoubleVector s0 = DoubleVector.fromArray(Lanes.DOUBLES, rows, row);
        DoubleVector s1 = DoubleVector.fromArray(Lanes.DOUBLES, rows, row + CHAINS);
        DoubleVector s2 = DoubleVector.fromArray(Lanes.DOUBLES, rows, row + 2 * CHAINS);
        DoubleVector s3 = DoubleVector.fromArray(Lanes.DOUBLES, rows, row + 3 * CHAINS);
        for (int c = 0, at = row, lane = chain; c < count; c++, at += Lanes.BLOCK, lane += CHAINS) {
            FloatVector e0 = FloatVector.fromArray(Lanes.HALF_FLOATS, tile, at).mul(r0);
            FloatVector e1 = FloatVector.fromArray(Lanes.HALF_FLOATS, tile, at + CHAINS).mul(r1);
            FloatVector e2 = FloatVector.fromArray(Lanes.HALF_FLOATS, tile, at + 2 * CHAINS).mul(r2);
            FloatVector e3 = FloatVector.fromArray(Lanes.HALF_FLOATS, tile, at + 3 * CHAINS).mul(r3);
            DoubleVector d0 = Lanes.DOUBLE_VECTOR.cast(e0.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector d1 = Lanes.DOUBLE_VECTOR.cast(e1.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector d2 = Lanes.DOUBLE_VECTOR.cast(e2.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector d3 = Lanes.DOUBLE_VECTOR.cast(e3.convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            s0 = s0.add(d0);
            s1 = s1.add(d1);
            s2 = s2.add(d2);
            s3 = s3.add(d3);
            DoubleVector.fromArray(Lanes.DOUBLES, lanes, lane).add(d0).add(d1).add(d2).add(d3)
                    .intoArray(lanes, lane);
        }
        Lanes.DOUBLE_VECTOR.cast(s0).intoArray(rows, row);
        Lanes.DOUBLE_VECTOR.cast(s1).intoArray(rows, row + CHAINS);
        Lanes.DOUBLE_VECTOR.cast(s2).intoArray(rows, row + 2 * CHAINS);
        Lanes.DOUBLE_VECTOR.cast(s3).intoArray(rows, row + 3 * CHAINS);
    }

    /** The sum of the chains of row or column {@code k}. */
    public static double fold(double[] lanes, int k) {
        double sum = 0;
        for (int l = k * CHAINS; l < (k + 1) * CHAINS; l++) {
            sum += lanes[l];
        }
        return sum;
    }
}
