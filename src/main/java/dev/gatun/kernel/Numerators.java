package dev.gatun.kernel;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Softmax numerators of a tile, {@code 2^z} of its log-kernels, with the sum of each row, and operations on them.
 *
 * <p><b>Layout.</b> Tiles are {@code columns x BLOCK}, plain arrays at any alignment. Rows lie on lanes, two or four vectors of rows per
 * step. A sum is one chain from the first column on, started at zero. There are no tails, and results do not depend on the vector width.
 */
public final class Numerators {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** A block of zeros, one of ones and one of zeros: a block that begins inside it is the step function of a row number. */
    private static final float[] STEPS = new float[3 * Lanes.BLOCK];

    /** Bit l of lane l. */
    private static final int[] LANE_BITS = new int[FLOATS];

    static {
        Arrays.setAll(LANE_BITS, lane -> 1 << lane);
        Arrays.fill(STEPS, Lanes.BLOCK, 2 * Lanes.BLOCK, 1f);
    }

    private Numerators() {
    }

    /**
     * {@code 2^z} of float32 log-kernels, in place.
     *
     * <p>Domain: {@code -126 <= z <= 127}, and {@link Exponential#VANISHING}, which gives 0. Float32 log-kernels are bounded by their
     * range, so no maximum is subtracted and nothing is flushed. Error: at most 1 ULP (0.952 over all floats of the domain).
     *
     * @param tile log-kernels, replaced by their numerators
     * @param sum  receives the sums of the rows
     */
    public static void float32(float[] tile, int columns, float[] sum) {
        float32(tile, columns, sum, Lanes.BLOCK);
    }

    /** As above, for the first {@code rows} rows of the block, a multiple of {@link Lanes#SLICE}; others are left as they are. */
    public static void float32(float[] tile, int columns, float[] sum, int rows) {
        int wide = rows - rows % (2 * FLOATS);
        for (int lane = 0; lane < wide; lane += 2 * FLOATS) {
            wideFloat32(tile, columns, sum, lane);
        }
        for (int lane = wide; lane < rows; lane += FLOATS) {
            vectorFloat32(tile, columns, sum, lane);
        }
    }

    /** Two vectors of rows. Loops over the columns alone need fewer registers for addresses than those over rows around them. */
    private static void wideFloat32(float[] tile, int columns, float[] sum, int lane) {
        FloatVector round = Lanes.FLOAT_ZEROS.broadcast(Exponential.ROUND);
        FloatVector c6 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C6);
        FloatVector c5 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C5);
        FloatVector c4 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C4);
        FloatVector c3 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C3);
        FloatVector c2 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C2);
        FloatVector c1 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C1);
        FloatVector one = Lanes.FLOAT_ZEROS.broadcast(1f);
        FloatVector total0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector total1 = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
            FloatVector z0 = FloatVector.fromArray(Lanes.FLOATS, tile, at);
            FloatVector z1 = FloatVector.fromArray(Lanes.FLOATS, tile, at + FLOATS);
            FloatVector n0 = z0.add(round);
            FloatVector n1 = z1.add(round);
            FloatVector f0 = z0.sub(n0.sub(round));
            FloatVector f1 = z1.sub(n1.sub(round));
            FloatVector p0 = c6.fma(f0, c5);
            FloatVector p1 = c6.fma(f1, c5);
            p0 = p0.fma(f0, c4);
            p1 = p1.fma(f1, c4);
            p0 = p0.fma(f0, c3);
            p1 = p1.fma(f1, c3);
            p0 = p0.fma(f0, c2);
            p1 = p1.fma(f1, c2);
            p0 = p0.fma(f0, c1);
            p1 = p1.fma(f1, c1);
            p0 = p0.fma(f0, one);
            p1 = p1.fma(f1, one);
            p0 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(p0.reinterpretShape(Lanes.INTS, 0))
                    .add(Lanes.INT_VECTOR.cast(n0.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, 23))
                    .reinterpretShape(Lanes.FLOATS, 0));
            p1 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(p1.reinterpretShape(Lanes.INTS, 0))
                    .add(Lanes.INT_VECTOR.cast(n1.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, 23))
                    .reinterpretShape(Lanes.FLOATS, 0));
            p0.intoArray(tile, at);
            p1.intoArray(tile, at + FLOATS);
            total0 = p0.add(total0);
            total1 = p1.add(total1);
        }
        Lanes.FLOAT_VECTOR.cast(total0).intoArray(sum, lane);
        Lanes.FLOAT_VECTOR.cast(total1).intoArray(sum, lane + FLOATS);
    }

    /** One vector of rows, in the same order of arithmetic. */
    private static void vectorFloat32(float[] tile, int columns, float[] sum, int lane) {
        FloatVector round = Lanes.FLOAT_ZEROS.broadcast(Exponential.ROUND);
        FloatVector c6 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C6);
        FloatVector c5 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C5);
        FloatVector c4 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C4);
        FloatVector c3 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C3);
        FloatVector c2 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C2);
        FloatVector c1 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C1);
        FloatVector one = Lanes.FLOAT_ZEROS.broadcast(1f);
        FloatVector total = FloatVector.zero(Lanes.FLOATS);
        for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
            FloatVector z = FloatVector.fromArray(Lanes.FLOATS, tile, at);
            FloatVector n = z.add(round);
            FloatVector f = z.sub(n.sub(round));
            FloatVector p = c6.fma(f, c5);
            p = p.fma(f, c4);
            p = p.fma(f, c3);
            p = p.fma(f, c2);
            p = p.fma(f, c1);
            p = p.fma(f, one);
            p = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(p.reinterpretShape(Lanes.INTS, 0))
                    .add(Lanes.INT_VECTOR.cast(n.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, 23))
                    .reinterpretShape(Lanes.FLOATS, 0));
            p.intoArray(tile, at);
            total = p.add(total);
        }
        Lanes.FLOAT_VECTOR.cast(total).intoArray(sum, lane);
    }

    /**
     * Multiplies each column of numerators by its factor, in place.
     *
     * @param factor one for each column, the tile's first at {@code first}
     * @param sum    receives the sums of the rows
     */
    public static void scale(float[] tile, int columns, float[] factor, int first, float[] sum) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            FloatVector total0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total1 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total2 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total3 = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector f = Lanes.FLOAT_ZEROS.broadcast(factor[first + c]);
                FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, tile, at).mul(f);
                FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, tile, at + FLOATS).mul(f);
                FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS).mul(f);
                FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS).mul(f);
                p0.intoArray(tile, at);
                p1.intoArray(tile, at + FLOATS);
                p2.intoArray(tile, at + 2 * FLOATS);
                p3.intoArray(tile, at + 3 * FLOATS);
                total0 = p0.add(total0);
                total1 = p1.add(total1);
                total2 = p2.add(total2);
                total3 = p3.add(total3);
            }
            Lanes.FLOAT_VECTOR.cast(total0).intoArray(sum, lane);
            Lanes.FLOAT_VECTOR.cast(total1).intoArray(sum, lane + FLOATS);
            Lanes.FLOAT_VECTOR.cast(total2).intoArray(sum, lane + 2 * FLOATS);
            Lanes.FLOAT_VECTOR.cast(total3).intoArray(sum, lane + 3 * FLOATS);
        }
    }

    /**
     * Products of the rows of numerators with a vector: one chain of fused multiply-adds per row, from the first column on.
     *
     * @param vector   one entry for each column, the tile's first at {@code first}
     * @param products receives one for each row
     */
    public static void multiply(float[] tile, int columns, float[] vector, int first, float[] products) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            FloatVector total0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total1 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total2 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total3 = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector f = Lanes.FLOAT_ZEROS.broadcast(vector[first + c]);
                total0 = FloatVector.fromArray(Lanes.FLOATS, tile, at).fma(f, total0);
                total1 = FloatVector.fromArray(Lanes.FLOATS, tile, at + FLOATS).fma(f, total1);
                total2 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS).fma(f, total2);
                total3 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS).fma(f, total3);
            }
            Lanes.FLOAT_VECTOR.cast(total0).intoArray(products, lane);
            Lanes.FLOAT_VECTOR.cast(total1).intoArray(products, lane + FLOATS);
            Lanes.FLOAT_VECTOR.cast(total2).intoArray(products, lane + 2 * FLOATS);
            Lanes.FLOAT_VECTOR.cast(total3).intoArray(products, lane + 3 * FLOATS);
        }
    }

    /**
     * Sets numerators outside a mask to 0, in place: row r of column c is visible where {@code first_c <= r < end_c}.
     *
     * @param first for each column, 0 to {@link Lanes#BLOCK}
     * @param end   likewise
     * @param sum receives the sums of the rows
     */
    public static void mask(float[] tile, int columns, int[] first, int[] end, float[] sum) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            FloatVector total0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total1 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total2 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total3 = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                int from = lane + Lanes.BLOCK - first[c];
                int to = lane + 2 * Lanes.BLOCK - end[c];
                FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, tile, at)
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, from))
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, to));
                FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, tile, at + FLOATS)
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, from + FLOATS))
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, to + FLOATS));
                FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS)
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, from + 2 * FLOATS))
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, to + 2 * FLOATS));
                FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS)
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, from + 3 * FLOATS))
                        .mul(FloatVector.fromArray(Lanes.FLOATS, STEPS, to + 3 * FLOATS));
                p0.intoArray(tile, at);
                p1.intoArray(tile, at + FLOATS);
                p2.intoArray(tile, at + 2 * FLOATS);
                p3.intoArray(tile, at + 3 * FLOATS);
                total0 = p0.add(total0);
                total1 = p1.add(total1);
                total2 = p2.add(total2);
                total3 = p3.add(total3);
            }
            Lanes.FLOAT_VECTOR.cast(total0).intoArray(sum, lane);
            Lanes.FLOAT_VECTOR.cast(total1).intoArray(sum, lane + FLOATS);
            Lanes.FLOAT_VECTOR.cast(total2).intoArray(sum, lane + 2 * FLOATS);
            Lanes.FLOAT_VECTOR.cast(total3).intoArray(sum, lane + 3 * FLOATS);
        }
    }

    /**
     * Sets the numerators of single pairs to 0, in place.
     *
     * @param rows for each column the rows to which it is hidden, bit r for row r
     */
    public static void hide(float[] tile, int columns, long[] rows) {
        FloatVector nothing = FloatVector.zero(Lanes.FLOATS);
        IntVector lanes = IntVector.fromArray(Lanes.INTS, LANE_BITS, 0);
        for (int c = 0, at = 0; c < columns; c++) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += FLOATS, at += FLOATS) {
                IntVector bits = Lanes.INT_ZEROS.broadcast((int) (rows[c] >>> lane)).and(lanes);
                FloatVector.fromArray(Lanes.FLOATS, tile, at).blend(nothing, bits.compare(VectorOperators.NE, 0).cast(Lanes.FLOATS))
                        .intoArray(tile, at);
            }
        }
    }

    /**
     * Raises each row's reference to its largest log-kernel: {@code reference_r = max(reference_r, max_c z_rc)}.
     *
     * <p>Eight vectors per step: with four the method was short enough to be inlined, and was boxed in some drivers at 128 bits.
     *
     * @param start     the place of the first column
     * @param reference one for each row, updated
     */
    public static void raise(double[] scores, int start, int columns, double[] reference) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 8 * DOUBLES) {
            DoubleVector greatest0 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane);
            DoubleVector greatest1 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + DOUBLES);
            DoubleVector greatest2 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 2 * DOUBLES);
            DoubleVector greatest3 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 3 * DOUBLES);
            DoubleVector greatest4 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 4 * DOUBLES);
            DoubleVector greatest5 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 5 * DOUBLES);
            DoubleVector greatest6 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 6 * DOUBLES);
            DoubleVector greatest7 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 7 * DOUBLES);
            for (int c = 0, at = start + lane; c < columns; c++, at += Lanes.BLOCK) {
                greatest0 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at).max(greatest0);
                greatest1 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + DOUBLES).max(greatest1);
                greatest2 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 2 * DOUBLES).max(greatest2);
                greatest3 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 3 * DOUBLES).max(greatest3);
                greatest4 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 4 * DOUBLES).max(greatest4);
                greatest5 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 5 * DOUBLES).max(greatest5);
                greatest6 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 6 * DOUBLES).max(greatest6);
                greatest7 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 7 * DOUBLES).max(greatest7);
            }
            Lanes.DOUBLE_VECTOR.cast(greatest0).intoArray(reference, lane);
            Lanes.DOUBLE_VECTOR.cast(greatest1).intoArray(reference, lane + DOUBLES);
            Lanes.DOUBLE_VECTOR.cast(greatest2).intoArray(reference, lane + 2 * DOUBLES);
            Lanes.DOUBLE_VECTOR.cast(greatest3).intoArray(reference, lane + 3 * DOUBLES);
            Lanes.DOUBLE_VECTOR.cast(greatest4).intoArray(reference, lane + 4 * DOUBLES);
            Lanes.DOUBLE_VECTOR.cast(greatest5).intoArray(reference, lane + 5 * DOUBLES);
            Lanes.DOUBLE_VECTOR.cast(greatest6).intoArray(reference, lane + 6 * DOUBLES);
            Lanes.DOUBLE_VECTOR.cast(greatest7).intoArray(reference, lane + 7 * DOUBLES);
        }
    }

    /**
     * {@code 2^(z - reference)} of float64 log-kernels.
     *
     * <p>Domain: {@code z - reference <= 127}, minus infinity included. Error: that of {@link #float32} and the rounding of the difference
     * to float32; 0 where the difference is below {@link Exponential#MIN_ARGUMENT}.
     *
     * @param numerators receives {@code columns x BLOCK} numerators
     * @param sum     receives the sums of the rows
     */
    public static void float64(double[] scores, int columns, double[] reference, float[] numerators, float[] sum) {
        subtractReferences(scores, columns, reference, numerators);
        flush(numerators, columns);
        float32(numerators, columns, sum);
    }

    /** {@code z - reference}, rounded to float32. */
    private static void subtractReferences(double[] scores, int columns, double[] reference, float[] differences) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
            DoubleVector base0 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane);
            DoubleVector base1 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + DOUBLES);
            DoubleVector base2 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 2 * DOUBLES);
            DoubleVector base3 = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane + 3 * DOUBLES);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                DoubleVector z0 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at).sub(base0);
                DoubleVector z1 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + DOUBLES).sub(base1);
                DoubleVector z2 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 2 * DOUBLES).sub(base2);
                DoubleVector z3 = DoubleVector.fromArray(Lanes.DOUBLES, scores, at + 3 * DOUBLES).sub(base3);
                Lanes.HALF_FLOAT_VECTOR.cast(z0.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0))
                        .intoArray(differences, at);
                Lanes.HALF_FLOAT_VECTOR.cast(z1.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0))
                        .intoArray(differences, at + DOUBLES);
                Lanes.HALF_FLOAT_VECTOR.cast(z2.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0))
                        .intoArray(differences, at + 2 * DOUBLES);
                Lanes.HALF_FLOAT_VECTOR.cast(z3.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0))
                        .intoArray(differences, at + 3 * DOUBLES);
            }
        }
    }

    /**
     * Replaces by {@link Exponential#VANISHING} all differences below {@link Exponential#MIN_ARGUMENT}.
     *
     * <p>A separate pass on float32: at 128 bits the mask of a float64 vector would have two lanes, which is not compiled to vector code.
     */
    private static void flush(float[] differences, int columns) {
        FloatVector least = Lanes.FLOAT_ZEROS.broadcast(Exponential.MIN_ARGUMENT);
        FloatVector vanishing = Lanes.FLOAT_ZEROS.broadcast(Exponential.VANISHING);
        for (int at = 0; at < columns * Lanes.BLOCK; at += FLOATS) {
            FloatVector z = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, differences, at));
            z.blend(vanishing, z.compare(VectorOperators.LT, least)).intoArray(differences, at);
        }
    }
}
