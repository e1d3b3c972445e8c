package dev.gatun.kernel.coupling;

/** Threads that share the groups of rows of a head. */
public interface Sharing {

    /** The calling thread alone. */
    Sharing NONE = new Sharing() {
        @Override
        public int threads() {
            return 1;
        }

        @Override
        public void run(int count, Part part) {
            for (int index = 0; index < count; index++) {
                part.run(index, 0);
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

    /** Runs parts {@code 0 .. count - 1} and returns when all have ended; throws the exception of the first part that failed. */
    void run(int count, Part part);
}
