package dev.gatun.kernel;

/** Threads that share the work on one head. */
public interface Sharing {

    /** The calling thread alone. */
    Sharing NONE = new Sharing() {
        @Override
        public int threads() {
            return 1;
        }

        @Override
        public void run(int count, Part part, int countAfter, Part partAfter) {
            for (int index = 0; index < count; index++) {
                part.run(index, 0);
            }
            for (int index = 0; index < countAfter; index++) {
                partAfter.run(index, 0);
            }
        }
    };

    /** One part of the work. */
    @FunctionalInterface
    interface Part {

        /** Runs part {@code index} as worker {@code worker}; no two parts run at the same time as the same worker. */
        void run(int index, int worker);
    }

    /** The number of threads, the calling thread included; workers are numbered below it. */
    int threads();

    /**
     * Runs parts {@code 0 .. count - 1} and, when all have ended, {@code countAfter} parts of another kind, in any order among each other.
     * Returns when these have ended, and throws the exception of the first part that failed.
     */
    void run(int count, Part part, int countAfter, Part partAfter);

    /** Runs parts {@code 0 .. count - 1} alone. */
    default void run(int count, Part part) {
        run(count, part, 0, null);
    }
}
