package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector species and the sizes that all kernels share.
 *
 * <ul>
 * <li>A <em>block</em> is {@link #BLOCK} rows of the log-kernel, one row per lane: sums and maxima along a row are lane by lane, without a
 * reduction across a vector.
 * <li>A <em>tile</em> is one block against {@link #DEPTH} columns, stored column after column: entry (row r of the block, column c of the
 * tile) is at {@code c * BLOCK + r}.
 * <li>A <em>strip</em> is one block against all columns.
 * <li>A <em>panel</em> is packed vectors, {@link #BLOCK} or {@link #QUAD} of them side by side, so that a tile reads one stream.
 * </ul>
 *
 * <p>The sizes are the same at every vector width, and each lane does the same arithmetic in the same order. A sum across lanes has a fixed
 * number of chains, those of the widest vector, whatever the width. So results do not depend on the width.
 */
public final class Lanes {

    /** Rows of a block. */
    public static final int BLOCK = 64;

    /** Columns of a tile. */
    public static final int DEPTH = 64;

    /** Columns of a log-kernel, or components of values, in a register tile; they lie side by side in a panel. */
    public static final int QUAD = 4;

    /** Rows of a slice. A block with fewer than {@link #BLOCK} rows is computed slice by slice; a vector of floats is at most a slice. */
    public static final int SLICE = 16;

    /** The preferred shape, at most 512 bits: four vectors of float32 fill a block at most. */
    private static final VectorShape SHAPE = VectorShape.forBitSize(VectorUnit.bits());

    /** Vectors of float32. */
    public static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);
    /** Vectors of as many ints. */
    public static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SHAPE);
    /** Vectors of half as many longs. */
    public static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, SHAPE);
    /** Vectors of float64, half as many lanes. */
    public static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, SHAPE);

    /** Vectors of as many float32 lanes as a vector of float64 has. */
    public static final VectorSpecies<Float> HALF_FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

    /**
     * The classes of these vectors. While the compiler parses a kernel, a loaded or converted vector, or one that a loop changes, is any
     * {@code FloatVector} to it, and calls on it go by profiles that all users of the Vector API share. Where these have met vectors of
     * other widths, a store may put its vector on the heap. {@code FLOAT_VECTOR.cast(x)} has a known class and costs nothing.
     */
    public static final Class<FloatVector> FLOAT_VECTOR = classOf(FLOATS);
    public static final Class<IntVector> INT_VECTOR = classOf(INTS);
    public static final Class<LongVector> LONG_VECTOR = classOf(LONGS);
    public static final Class<DoubleVector> DOUBLE_VECTOR = classOf(DOUBLES);
    public static final Class<FloatVector> HALF_FLOAT_VECTOR = classOf(HALF_FLOATS);
    public static final Class<FloatVector> FOUR_FLOATS_VECTOR = classOf(FloatVector.SPECIES_128);
    public static final Class<IntVector> FOUR_INTS_VECTOR = classOf(IntVector.SPECIES_128);

    /** Zeros: {@code FLOAT_ZEROS.broadcast(x)} is {@code FloatVector.broadcast(FLOATS, x)}, but its class is known for the same reason. */
    public static final FloatVector FLOAT_ZEROS = FloatVector.zero(FLOATS);
    public static final IntVector INT_ZEROS = IntVector.zero(INTS);
    public static final DoubleVector DOUBLE_ZEROS = DoubleVector.zero(DOUBLES);
    public static final FloatVector HALF_FLOAT_ZEROS = FloatVector.zero(HALF_FLOATS);

    private Lanes() {
    }

    /** The class of a species' vectors. */
    @SuppressWarnings("unchecked")
    public static <V extends Vector<?>> Class<V> classOf(VectorSpecies<?> species) {
        return (Class<V>) species.vectorType();
    }

    /** {@code components / QUAD}, rounded up. */
    public static int quads(int components) {
        return (components + QUAD - 1) / QUAD;
    }

    /** {@code rows / BLOCK}, rounded up: the number of blocks. */
    public static int blocks(int rows) {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /** Bits of the vectors that the kernels use on this machine: 128, 256 or 512. */
    public static int vectorBits() {
        return FLOATS.vectorBitSize();
    }

    /** The name of the float32 species in the Vector API. */
    public static String species() {
        return FLOATS.toString();
    }

    /** {@code rows} rows of a block, rounded up to whole slices. */
    public static int slices(int rows) {
        return (rows + SLICE - 1) / SLICE * SLICE;
    }
}
