package dev.gatun.kernel.dense;

import java.util.function.IntConsumer;

/** Runs pieces of work in two rounds, on any threads and in any order within a round. */
@FunctionalInterface
public interface Rounds {

    /** The calling thread alone. */
    Rounds OF_CALLER = (count, piece, countAfter, pieceAfter) -> {
        for (int index = 0; index < count; index++) {
            piece.accept(index);
        }
        for (int index = 0; index < countAfter; index++) {
            pieceAfter.accept(index);
        }
    };

    /** Runs pieces {@code 0 .. count - 1}, then {@code countAfter} pieces of another kind, and returns when all have ended. */
    void run(int count, IntConsumer piece, int countAfter, IntConsumer pieceAfter);
}
