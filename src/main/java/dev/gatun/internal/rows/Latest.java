package dev.gatun.internal.rows;

import java.util.function.Function;

/**
 * What was made last, for requests of the same kind in a row: packing a log-kernel for every task of a pass would cost as much as a part
 * of the pass. Any number of threads may call it; the others wait while one makes it.
 *
 * @param <K> what it is made of
 * @param <V> what is made
 */
public final class Latest<K, V> {

    private K key;
    private V value;

    /** What {@code maker} makes of {@code asked}, or made of an equal one last. */
    public synchronized V of(K asked, Function<K, V> maker) {
        if (!asked.equals(key)) {
            value = null;
            key = null;
            value = maker.apply(asked);
            key = asked;
        }
        return value;
    }
}
