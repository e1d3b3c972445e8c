package dev.gatun.property;

import java.util.Random;

/** Orders of tokens. */
final class Orders {

    private Orders() {
    }

    /** {@code 0 .. n - 1} in an order that {@code seed} decides. */
    static int[] shuffled(long seed, int n) {
        Random random = new Random(seed);
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int at = random.nextInt(i + 1);
            order[i] = order[at];
            order[at] = i;
        }
        return order;
    }
}
