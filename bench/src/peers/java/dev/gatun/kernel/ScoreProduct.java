package dev.gatun.kernel;

/** One provider's product {@code Q K^T} of queries and keys that lie row after row, bound to its inputs. */
interface ScoreProduct extends AutoCloseable {

    /** One product, from inputs as they lie: what is timed. What a provider packs, it packs within the call. */
    void run();

    /** The last product, {@code tokens x tokens}, row after row. */
    float[] result();

    @Override
    void close();
}
