package dev.gatun.bench;

/** One provider under load: what all callers share. */
interface ServingProvider extends AutoCloseable {

    /** What one caller has for itself; closed before the provider. */
    interface Caller extends AutoCloseable {

        /** Answers a request: what is timed. */
        void run(int request);

        /** The result of the last call, {@code heads x tokens x dimension}. */
        float[] result(int request);

        @Override
        void close();
    }

    /** A new caller. */
    Caller caller();

    @Override
    void close();
}
