package dev.gatun.kernel;

import java.util.Set;

/**
 * The shape of register tiles, chosen once by the number of vector registers: {@link Lanes#QUAD} columns, or components, by
 * {@link #VECTORS} vectors of rows. Kernels with tiles of their own ask here which of theirs fits.
 *
 * <p>A tile of R columns by V vectors has R V sums, V vectors of operands and R broadcasts in flight, since the compiler hoists every
 * load of a step. They fit if {@code R V + R + V} does not exceed the number of registers: 4 x 4 with 32 registers, 4 x 2 with 16. Eight
 * sums are just as many as cover the latency of two multiply-add units. Tiles of one vector have {@link #COLUMNS} columns, 16 or 13: with
 * so many sums the compiler loads the broadcasts one after the other. Every entry is the same chain of multiply-adds in each shape, so
 * results do not depend on it.
 */
public final class RegisterTile {

    /** The value of the flag from which on x86 has 32 vector registers, at every width, instead of 16. */
    private static final int AVX_512 = 3;

    /** The vector registers of this CPU, as far as the virtual machine uses them: 16 or 32. */
    public static final int REGISTERS = registers();

    /** Whether registers hold sixteen sums with their operands, not just eight: each kernel has a tile for either. */
    public static final boolean MANY_REGISTERS = REGISTERS >= 32;

    /** Vectors of rows of a tile. */
    public static final int VECTORS = vectors(REGISTERS);

    /** Rows of a tile of two vectors of components. */
    public static final int ROWS = 2 * VECTORS;

    /** Vectors of columns of a tile of float64 products of thin matrices. */
    public static final int THIN_VECTORS = thinVectors(REGISTERS, VectorUnit.bits());

    /** Columns of a tile of one vector. */
    public static final int COLUMNS = columns(REGISTERS);

    private RegisterTile() {
    }

    /** Vectors of 512 bits tell enough; only below them is the flag read, which loads the management of the virtual machine. */
    private static int registers() {
        int bits = VectorUnit.bits();
        return registers(System.getProperty("os.arch", ""), bits, bits == 512 ? "" : JvmFlags.value("UseAVX"));
    }

    /**
     * The vector registers of a CPU.
     *
     * @param architecture as {@code os.arch} names it
     * @param bits         bits of the vectors in use
     * @param useAvx       the flag of that name of the virtual machine; "" if unknown
     */
    static int registers(String architecture, int bits, String useAvx) {
        boolean x86 = Set.of("amd64", "x86_64", "x86", "i386").contains(architecture);
        boolean avx512 = bits == 512 || useAvx.length() == 1 && useAvx.charAt(0) - '0' >= AVX_512;
        return x86 && !avx512 ? 16 : 32;
    }

    /** The vectors of rows of the tile that fits. */
    static int vectors(int registers) {
        return registers < 32 ? 2 : 4;
    }

    /** Four vectors of 512 bits; at narrower widths their sixteen sums are slower than eight, whatever the number of registers. */
    static int thinVectors(int registers, int bits) {
        return registers < 32 || bits < 512 ? 2 : 4;
    }

    /** The columns of the tile of one vector that fits. */
    static int columns(int registers) {
        return registers < 32 ? 13 : 16;
    }

    /** The shape of a tile, for people: columns by vectors of rows. */
    public static String shape() {
        return Lanes.QUAD + " x " + VECTORS;
    }

    /** The rows, of the first {@code rows} of a block, that tiles of {@link #VECTORS} vectors compute. */
    public static int wideRows(int rows) {
        return rows - rows % (VECTORS * Lanes.FLOATS.length());
    }

    /** The rows, of the first {@code rows} of a block, that these and a tile of two vectors compute. */
    public static int pairRows(int rows) {
        return rows - rows % (2 * Lanes.FLOATS.length());
    }
}
