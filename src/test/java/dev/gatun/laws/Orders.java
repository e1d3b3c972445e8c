package dev.gatun.laws;

import java.util.Random;
import java.util.stream.IntStream;

/** Orders of tokens. */
final class Orders {

    private Orders() {
    }

    /** {@code 0 .. order.length - 1} in an order that {@code random} decides. */
    static void shuffle(Random random, int[] order) {
        for (int i = 0; i < order.length; i++) {
            int at = random.nextInt(i + 1);
            order[i] = order[at];
            order[at] = i;
        }
    }

    /** {@code n - 1 .. 0}. */
    static int[] reversed(int n) {
        return IntStream.range(0, n).map(i -> n - 1 - i).toArray();
    }

    /** {@code 0 .. n - 1}. */
    static int[] given(int n) {
        return IntStream.range(0, n).toArray();
    }

    /** {@code 1 .. n - 1, 0}. */
    static int[] rotated(int n) {
        return IntStream.range(0, n).map(i -> (i + 1) % n).toArray();
    }
}
