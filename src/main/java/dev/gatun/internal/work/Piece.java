package dev.gatun.internal.work;

/** One piece of work. */
@FunctionalInterface
public interface Piece {

    /** Runs piece {@code index} as worker {@code worker}; no two pieces run at the same time as the same worker. */
    void run(int index, int worker);
}
