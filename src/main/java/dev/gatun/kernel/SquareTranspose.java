package dev.gatun.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes 16 x 16 float32 entries in registers, for vectors of 16 lanes, in four steps that exchange lanes between pairs of vectors at
 * distances 1, 2, 4 and 8. Exact. Plain arrays, at any alignment.
 *
 * <p>An exchange selects lanes from two vectors, which is one instruction if the indices are integers.
 */
public final class SquareTranspose {

    /** Rows and columns of a square. */
    public static final int SIDE = 16;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final Class<FloatVector> FLOAT_VECTOR = Lanes.classOf(FLOATS);
    private static final Class<IntVector> INT_VECTOR = Lanes.classOf(IntVector.SPECIES_512);

    /** Lanes of the lower and of the upper vector of a pair after an exchange. */
    private static final IntVector ONE = IntVector.fromArray(IntVector.SPECIES_512, exchange(1, 0), 0);
    private static final IntVector ONE_UP = IntVector.fromArray(IntVector.SPECIES_512, exchange(1, 1), 0);
    private static final IntVector TWO = IntVector.fromArray(IntVector.SPECIES_512, exchange(2, 0), 0);
    private static final IntVector TWO_UP = IntVector.fromArray(IntVector.SPECIES_512, exchange(2, 2), 0);
    private static final IntVector FOUR = IntVector.fromArray(IntVector.SPECIES_512, exchange(4, 0), 0);
    private static final IntVector FOUR_UP = IntVector.fromArray(IntVector.SPECIES_512, exchange(4, 4), 0);
    private static final IntVector EIGHT = IntVector.fromArray(IntVector.SPECIES_512, exchange(8, 0), 0);
    private static final IntVector EIGHT_UP = IntVector.fromArray(IntVector.SPECIES_512, exchange(8, 8), 0);

    private SquareTranspose() {
    }

    /** Indices into a pair of vectors: lanes with bit {@code distance} clear come from the lower one, shifted by {@code up}. */
    private static int[] exchange(int distance, int up) {
        int[] lanes = new int[SIDE];
        for (int lane = 0; lane < SIDE; lane++) {
            boolean upper = (lane & distance) != 0;
            lanes[lane] = upper ? SIDE + lane - distance + up : lane + up;
        }
        return lanes;
    }

    /**
     * Packs sixteen components of sixteen vectors into a panel of {@link Lanes#BLOCK} vectors side by side, in the order of components of
     * {@code pack.Packing}.
     *
     * @param from the first entry of {@code vectors}
     * @param d    entries from one vector to the next
     * @param to   the place of the first component in the panel
     */
    public static void pack(float[] vectors, int from, int d, float[] panel, int to) {
        IntVector one = ONE;
        IntVector oneUp = ONE_UP;
        IntVector two = TWO;
        IntVector twoUp = TWO_UP;
        IntVector four = FOUR;
        IntVector fourUp = FOUR_UP;
        IntVector eight = EIGHT;
        IntVector eightUp = EIGHT_UP;
        IntVector a0 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a1 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a2 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 2 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a3 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 3 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a4 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 4 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a5 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 5 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a6 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 6 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a7 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 7 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a8 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 8 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a9 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 9 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a10 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 10 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a11 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 11 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a12 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 12 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a13 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 13 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a14 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 14 * d).reinterpretShape(IntVector.SPECIES_512, 0));
        IntVector a15 = INT_VECTOR.cast(FloatVector.fromArray(FLOATS, vectors, from + 15 * d).reinterpretShape(IntVector.SPECIES_512, 0));

        IntVector p0 = one.selectFrom(a0, a1);
        IntVector p1 = oneUp.selectFrom(a0, a1);
        IntVector p2 = one.selectFrom(a2, a3);
        IntVector p3 = oneUp.selectFrom(a2, a3);
        IntVector p4 = one.selectFrom(a4, a5);
        IntVector p5 = oneUp.selectFrom(a4, a5);
        IntVector p6 = one.selectFrom(a6, a7);
        IntVector p7 = oneUp.selectFrom(a6, a7);
        IntVector p8 = one.selectFrom(a8, a9);
        IntVector p9 = oneUp.selectFrom(a8, a9);
        IntVector p10 = one.selectFrom(a10, a11);
        IntVector p11 = oneUp.selectFrom(a10, a11);
        IntVector p12 = one.selectFrom(a12, a13);
        IntVector p13 = oneUp.selectFrom(a12, a13);
        IntVector p14 = one.selectFrom(a14, a15);
        IntVector p15 = oneUp.selectFrom(a14, a15);

        IntVector q0 = two.selectFrom(p0, p2);
        IntVector q2 = twoUp.selectFrom(p0, p2);
        IntVector q1 = two.selectFrom(p1, p3);
        IntVector q3 = twoUp.selectFrom(p1, p3);
        IntVector q4 = two.selectFrom(p4, p6);
        IntVector q6 = twoUp.selectFrom(p4, p6);
        IntVector q5 = two.selectFrom(p5, p7);
        IntVector q7 = twoUp.selectFrom(p5, p7);
        IntVector q8 = two.selectFrom(p8, p10);
        IntVector q10 = twoUp.selectFrom(p8, p10);
        IntVector q9 = two.selectFrom(p9, p11);
        IntVector q11 = twoUp.selectFrom(p9, p11);
        IntVector q12 = two.selectFrom(p12, p14);
        IntVector q14 = twoUp.selectFrom(p12, p14);
        IntVector q13 = two.selectFrom(p13, p15);
        IntVector q15 = twoUp.selectFrom(p13, p15);

        IntVector s0 = four.selectFrom(q0, q4);
        IntVector s4 = fourUp.selectFrom(q0, q4);
        IntVector s1 = four.selectFrom(q1, q5);
        IntVector s5 = fourUp.selectFrom(q1, q5);
        IntVector s2 = four.selectFrom(q2, q6);
        IntVector s6 = fourUp.selectFrom(q2, q6);
        IntVector s3 = four.selectFrom(q3, q7);
        IntVector s7 = fourUp.selectFrom(q3, q7);
        IntVector s8 = four.selectFrom(q8, q12);
        IntVector s12 = fourUp.selectFrom(q8, q12);
        IntVector s9 = four.selectFrom(q9, q13);
        IntVector s13 = fourUp.selectFrom(q9, q13);
        IntVector s10 = four.selectFrom(q10, q14);
        IntVector s14 = fourUp.selectFrom(q10, q14);
        IntVector s11 = four.selectFrom(q11, q15);
        IntVector s15 = fourUp.selectFrom(q11, q15);

        IntVector t0 = eight.selectFrom(s0, s8);
        IntVector t8 = eightUp.selectFrom(s0, s8);
        IntVector t1 = eight.selectFrom(s1, s9);
        IntVector t9 = eightUp.selectFrom(s1, s9);
        IntVector t2 = eight.selectFrom(s2, s10);
        IntVector t10 = eightUp.selectFrom(s2, s10);
        IntVector t3 = eight.selectFrom(s3, s11);
        IntVector t11 = eightUp.selectFrom(s3, s11);
        IntVector t4 = eight.selectFrom(s4, s12);
        IntVector t12 = eightUp.selectFrom(s4, s12);
        IntVector t5 = eight.selectFrom(s5, s13);
        IntVector t13 = eightUp.selectFrom(s5, s13);
        IntVector t6 = eight.selectFrom(s6, s14);
        IntVector t14 = eightUp.selectFrom(s6, s14);
        IntVector t7 = eight.selectFrom(s7, s15);
        IntVector t15 = eightUp.selectFrom(s7, s15);

        FLOAT_VECTOR.cast(t0.reinterpretShape(FLOATS, 0)).intoArray(panel, to);
        FLOAT_VECTOR.cast(t1.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 4 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t2.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 8 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t3.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 12 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t4.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 1 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t5.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 5 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t6.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 9 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t7.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 13 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t8.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 2 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t9.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 6 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t10.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 10 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t11.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 14 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t12.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 3 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t13.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 7 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t14.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 11 * Lanes.BLOCK);
        FLOAT_VECTOR.cast(t15.reinterpretShape(FLOATS, 0)).intoArray(panel, to + 15 * Lanes.BLOCK);
    }

    /**
     * Writes sixteen components of up to sixteen rows, {@link Lanes#BLOCK} of which lie side by side, each row multiplied by its factor.
     * Rows are stored from the last to the first, and those beyond {@code count} where the last one is stored after them.
     *
     * @param from   the first entry of {@code sums}
     * @param row    the place of the first row's factor
     * @param count  the rows to write, from the first on
     * @param at     the place of the first row in {@code out}
     * @param stride entries from one row of {@code out} to the next
     */
    public static void writeRows(float[] sums, int from, float[] factor, int row, int count, float[] out, int at, int stride) {
        FloatVector scale = FloatVector.fromArray(FLOATS, factor, row);
        IntVector one = ONE;
        IntVector oneUp = ONE_UP;
        IntVector two = TWO;
        IntVector twoUp = TWO_UP;
        IntVector four = FOUR;
        IntVector fourUp = FOUR_UP;
        IntVector eight = EIGHT;
        IntVector eightUp = EIGHT_UP;
        IntVector a0 = (IntVector) FloatVector.fromArray(FLOATS, sums, from).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a1 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a2 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 2 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a3 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 3 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a4 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 4 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a5 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 5 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a6 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 6 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a7 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 7 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a8 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 8 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a9 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 9 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a10 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 10 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a11 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 11 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a12 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 12 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a13 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 13 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a14 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 14 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);
        IntVector a15 = (IntVector) FloatVector.fromArray(FLOATS, sums, from + 15 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_512, 0);

        IntVector p0 = one.selectFrom(a0, a1);
        IntVector p1 = oneUp.selectFrom(a0, a1);
        IntVector p2 = one.selectFrom(a2, a3);
        IntVector p3 = oneUp.selectFrom(a2, a3);
        IntVector p4 = one.selectFrom(a4, a5);
        IntVector p5 = oneUp.selectFrom(a4, a5);
        IntVector p6 = one.selectFrom(a6, a7);
        IntVector p7 = oneUp.selectFrom(a6, a7);
        IntVector p8 = one.selectFrom(a8, a9);
        IntVector p9 = oneUp.selectFrom(a8, a9);
        IntVector p10 = one.selectFrom(a10, a11);
        IntVector p11 = oneUp.selectFrom(a10, a11);
        IntVector p12 = one.selectFrom(a12, a13);
        IntVector p13 = oneUp.selectFrom(a12, a13);
        IntVector p14 = one.selectFrom(a14, a15);
        IntVector p15 = oneUp.selectFrom(a14, a15);

        IntVector q0 = two.selectFrom(p0, p2);
        IntVector q2 = twoUp.selectFrom(p0, p2);
        IntVector q1 = two.selectFrom(p1, p3);
        IntVector q3 = twoUp.selectFrom(p1, p3);
        IntVector q4 = two.selectFrom(p4, p6);
        IntVector q6 = twoUp.selectFrom(p4, p6);
        IntVector q5 = two.selectFrom(p5, p7);
        IntVector q7 = twoUp.selectFrom(p5, p7);
        IntVector q8 = two.selectFrom(p8, p10);
        IntVector q10 = twoUp.selectFrom(p8, p10);
        IntVector q9 = two.selectFrom(p9, p11);
        IntVector q11 = twoUp.selectFrom(p9, p11);
        IntVector q12 = two.selectFrom(p12, p14);
        IntVector q14 = twoUp.selectFrom(p12, p14);
        IntVector q13 = two.selectFrom(p13, p15);
        IntVector q15 = twoUp.selectFrom(p13, p15);

        IntVector s0 = four.selectFrom(q0, q4);
        IntVector s4 = fourUp.selectFrom(q0, q4);
        IntVector s1 = four.selectFrom(q1, q5);
        IntVector s5 = fourUp.selectFrom(q1, q5);
        IntVector s2 = four.selectFrom(q2, q6);
        IntVector s6 = fourUp.selectFrom(q2, q6);
        IntVector s3 = four.selectFrom(q3, q7);
        IntVector s7 = fourUp.selectFrom(q3, q7);
        IntVector s8 = four.selectFrom(q8, q12);
        IntVector s12 = fourUp.selectFrom(q8, q12);
        IntVector s9 = four.selectFrom(q9, q13);
        IntVector s13 = fourUp.selectFrom(q9, q13);
        IntVector s10 = four.selectFrom(q10, q14);
        IntVector s14 = fourUp.selectFrom(q10, q14);
        IntVector s11 = four.selectFrom(q11, q15);
        IntVector s15 = fourUp.selectFrom(q11, q15);

        IntVector t0 = eight.selectFrom(s0, s8);
        IntVector t8 = eightUp.selectFrom(s0, s8);
        IntVector t1 = eight.selectFrom(s1, s9);
        IntVector t9 = eightUp.selectFrom(s1, s9);
        IntVector t2 = eight.selectFrom(s2, s10);
        IntVector t10 = eightUp.selectFrom(s2, s10);
        IntVector t3 = eight.selectFrom(s3, s11);
        IntVector t11 = eightUp.selectFrom(s3, s11);
        IntVector t4 = eight.selectFrom(s4, s12);
        IntVector t12 = eightUp.selectFrom(s4, s12);
        IntVector t5 = eight.selectFrom(s5, s13);
        IntVector t13 = eightUp.selectFrom(s5, s13);
        IntVector t6 = eight.selectFrom(s6, s14);
        IntVector t14 = eightUp.selectFrom(s6, s14);
        IntVector t7 = eight.selectFrom(s7, s15);
        IntVector t15 = eightUp.selectFrom(s7, s15);

        int last = count - 1;
        FLOAT_VECTOR.cast(t15.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(15, last) * stride);
        FLOAT_VECTOR.cast(t14.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(14, last) * stride);
        FLOAT_VECTOR.cast(t13.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(13, last) * stride);
        FLOAT_VECTOR.cast(t12.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(12, last) * stride);
        FLOAT_VECTOR.cast(t11.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(11, last) * stride);
        FLOAT_VECTOR.cast(t10.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(10, last) * stride);
        FLOAT_VECTOR.cast(t9.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(9, last) * stride);
        FLOAT_VECTOR.cast(t8.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(8, last) * stride);
        FLOAT_VECTOR.cast(t7.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(7, last) * stride);
        FLOAT_VECTOR.cast(t6.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(6, last) * stride);
        FLOAT_VECTOR.cast(t5.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(5, last) * stride);
        FLOAT_VECTOR.cast(t4.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(4, last) * stride);
        FLOAT_VECTOR.cast(t3.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(3, last) * stride);
        FLOAT_VECTOR.cast(t2.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(2, last) * stride);
        FLOAT_VECTOR.cast(t1.reinterpretShape(FLOATS, 0)).intoArray(out, at + Math.min(1, last) * stride);
        FLOAT_VECTOR.cast(t0.reinterpretShape(FLOATS, 0)).intoArray(out, at);
    }
}
