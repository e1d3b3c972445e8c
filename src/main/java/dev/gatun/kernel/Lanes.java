package dev.gatun.kernel;

import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The shapes that all kernels share.
 *
 * <p>A <em>block</em> is {@link #BLOCK} rows of the log-kernel, one row a lane: whatever is summed or maximised along a
 * row is then summed lane by lane, with no reduction across a vector. A <em>tile</em> is one block against
 * {@link #DEPTH} columns, stored column after column: entry (row {@code r} of the block, column {@code c} of the tile)
 * lies at {@code c * BLOCK + r}. Both sizes are the same at every vector width, and each lane does the same arithmetic
 * in the same order, so results do not depend on the width.
 */
public final class Lanes {

    /** Rows of a block. */
    public static final int BLOCK = 64;

    /** Columns of a tile. */
    public static final int DEPTH = 64;

    /** Columns of a log-kernel, or components of values, that the tiles take at a time. */
    public static final int QUAD = 4;

    /** The preferred shape, but no longer than the tiles take: four vectors of floats fill a block at most. */
    private static final VectorShape SHAPE = VectorShape.forBitSize(VectorUnit.bits());

    public static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);
    public static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SHAPE);
    public static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, SHAPE);

    /** As many floats as there are doubles in a double vector. */
    public static final VectorSpecies<Float> HALF_FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

    private Lanes() {
    }

    /** How many fours {@code components} components fill, the last one perhaps in part. */
    public static int quads(int components) {
        return (components + QUAD - 1) / QUAD;
    }

    /** The number of blocks that {@code rows} rows fill, the last one perhaps in part. */
    public static int blocks(int rows) {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /** Bits of a float vector, as the kernels use them on this machine: 128, 256 or 512. */
    public static int vectorBits() {
        return FLOATS.vectorBitSize();
    }

    /** What the Vector API calls such a vector of floats. */
    public static String species() {
        return FLOATS.toString();
    }
}
