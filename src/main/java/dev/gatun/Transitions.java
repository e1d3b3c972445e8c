package dev.gatun;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.internal.work.HeadLoop;

/**
 * The Markov chain of one head: {@code P_ij}, the probability that token j follows token i, each row summing to 1 within rounding.
 * Made by {@link Operator#transitions(int)}, or of probabilities that somebody else has computed.
 *
 * <p>Double precision throughout, from the scores to the last sum. Up to 1024 tokens the logarithms are stored; of more they are
 * formed anew, 64 rows at a time, whenever they are asked for, and the matrix is not stored. Results are bitwise the same for any
 * number of workers. Not for use by two threads at once.
 */
public final class Transitions {

    static {
        LogTransitions.OF_TRANSITIONS.cut(transitions -> ((Transitions) transitions).chain);
    }

    private final LogTransitions chain;

    Transitions(LogTransitions chain) {
        this.chain = chain;
    }

    /**
     * The chain of given probabilities.
     *
     * @param p {@code N x N}, not negative, each row summing to 1 within 1e-6; rows are normalised anew
     * @return the chain
     * @throws IllegalArgumentException if the matrix is not square, or an entry or a row's sum is another
     * @throws IllegalStateException    if the JVM has no vectors for the kernels
     */
    public static Transitions of(double[][] p) {
        return of(p, Workers.caller());
    }

    /**
     * As above, with work shared among {@code workers}.
     *
     * @param p       {@code N x N}, not negative, each row summing to 1 within 1e-6
     * @param workers who does the work
     * @return the chain
     */
    public static Transitions of(double[][] p, Workers workers) {
        VectorApi.require();
        return new Transitions(LogTransitions.of(p, new HeadLoop.Pieces(workers.crew())));
    }

    /** {@return the number of tokens, N} */
    public int size() {
        return chain.size();
    }

    /** {@return whether detailed balance holds by construction} */
    public boolean reversible() {
        return chain.reversible();
    }

    /**
     * The distribution a step later: {@code sum_i rho_i P_ij}, without a subtraction.
     *
     * @param rho N entries
     * @return N entries
     */
    public double[] later(double[] rho) {
        Checks.size(rho.length, size(), "entries of a distribution");
        return chain.later(rho);
    }

    /**
     * What f is expected to be a step later: {@code sum_j P_ij f_j}.
     *
     * @param f N entries
     * @return N entries
     */
    public double[] expected(double[] f) {
        Checks.size(f.length, size(), "entries of a function");
        return chain.expected(f);
    }

    /**
     * {@code log2 P_ij} for all j: minus infinity where token i does not lead to token j.
     *
     * @param i the token that is left
     * @return N entries
     */
    public double[] row(int i) {
        return chain.row(i);
    }
}
