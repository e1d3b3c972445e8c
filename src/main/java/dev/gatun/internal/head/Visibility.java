package dev.gatun.internal.head;

import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Sequences;
import dev.gatun.kernel.pack.ZeroDiagonal;
import java.util.Arrays;

/**
 * The pairs of tokens that log-kernels have visible, but for those that a bias forbids.
 *
 * @param causal whether a query sees only the keys that precede its own position, and its own
 * @param queries queries of each packed sequence; null for one sequence
 * @param keys    keys of each packed sequence; null for one sequence
 * @param selves  whether token i sees token i
 */
public record Visibility(boolean causal, int[] queries, int[] keys, boolean selves) {

    /** Every pair is visible. */
    public static final Visibility ALL = new Visibility(false, null, null, true);

    /** With the causal mask; of packed sequences, each has its own. */
    public Visibility withCausalMask() {
        return new Visibility(true, queries, keys, selves);
    }

    /** With packed sequences, none of which sees another. */
    public Visibility withSequences(int[] newQueries, int[] newKeys) {
        return new Visibility(causal, newQueries.clone(), newKeys.clone(), selves);
    }

    /** With no token visible to itself. */
    public Visibility withoutSelves() {
        return new Visibility(causal, queries, keys, false);
    }

    Mask mask(int rows, int columns) {
        Mask whole = packed() ? Sequences.of(queries, keys, causal) : causal ? Band.causal(rows, columns) : Band.ALL;
        return selves ? whole : new ZeroDiagonal(whole);
    }

    /** Whether there are several sequences. */
    boolean packed() {
        return queries != null;
    }

    /** Whether every sequence has as many queries as keys. */
    boolean square() {
        return !packed() || Arrays.equals(queries, keys);
    }

    /** Whether tokens see each other in the same way. */
    public boolean symmetric() {
        return !causal && square();
    }
}
