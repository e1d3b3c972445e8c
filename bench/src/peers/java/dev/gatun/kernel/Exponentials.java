package dev.gatun.kernel;

/** One provider's exponentials of a tile, in place. */
interface Exponentials extends AutoCloseable {

    /** Copies the arguments to the tile. */
    void refill();

    /** Exponentiates the tile. */
    void run();

    /** The tile as the last call left it. */
    float[] result();

    @Override
    void close();
}
