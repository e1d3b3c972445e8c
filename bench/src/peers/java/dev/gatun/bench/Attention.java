package dev.gatun.bench;

/** One provider's attention, bound to its inputs: all that a caller can prepare once is prepared. */
interface Attention extends AutoCloseable {

    /** One call, from inputs that lie ready outside the heap to a result outside the heap: what is timed. */
    void run();

    /** The result of the last call, {@code heads x tokens x dimension}. */
    float[] result();

    @Override
    void close();
}
