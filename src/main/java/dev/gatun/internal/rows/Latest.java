package dev.gatun.internal.rows;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What requests made of a head last: packing a log-kernel for every task of a pass would cost as much as a part of the pass. Any number
 * of threads may call it; the others wait while one makes something.
 */
public final class Latest {

    /** A solve goes over one log-kernel, and now and then over a second one. */
    private static final int KEPT = 2;

    private final HeadScores head;
    private final Map<HeadSource<?>, Object> made = new LinkedHashMap<>(4, 1, true);

    /** @param head the same inputs as the solve has, to the last bit */
    public Latest(HeadScores head) {
        this.head = head;
    }

    /** What {@code source} makes of the head, or an equal one has made lately. */
    @SuppressWarnings("unchecked")
    public synchronized <S> S of(HeadSource<S> source) {
        Object known = made.get(source);
        if (known == null) {
            if (made.size() == KEPT) {
                made.remove(made.keySet().iterator().next());
            }
            known = source.of(head);
            made.put(source, known);
        }
        return (S) known;
    }
}
