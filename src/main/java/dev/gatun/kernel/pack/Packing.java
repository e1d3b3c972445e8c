package dev.gatun.kernel.pack;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.SquareTranspose;
import dev.gatun.kernel.stored.StoredRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes float32 between vectors row after row and vectors side by side: packs panels, and writes out blocks of sums.
 *
 * <p>Components lie in the {@link ComponentOrder}.
 *
 * <p>Squares of 4 x 4 entries are transposed in registers, two at a time if vectors have 8 lanes, and of 16 x 16 if they have 16; tails
 * that do not fill four are moved entry by entry. Every path does the same arithmetic in the same order, so results do not depend on the
 * vector width. Plain arrays, at any alignment.
 */
public final class Packing {

    /** Components of a group, which are packed in an order of their own. */
    private static final int GROUP = ComponentOrder.GROUP;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int FLOATS = Lanes.FLOATS.length();
    private static final boolean SQUARES = Lanes.FLOATS.length() == SquareTranspose.SIDE;
    private static final boolean EIGHTS = Lanes.FLOATS.length() == 8;
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    /** Rows whose components are transposed together. */
    private static final int ROWS = Math.max(FLOATS, Lanes.QUAD);

    /** Selections from two vectors within each four lanes: the even lanes, the odd ones, the lower two, the upper two. */
    private static final IntVector EVEN = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 1, 0), 0);
    private static final IntVector ODD = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 1, 1), 0);
    private static final IntVector LOWER = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 2, 0), 0);
    private static final IntVector UPPER = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 2, 2), 0);

    /** The same selections of fours of lanes. */
    private static final IntVector EVEN_FOURS = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 4, 0), 0);
    private static final IntVector ODD_FOURS = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 4, 4), 0);
    private static final IntVector LOWER_HALVES = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 8, 0), 0);
    private static final IntVector UPPER_HALVES = IntVector.fromArray(Lanes.INTS, pairs(FLOATS, 8, 8), 0);

    /** The same selections for vectors of four lanes. */
    private static final IntVector EVEN_OF_FOUR = IntVector.fromArray(IntVector.SPECIES_128, pairs(4, 1, 0), 0);
    private static final IntVector ODD_OF_FOUR = IntVector.fromArray(IntVector.SPECIES_128, pairs(4, 1, 1), 0);
    private static final IntVector LOWER_OF_FOUR = IntVector.fromArray(IntVector.SPECIES_128, pairs(4, 2, 0), 0);
    private static final IntVector UPPER_OF_FOUR = IntVector.fromArray(IntVector.SPECIES_128, pairs(4, 2, 2), 0);

    /** Rotations by 8 lanes and by 4 lanes. */
    private static final VectorShuffle<Float> FAR_HALF = VectorShuffle.fromOp(Lanes.FLOATS, lane -> (lane + 8) % FLOATS);
    private static final VectorShuffle<Float> NEAR_FOUR = VectorShuffle.fromOp(Lanes.FLOATS, lane -> (lane + 4) % FLOATS);

    /** The other lane of each pair, the other pair of each four, and the lanes that take from them: one instruction each with AVX2. */
    private static final VectorShuffle<Float> OTHER_LANE = VectorShuffle.fromOp(Lanes.FLOATS, lane -> lane ^ 1);
    private static final VectorShuffle<Float> OTHER_PAIR = VectorShuffle.fromOp(Lanes.FLOATS, lane -> lane ^ 2);
    private static final VectorMask<Float> ODD_LANES = VectorMask.fromLong(Lanes.FLOATS, 0xAAAA);
    private static final VectorMask<Float> ODD_PAIRS = VectorMask.fromLong(Lanes.FLOATS, 0xCCCC);
    private static final VectorMask<Float> ODD_FOURS_OF_LANES = VectorMask.fromLong(Lanes.FLOATS, 0xF0F0);

    private Packing() {
    }

    /** Indices into two vectors: lanes with bit {@code distance} clear come from the first, the others from the second. */
    private static int[] pairs(int length, int distance, int up) {
        int[] lanes = new int[length];
        for (int lane = 0; lane < length; lane++) {
            boolean second = (lane & distance) != 0;
            lanes[lane] = second ? length + lane - distance + up : lane + up;
        }
        return lanes;
    }

    /** The place of component {@code c} of d. */
    static int place(int c, int d) {
        return ComponentOrder.place(c, d);
    }

    /** Entries of an array of squares for {@code count} vectors, whole blocks. */
    public static int squares(int count) {
        return Lanes.blocks(count) * Lanes.BLOCK;
    }

    /**
     * Appends vectors of zeros until their number is a multiple of {@link #ROWS}, so that no row is packed entry by entry.
     *
     * @param vectors {@code count x d}, row after row, with room for the others
     * @return the number of vectors with those of zeros
     */
    static int pad(float[] vectors, int count, int d) {
        int padded = (count + ROWS - 1) / ROWS * ROWS;
        Arrays.fill(vectors, count * d, padded * d, 0f);
        return padded;
    }

    /**
     * Packs vectors into a panel of {@link Lanes#BLOCK} vectors side by side.
     *
     * @param vectors {@code count x d}, row after row
     * @param first   the panel's vector that receives the first of them, a multiple of {@link SquareTranspose#SIDE}
     * @param panel   see {@link Panel}
     * @param inner   components of the panel
     * @param at      the panel's component that receives their first
     */
    public static void byBlock(float[] vectors, int first, int count, int d, float[] panel, int inner, int at) {
        int squared = SQUARES || EIGHTS ? count - count % ROWS : 0;
        int grouped = d - d % GROUP;
        for (int i = 0; i < squared; i += ROWS) {
            int to = block(first + i, inner, at);
            for (int c = 0; SQUARES && c < grouped; c += GROUP) {
                SquareTranspose.pack(vectors, i * d + c, d, panel, to + c * Lanes.BLOCK);
            }
            if (EIGHTS) {
                eight(vectors, i * d, d, grouped, panel, to);
            }
        }
        for (int i = grouped == d ? squared : 0; i < count; i += 4) {
            rest(vectors, i, Math.min(4, count - i), i < squared ? grouped : 0, d, panel, block(first + i, inner, at),
                    Lanes.BLOCK);
        }
    }

    /**
     * Packs the first {@code width} components, whole groups, of eight vectors, for vectors of 8 lanes: four components of vectors 0 to 3
     * in the lower lanes beside those of vectors 4 to 7.
     */
    private static void eight(float[] vectors, int from, int d, int width, float[] panel, int to) {
        for (int c = 0; c < width; c += 4) {
            int lower = from + c;
            int upper = lower + 4 * d - 4;
            FloatVector a = FloatVector.fromArray(Lanes.FLOATS, vectors, lower)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, vectors, upper), ODD_FOURS_OF_LANES);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, vectors, lower + d)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, vectors, upper + d), ODD_FOURS_OF_LANES);
            FloatVector e = FloatVector.fromArray(Lanes.FLOATS, vectors, lower + 2 * d)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, vectors, upper + 2 * d), ODD_FOURS_OF_LANES);
            FloatVector f = FloatVector.fromArray(Lanes.FLOATS, vectors, lower + 3 * d)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, vectors, upper + 3 * d), ODD_FOURS_OF_LANES);
            FloatVector ab = a.blend(b.rearrange(OTHER_LANE), ODD_LANES);
            FloatVector ba = a.rearrange(OTHER_LANE).blend(b, ODD_LANES);
            FloatVector ef = e.blend(f.rearrange(OTHER_LANE), ODD_LANES);
            FloatVector fe = e.rearrange(OTHER_LANE).blend(f, ODD_LANES);
            int target = to + (c - c % GROUP + c % GROUP / 4) * Lanes.BLOCK;
            Lanes.FLOAT_VECTOR.cast(ab.blend(ef.rearrange(OTHER_PAIR), ODD_PAIRS)).intoArray(panel, target);
            Lanes.FLOAT_VECTOR.cast(ba.blend(fe.rearrange(OTHER_PAIR), ODD_PAIRS)).intoArray(panel, target + 4 * Lanes.BLOCK);
            Lanes.FLOAT_VECTOR.cast(ab.rearrange(OTHER_PAIR).blend(ef, ODD_PAIRS)).intoArray(panel, target + 8 * Lanes.BLOCK);
            Lanes.FLOAT_VECTOR.cast(ba.rearrange(OTHER_PAIR).blend(fe, ODD_PAIRS)).intoArray(panel, target + 12 * Lanes.BLOCK);
        }
    }

    /** The place of component {@code at} of vector {@code i} in a panel of {@link Lanes#BLOCK} vectors side by side. */
    private static int block(int i, int inner, int at) {
        return i / Lanes.BLOCK * Lanes.BLOCK * inner + i % Lanes.BLOCK + at * Lanes.BLOCK;
    }

    /**
     * Widens rows and multiplies them by {@code factor + rest}: an entry v becomes {@code fma(v, factor, v * rest)}, with an error of at
     * most slightly more than half an ULP.
     *
     * @param rest    the part of the factor below float32 resolution
     * @param vectors receives {@code count x d}, row after row
     */
    static void readScaled(StoredRows rows, int first, int count, int d, float factor, float rest, float[] vectors) {
        if (!rows.loadable() || d % FLOATS != 0) {
            rows.read(first, count, d, vectors);
            scale(vectors, count * d, factor, rest);
            return;
        }
        boolean dense = rows.rowBytes() == (long) Float.BYTES * d;
        for (int i = 0; i < count; ) {
            int together = dense ? rows.together(first + i, count - i) : 1;
            copyScaled(rows.memory(first + i), rows.at(first + i), together * d, factor, rest, vectors, i * d);
            i += together;
        }
    }

    /** Multiplies float32 entries while they are copied from native memory, in whole vectors. */
    private static void copyScaled(MemorySegment memory, long from, int count, float factor, float rest, float[] vectors, int to) {
        FloatVector product = Lanes.FLOAT_ZEROS.broadcast(factor);
        FloatVector remainder = Lanes.FLOAT_ZEROS.broadcast(rest);
        for (int c = 0; c < count; c += FLOATS) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, from + (long) Float.BYTES * c, ORDER);
            Lanes.FLOAT_VECTOR.cast(v.fma(product, v.mul(remainder))).intoArray(vectors, to + c);
        }
    }

    /** Multiplies entries in place. */
    private static void scale(float[] vectors, int count, float factor, float rest) {
        FloatVector product = Lanes.FLOAT_ZEROS.broadcast(factor);
        FloatVector remainder = Lanes.FLOAT_ZEROS.broadcast(rest);
        int c = 0;
        for (; c + FLOATS <= count; c += FLOATS) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, vectors, c);
            Lanes.FLOAT_VECTOR.cast(v.fma(product, v.mul(remainder))).intoArray(vectors, c);
        }
        for (; c < count; c++) {
            vectors[c] = Math.fma(vectors[c], factor, vectors[c] * rest);
        }
    }

    /**
     * Adds up the squares of the components of vectors of such a panel.
     *
     * @param first   the first vector, a multiple of {@link Lanes#BLOCK}
     * @param count   the number of vectors
     * @param squares one for each vector, {@link #squares} long: added to, each a chain in the order of places
     */
    static void addSquares(float[] panel, int first, int count, int d, int inner, int at, float[] squares) {
        int wide = first + count - count % (4 * FLOATS);
        for (int i = first; i < wide; i += 4 * FLOATS) {
            addSquaresOfFour(panel, block(i, inner, at), d, squares, i);
        }
        int i = wide;
        for (; i + FLOATS < first + count; i += 2 * FLOATS) {
            addSquaresOfTwo(panel, block(i, inner, at), d, squares, i);
        }
        if (i < first + count) {
            addSquaresOfOne(panel, block(i, inner, at), d, squares, i);
        }
    }

    /** Adds the squares of as many vectors as four vector registers have lanes. */
    private static void addSquaresOfFour(float[] panel, int from, int d, float[] squares, int at) {
        FloatVector square0 = FloatVector.fromArray(Lanes.FLOATS, squares, at);
        FloatVector square1 = FloatVector.fromArray(Lanes.FLOATS, squares, at + FLOATS);
        FloatVector square2 = FloatVector.fromArray(Lanes.FLOATS, squares, at + 2 * FLOATS);
        FloatVector square3 = FloatVector.fromArray(Lanes.FLOATS, squares, at + 3 * FLOATS);
        for (int c = 0, place = from; c < d; c++, place += Lanes.BLOCK) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, panel, place);
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, panel, place + FLOATS);
            FloatVector v2 = FloatVector.fromArray(Lanes.FLOATS, panel, place + 2 * FLOATS);
            FloatVector v3 = FloatVector.fromArray(Lanes.FLOATS, panel, place + 3 * FLOATS);
            square0 = v0.fma(v0, square0);
            square1 = v1.fma(v1, square1);
            square2 = v2.fma(v2, square2);
            square3 = v3.fma(v3, square3);
        }
        Lanes.FLOAT_VECTOR.cast(square0).intoArray(squares, at);
        Lanes.FLOAT_VECTOR.cast(square1).intoArray(squares, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(square2).intoArray(squares, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(square3).intoArray(squares, at + 3 * FLOATS);
    }

    /** Adds the squares of as many vectors as two vector registers have lanes. */
    private static void addSquaresOfTwo(float[] panel, int from, int d, float[] squares, int at) {
        FloatVector square0 = FloatVector.fromArray(Lanes.FLOATS, squares, at);
        FloatVector square1 = FloatVector.fromArray(Lanes.FLOATS, squares, at + FLOATS);
        for (int c = 0, place = from; c < d; c++, place += Lanes.BLOCK) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, panel, place);
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, panel, place + FLOATS);
            square0 = v0.fma(v0, square0);
            square1 = v1.fma(v1, square1);
        }
        Lanes.FLOAT_VECTOR.cast(square0).intoArray(squares, at);
        Lanes.FLOAT_VECTOR.cast(square1).intoArray(squares, at + FLOATS);
    }

    /** Adds the squares of as many vectors as one vector register has lanes. */
    private static void addSquaresOfOne(float[] panel, int from, int d, float[] squares, int at) {
        FloatVector square = FloatVector.fromArray(Lanes.FLOATS, squares, at);
        for (int c = 0, place = from; c < d; c++, place += Lanes.BLOCK) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, panel, place);
            square = v.fma(v, square);
        }
        Lanes.FLOAT_VECTOR.cast(square).intoArray(squares, at);
    }

    /**
     * Packs vectors into a panel of {@link Lanes#QUAD} vectors side by side, and adds up the squares of their components.
     *
     * @param vectors {@code count x d}, row after row
     * @param from    the panel's vector that receives the first of them, a multiple of 4
     * @param inner   components of the panel
     * @param at      the panel's component that receives their first
     * @param squares one for each vector, {@link #squares} long: added to, each the sum of four chains, one for each four of a group, and
     *                of one chain over components that fill no group
     */
    public static void byFour(float[] vectors, int from, int count, int d, float[] panel, int inner, int at, float[] squares) {
        int to = from * inner + at * Lanes.QUAD;
        int grouped = d - d % GROUP;
        int fullFours = grouped > 0 ? count & -4 : 0;
        if (fullFours > 0 && SQUARES) {
            groups(vectors, fullFours, d, grouped, panel, inner, to, squares, from);
        } else if (fullFours > 0 && EIGHTS) {
            groupsOfEight(vectors, fullFours, d, grouped, panel, inner, to, squares, from);
        } else if (fullFours > 0) {
            groupsOfFour(vectors, fullFours, d, grouped, panel, inner, to, squares, from);
        }
        int rest = grouped == d ? fullFours : 0;
        for (int i = rest; i < count; i += 4) {
            rest(vectors, i, Math.min(4, count - i), i < fullFours ? grouped : 0, d, panel, to + i * inner, Lanes.QUAD);
        }
        for (int i = rest; i < count; i++) {
            square(vectors, i * d, i < fullFours ? grouped : 0, d, squares, from + i);
        }
    }

    /** {@code width} components of {@code count} vectors, multiples of 16 and of 4, for vectors of 16 lanes. */
    private static void groups(float[] vectors, int count, int d, int width, float[] panel, int inner, int to,
                               float[] squares, int at) {
        for (int i = 0, first = 0, place = to; i < count; i += 4, first += 4 * d, place += 4 * inner) {
            FloatVector square = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0; c < width; c += GROUP) {
                IntVector a = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, vectors, first + c)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector b = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, vectors, first + d + c)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector e = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, vectors, first + 2 * d + c)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector f = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, vectors, first + 3 * d + c)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector ab = EVEN.selectFrom(a, b);
                IntVector ba = ODD.selectFrom(a, b);
                IntVector ef = EVEN.selectFrom(e, f);
                IntVector fe = ODD.selectFrom(e, f);
                FloatVector t0 = Lanes.FLOAT_VECTOR.cast(LOWER.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector t1 = Lanes.FLOAT_VECTOR.cast(LOWER.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector t2 = Lanes.FLOAT_VECTOR.cast(UPPER.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector t3 = Lanes.FLOAT_VECTOR.cast(UPPER.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0));
                t0.intoArray(panel, place + 4 * c);
                t1.intoArray(panel, place + 4 * c + GROUP);
                t2.intoArray(panel, place + 4 * c + 2 * GROUP);
                t3.intoArray(panel, place + 4 * c + 3 * GROUP);
                square = t3.fma(t3, t2.fma(t2, t1.fma(t1, t0.fma(t0, square))));
            }
            FloatVector halves = square.add(square.rearrange(FAR_HALF));
            FloatVector sum = halves.add(halves.rearrange(NEAR_FOUR));
            FloatVector.fromArray(FOUR, squares, at + i).add(Lanes.FOUR_FLOATS_VECTOR.cast(sum.reinterpretShape(FOUR, 0)))
                    .intoArray(squares, at + i);
        }
    }

    /** The same for vectors of 8 lanes: each half of a group is two squares of four components of four vectors. */
    private static void groupsOfEight(float[] vectors, int count, int d, int width, float[] panel, int inner, int to,
                                      float[] squares, int at) {
        for (int i = 0, first = 0, place = to; i < count; i += 4, first += 4 * d, place += 4 * inner) {
            FloatVector halves = FloatVector.zero(Lanes.FLOATS);
            for (int half = 0; half < GROUP; half += FLOATS) {
                FloatVector square = FloatVector.zero(Lanes.FLOATS);
                for (int c = 0; c < width; c += GROUP) {
                    int from = first + half + c;
                    FloatVector a = FloatVector.fromArray(Lanes.FLOATS, vectors, from);
                    FloatVector b = FloatVector.fromArray(Lanes.FLOATS, vectors, from + d);
                    FloatVector e = FloatVector.fromArray(Lanes.FLOATS, vectors, from + 2 * d);
                    FloatVector f = FloatVector.fromArray(Lanes.FLOATS, vectors, from + 3 * d);
                    FloatVector ab = a.blend(b.rearrange(OTHER_LANE), ODD_LANES);
                    FloatVector ba = a.rearrange(OTHER_LANE).blend(b, ODD_LANES);
                    FloatVector ef = e.blend(f.rearrange(OTHER_LANE), ODD_LANES);
                    FloatVector fe = e.rearrange(OTHER_LANE).blend(f, ODD_LANES);
                    FloatVector t0 = ab.blend(ef.rearrange(OTHER_PAIR), ODD_PAIRS);
                    FloatVector t1 = ba.blend(fe.rearrange(OTHER_PAIR), ODD_PAIRS);
                    FloatVector t2 = ab.rearrange(OTHER_PAIR).blend(ef, ODD_PAIRS);
                    FloatVector t3 = ba.rearrange(OTHER_PAIR).blend(fe, ODD_PAIRS);
                    int target = place + half + 4 * c;
                    t0.intoArray(panel, target);
                    t1.intoArray(panel, target + GROUP);
                    t2.intoArray(panel, target + 2 * GROUP);
                    t3.intoArray(panel, target + 3 * GROUP);
                    square = t3.fma(t3, t2.fma(t2, t1.fma(t1, t0.fma(t0, square))));
                }
                halves = square.add(halves);
            }
            FloatVector sum = halves.add(halves.rearrange(NEAR_FOUR));
            FloatVector.fromArray(FOUR, squares, at + i).add(Lanes.FOUR_FLOATS_VECTOR.cast(sum.reinterpretShape(FOUR, 0)))
                    .intoArray(squares, at + i);
        }
    }

    /** The same for vectors of 4 lanes: each quarter of a group is a square of four components of four vectors. */
    private static void groupsOfFour(float[] vectors, int count, int d, int width, float[] panel, int inner, int to,
                                     float[] squares, int at) {
        for (int i = 0, first = 0, place = to; i < count; i += 4, first += 4 * d, place += 4 * inner) {
            FloatVector square0 = FloatVector.zero(FOUR);
            FloatVector square1 = FloatVector.zero(FOUR);
            FloatVector square2 = FloatVector.zero(FOUR);
            FloatVector square3 = FloatVector.zero(FOUR);
            for (int c = 0; c < width; c += GROUP) {
                IntVector a0 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + c)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector b0 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + d + c)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector e0 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 2 * d + c)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector f0 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 3 * d + c)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector ab0 = EVEN_OF_FOUR.selectFrom(a0, b0);
                IntVector ba0 = ODD_OF_FOUR.selectFrom(a0, b0);
                IntVector ef0 = EVEN_OF_FOUR.selectFrom(e0, f0);
                IntVector fe0 = ODD_OF_FOUR.selectFrom(e0, f0);
                FloatVector t00 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ab0, ef0).reinterpretShape(FOUR, 0));
                FloatVector t01 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ba0, fe0).reinterpretShape(FOUR, 0));
                FloatVector t02 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ab0, ef0).reinterpretShape(FOUR, 0));
                FloatVector t03 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ba0, fe0).reinterpretShape(FOUR, 0));
                t00.intoArray(panel, place + 4 * c);
                t01.intoArray(panel, place + 4 * c + 16);
                t02.intoArray(panel, place + 4 * c + 32);
                t03.intoArray(panel, place + 4 * c + 48);
                square0 = t03.fma(t03, t02.fma(t02, t01.fma(t01, t00.fma(t00, square0))));
                IntVector a1 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + c + 4)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector b1 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + d + c + 4)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector e1 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 2 * d + c + 4)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector f1 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 3 * d + c + 4)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector ab1 = EVEN_OF_FOUR.selectFrom(a1, b1);
                IntVector ba1 = ODD_OF_FOUR.selectFrom(a1, b1);
                IntVector ef1 = EVEN_OF_FOUR.selectFrom(e1, f1);
                IntVector fe1 = ODD_OF_FOUR.selectFrom(e1, f1);
                FloatVector t10 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ab1, ef1).reinterpretShape(FOUR, 0));
                FloatVector t11 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ba1, fe1).reinterpretShape(FOUR, 0));
                FloatVector t12 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ab1, ef1).reinterpretShape(FOUR, 0));
                FloatVector t13 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ba1, fe1).reinterpretShape(FOUR, 0));
                t10.intoArray(panel, place + 4 * c + 4);
                t11.intoArray(panel, place + 4 * c + 20);
                t12.intoArray(panel, place + 4 * c + 36);
                t13.intoArray(panel, place + 4 * c + 52);
                square1 = t13.fma(t13, t12.fma(t12, t11.fma(t11, t10.fma(t10, square1))));
                IntVector a2 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + c + 8)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector b2 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + d + c + 8)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector e2 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 2 * d + c + 8)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector f2 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 3 * d + c + 8)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector ab2 = EVEN_OF_FOUR.selectFrom(a2, b2);
                IntVector ba2 = ODD_OF_FOUR.selectFrom(a2, b2);
                IntVector ef2 = EVEN_OF_FOUR.selectFrom(e2, f2);
                IntVector fe2 = ODD_OF_FOUR.selectFrom(e2, f2);
                FloatVector t20 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ab2, ef2).reinterpretShape(FOUR, 0));
                FloatVector t21 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ba2, fe2).reinterpretShape(FOUR, 0));
                FloatVector t22 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ab2, ef2).reinterpretShape(FOUR, 0));
                FloatVector t23 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ba2, fe2).reinterpretShape(FOUR, 0));
                t20.intoArray(panel, place + 4 * c + 8);
                t21.intoArray(panel, place + 4 * c + 24);
                t22.intoArray(panel, place + 4 * c + 40);
                t23.intoArray(panel, place + 4 * c + 56);
                square2 = t23.fma(t23, t22.fma(t22, t21.fma(t21, t20.fma(t20, square2))));
                IntVector a3 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + c + 12)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector b3 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + d + c + 12)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector e3 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 2 * d + c + 12)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector f3 = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, first + 3 * d + c + 12)
                        .reinterpretShape(IntVector.SPECIES_128, 0));
                IntVector ab3 = EVEN_OF_FOUR.selectFrom(a3, b3);
                IntVector ba3 = ODD_OF_FOUR.selectFrom(a3, b3);
                IntVector ef3 = EVEN_OF_FOUR.selectFrom(e3, f3);
                IntVector fe3 = ODD_OF_FOUR.selectFrom(e3, f3);
                FloatVector t30 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ab3, ef3).reinterpretShape(FOUR, 0));
                FloatVector t31 = Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ba3, fe3).reinterpretShape(FOUR, 0));
                FloatVector t32 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ab3, ef3).reinterpretShape(FOUR, 0));
                FloatVector t33 = Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ba3, fe3).reinterpretShape(FOUR, 0));
                t30.intoArray(panel, place + 4 * c + 12);
                t31.intoArray(panel, place + 4 * c + 28);
                t32.intoArray(panel, place + 4 * c + 44);
                t33.intoArray(panel, place + 4 * c + 60);
                square3 = t33.fma(t33, t32.fma(t32, t31.fma(t31, t30.fma(t30, square3))));
            }
            FloatVector sum = square0.add(square2).add(square1.add(square3));
            FloatVector.fromArray(FOUR, squares, at + i).add(sum).intoArray(squares, at + i);
        }
    }

    /** Adds the square of one vector's components from {@code start} on, in the order of {@link #groups}. */
    private static void square(float[] vectors, int from, int start, int d, float[] squares, int at) {
        int grouped = from + d - d % GROUP;
        float square = squares[at];
        if (start == 0) {
            square += (chain(vectors, from, grouped) + chain(vectors, from + 8, grouped))
                    + (chain(vectors, from + 4, grouped) + chain(vectors, from + 12, grouped));
        }
        for (int c = grouped; c < from + d; c++) {
            square = Math.fma(vectors[c], vectors[c], square);
        }
        squares[at] = square;
    }

    /** The chain of squares of four components of each sixteen. */
    private static float chain(float[] vectors, int from, int end) {
        float square = 0;
        for (int c = from; c < end; c += GROUP) {
            for (int k = c; k < c + 4; k++) {
                square = Math.fma(vectors[k], vectors[k], square);
            }
        }
        return square;
    }

    /**
     * Packs components from {@code start} on of up to four vectors. With 16 lanes it does so entry by entry: the method for fours, so
     * seldom called there, was boxed in some runs.
     */
    private static void rest(float[] vectors, int i, int count, int start, int d, float[] panel, int to, int width) {
        if (SQUARES) {
            copyEntries(vectors, i, count, start, d, panel, to, width);
        } else {
            fours(vectors, i, count, start, d, panel, to, width);
        }
    }

    private static void fours(float[] vectors, int i, int count, int start, int d, float[] panel, int to, int width) {
        int c = start;
        if (count == 4) {
            for (; c + 4 <= d; c += 4) {
                int first = place(c, d);
                four(vectors, i * d + c, d, panel, to + first * width, (place(c + 1, d) - first) * width);
            }
        }
        copyEntries(vectors, i, count, c, d, panel, to, width);
    }

    private static void copyEntries(float[] vectors, int i, int count, int start, int d, float[] panel, int to, int width) {
        for (int c = start; c < d; c++) {
            int place = to + place(c, d) * width;
            for (int r = 0; r < count; r++) {
                panel[place + r] = vectors[(i + r) * d + c];
            }
        }
    }

    /** Four components of four vectors, {@code step} apart in the panel. */
    private static void four(float[] vectors, int from, int d, float[] panel, int to, int step) {
        IntVector a = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, from).reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector b = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, from + d)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector e = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, from + 2 * d)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector f = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, vectors, from + 3 * d)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector ab = EVEN_OF_FOUR.selectFrom(a, b);
        IntVector ba = ODD_OF_FOUR.selectFrom(a, b);
        IntVector ef = EVEN_OF_FOUR.selectFrom(e, f);
        IntVector fe = ODD_OF_FOUR.selectFrom(e, f);
        Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ab, ef).reinterpretShape(FOUR, 0)).intoArray(panel, to);
        Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ba, fe).reinterpretShape(FOUR, 0)).intoArray(panel, to + step);
        Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ab, ef).reinterpretShape(FOUR, 0)).intoArray(panel, to + 2 * step);
        Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ba, fe).reinterpretShape(FOUR, 0)).intoArray(panel, to + 3 * step);
    }

    /**
     * The largest of the first {@code count} squares; infinite or NaN if one is not finite. Four chains of integers: a head calls this
     * twice, so that it stays interpreted for long, where each vector would be an object.
     */
    static float greatest(float[] squares, int count) {
        int greatest0 = 0;
        int greatest1 = 0;
        int greatest2 = 0;
        int greatest3 = 0;
        for (int at = 0; at < count; at += 4) {
            greatest0 = Math.max(greatest0, Float.floatToRawIntBits(squares[at]) & FiniteScan.MAGNITUDE);
            greatest1 = Math.max(greatest1, Float.floatToRawIntBits(squares[at + 1]) & FiniteScan.MAGNITUDE);
            greatest2 = Math.max(greatest2, Float.floatToRawIntBits(squares[at + 2]) & FiniteScan.MAGNITUDE);
            greatest3 = Math.max(greatest3, Float.floatToRawIntBits(squares[at + 3]) & FiniteScan.MAGNITUDE);
        }
        return Float.intBitsToFloat(Math.max(Math.max(greatest0, greatest1), Math.max(greatest2, greatest3)));
    }

    /**
     * Copies a panel to one with another number of vectors side by side.
     *
     * @param count the number of vectors
     */
    static void repack(float[] panel, int width, int count, int inner, float[] to, int newWidth) {
        for (int i = 0; i < count; i += 4) {
            int source = i / width * inner * width + i % width;
            int target = i / newWidth * inner * newWidth + i % newWidth;
            for (int c = 0; c < inner; c++, source += width, target += newWidth) {
                Lanes.FOUR_FLOATS_VECTOR.cast(FloatVector.fromArray(FOUR, panel, source)).intoArray(to, target);
            }
        }
    }

    /**
     * Packs values in fours of components: component c of row i goes to {@code (c / 4 * rows + i) * 4 + c % 4}.
     *
     * @param values {@code count x components}, row after row
     * @param first  the row of the panel that receives the first of them
     * @param rows   rows of the panel
     * @param to     the panel, {@code rows} times the components rounded up to a multiple of 4; padding components are not written
     */
    static void values(float[] values, int first, int count, int components, int rows, float[] to) {
        int grouped = SQUARES ? components - components % GROUP : 0;
        int squared = grouped == 0 ? 0 : count & -4;
        for (int c = 0; c < grouped; c += GROUP) {
            groupsOfValues(values, c, squared, components, (c / 4 * rows + first) * 4, rows * 4, to);
        }
        int fullFours = components & -4;
        for (int c = 0; c < fullFours; c += 4) {
            int done = c < grouped ? squared : 0;
            for (int i = done, from = done * components + c, at = (c / 4 * rows + first + done) * 4; i < count;
                    i++, from += components, at += 4) {
                Lanes.FOUR_FLOATS_VECTOR.cast(FloatVector.fromArray(FOUR, values, from)).intoArray(to, at);
            }
        }
        for (int c = fullFours; c < components; c++) {
            for (int i = 0, at = (c / 4 * rows + first) * 4 + c % 4; i < count; i++, at += 4) {
                to[at] = values[i * components + c];
            }
        }
    }

    /** Packs sixteen components, four rows at a time; {@code apart} is the distance between fours of components. */
    private static void groupsOfValues(float[] values, int c, int count, int components, int to, int apart, float[] panel) {
        for (int i = 0, from = c, at = to; i < count; i += 4, from += 4 * components, at += GROUP) {
            IntVector a = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, values, from).reinterpretShape(Lanes.INTS, 0));
            IntVector b = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, values, from + components)
                    .reinterpretShape(Lanes.INTS, 0));
            IntVector e = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, values, from + 2 * components)
                    .reinterpretShape(Lanes.INTS, 0));
            IntVector f = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, values, from + 3 * components)
                    .reinterpretShape(Lanes.INTS, 0));
            IntVector ab = EVEN_FOURS.selectFrom(a, b);
            IntVector ba = ODD_FOURS.selectFrom(a, b);
            IntVector ef = EVEN_FOURS.selectFrom(e, f);
            IntVector fe = ODD_FOURS.selectFrom(e, f);
            Lanes.FLOAT_VECTOR.cast(LOWER_HALVES.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0)).intoArray(panel, at);
            Lanes.FLOAT_VECTOR.cast(LOWER_HALVES.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0)).intoArray(panel, at + apart);
            Lanes.FLOAT_VECTOR.cast(UPPER_HALVES.selectFrom(ab, ef).reinterpretShape(Lanes.FLOATS, 0)).intoArray(panel, at + 2 * apart);
            Lanes.FLOAT_VECTOR.cast(UPPER_HALVES.selectFrom(ba, fe).reinterpretShape(Lanes.FLOATS, 0)).intoArray(panel, at + 3 * apart);
        }
    }

    /**
     * Writes sums that lie side by side as rows, each multiplied by its factor.
     *
     * @param sums   {@code components x BLOCK} from {@code from} on, padded to a multiple of 4 components
     * @param factor one for each row of a block
     * @param rows   rows to write, at most {@link Lanes#BLOCK}
     * @param out    receives component c of row r at {@code at + r * components + c}
     */
    public static void writeRows(float[] sums, int from, float[] factor, int components, int rows, float[] out, int at) {
        if (SQUARES) {
            writeSquares(sums, from, factor, components, rows, out, at);
        } else {
            for (int r = 0; r < rows; r += 4) {
                writeFours(sums, from, factor, r, Math.min(4, rows - r), components, out, at + r * components);
            }
        }
    }

    /** Writes squares of 16 x 16, the last with as many rows as there are, and tails of components entry by entry. */
    private static void writeSquares(float[] sums, int from, float[] factor, int components, int rows, float[] out, int at) {
        int grouped = components - components % GROUP;
        for (int r = 0; r < rows; r += SquareTranspose.SIDE) {
            int count = Math.min(SquareTranspose.SIDE, rows - r);
            for (int c = 0; c < grouped; c += GROUP) {
                SquareTranspose.writeRows(sums, from + c * Lanes.BLOCK + r, factor, r, count, out, at + r * components + c, components);
            }
        }
        for (int r = 0; grouped < components && r < rows; r++) {
            for (int c = grouped; c < components; c++) {
                out[at + r * components + c] = sums[from + c * Lanes.BLOCK + r] * factor[r];
            }
        }
    }

    /** Writes up to four rows. */
    private static void writeFours(float[] sums, int from, float[] factor, int row, int count, int components, float[] out,
                                   int to) {
        int c = 0;
        if (count == 4) {
            for (; c + 4 <= components; c += 4) {
                writeFour(sums, from + c * Lanes.BLOCK + row, factor, row, components, out, to + c);
            }
        }
        for (; c < components; c++) {
            for (int r = 0; r < count; r++) {
                out[to + r * components + c] = sums[from + c * Lanes.BLOCK + row + r] * factor[row + r];
            }
        }
    }

    private static void writeFour(float[] sums, int from, float[] factor, int row, int components, float[] out, int to) {
        FloatVector scale = FloatVector.fromArray(FOUR, factor, row);
        IntVector a = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, sums, from).mul(scale)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector b = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, sums, from + Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector e = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, sums, from + 2 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector f = Lanes.FOUR_INTS_VECTOR.cast(FloatVector.fromArray(FOUR, sums, from + 3 * Lanes.BLOCK).mul(scale)
                .reinterpretShape(IntVector.SPECIES_128, 0));
        IntVector ab = EVEN_OF_FOUR.selectFrom(a, b);
        IntVector ba = ODD_OF_FOUR.selectFrom(a, b);
        IntVector ef = EVEN_OF_FOUR.selectFrom(e, f);
        IntVector fe = ODD_OF_FOUR.selectFrom(e, f);
        Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ab, ef).reinterpretShape(FOUR, 0)).intoArray(out, to);
        Lanes.FOUR_FLOATS_VECTOR.cast(LOWER_OF_FOUR.selectFrom(ba, fe).reinterpretShape(FOUR, 0)).intoArray(out, to + components);
        Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ab, ef).reinterpretShape(FOUR, 0)).intoArray(out, to + 2 * components);
        Lanes.FOUR_FLOATS_VECTOR.cast(UPPER_OF_FOUR.selectFrom(ba, fe).reinterpretShape(FOUR, 0)).intoArray(out, to + 3 * components);
    }
}
