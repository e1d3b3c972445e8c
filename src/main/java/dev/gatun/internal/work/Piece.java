package dev.gatun.internal.work;

/** One piece of work. */
@FunctionalInterface
public interface Piece {

    /** Does piece {@code index} as worker {@code worker}; no two pieces run at once as the same worker. */
    void run(int index, int worker);
}
