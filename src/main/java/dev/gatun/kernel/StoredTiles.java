package dev.gatun.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The tiles of a symmetric or Hermitian matrix, kept in single precision: those on and above the diagonal, row after row, real
 * parts before imaginary ones.
 */
public final class StoredTiles {

    private static final int TILE = Lanes.DEPTH * Lanes.BLOCK;
    private static final long BYTES = (long) TILE * Float.BYTES;
    private static final long CACHE_LINE = 64;

    private final ConjugateTiles tiles;
    private final MemorySegment memory;
    private final long[] starts;
    private final int parts;

    /**
     * Room for the tiles.
     *
     * @param arena where the room is
     */
    public StoredTiles(ConjugateTiles tiles, Arena arena) {
        this.tiles = tiles;
        this.parts = tiles.hermitian() ? 2 : 1;
        this.starts = new long[tiles.blocks()];
        long count = 0;
        for (int block = 0; block < starts.length; block++) {
            starts[block] = count * parts * BYTES;
            count += tiles.end(block) - block;
        }
        this.memory = arena.allocate(count * parts * BYTES, CACHE_LINE);
    }

    /** Bytes that the tiles take. */
    public static long bytes(ConjugateTiles tiles) {
        long count = 0;
        for (int block = 0; block < tiles.blocks(); block++) {
            count += tiles.end(block) - block;
        }
        return count * (tiles.hermitian() ? 2 : 1) * BYTES;
    }

    /** Forms and keeps a row of tiles. */
    public void fill(int block, ConjugateTiles.Scratch scratch) {
        tiles.load(block, scratch);
        for (int column = block; column < tiles.end(block); column++) {
            tiles.form(column, scratch);
            MemorySegment.copy(scratch.real, 0, memory, ValueLayout.JAVA_FLOAT, start(block, column), TILE);
            if (parts == 2) {
                MemorySegment.copy(scratch.imaginary, 0, memory, ValueLayout.JAVA_FLOAT, start(block, column) + BYTES, TILE);
            }
        }
    }

    /** Fetches a tile. */
    void fetch(int block, int column, ConjugateTiles.Scratch scratch) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, start(block, column), scratch.real, 0, TILE);
        if (parts == 2) {
            scratch.reserveImaginary();
            MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, start(block, column) + BYTES, scratch.imaginary, 0, TILE);
        }
    }

    private long start(int block, int column) {
        return starts[block] + (long) (column - block) * parts * BYTES;
    }
}
