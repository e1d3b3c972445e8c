package dev.gatun.bench;

/** One provider's computation, bound to its inputs: all that a caller can prepare once is prepared. */
interface Provider extends AutoCloseable {

    /** One call, from inputs that lie ready outside the heap: what is timed. */
    void run();

    /** The result of the last call, in the order that all providers of the same computation give it in. */
    float[] result();

    @Override
    void close();
}
