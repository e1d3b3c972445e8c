package dev.gatun;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The variables that snippets of statements may use without declaring them. Each has the same meaning on every page; a snippet that
 * needs another type under one of these names declares its own.
 */
public class SnippetVariables {

    protected static Arena arena;

    /** Queries, keys and values of {@code (batch, heads, tokens, components)}, and a result to be written. */
    protected static Heads q, k, v, out;

    /** The queries and keys of a later call. */
    protected static Heads nextQ, nextK;

    /** Tokens of one head that are added to an embedding, or points without a head. */
    protected static Matrix newQ, newK, x;

    /** What heads retrieve: attention times values. */
    protected static Heads h;

    /** What an attention plan takes and gives beside queries, keys, values and its result. */
    protected static Heads bias, logSumExp, otherOut, otherLogSumExp;

    /** Memory of a server: a mask of bytes, a cache of keys or values, and the number of tokens in the cache. */
    protected static MemorySegment maskBytes, keyCache, valueCache, offsetMemory;
    protected static int length;

    /** The scores of q and k, a Sinkhorn solve of them, and a head and two tokens of theirs. */
    protected static Scores scores;
    protected static SinkhornResult result;
    protected static int head, i, j;

    /** Marginals, distributions on the tokens and likelihoods of the tokens. */
    protected static double[] mu, nu, initial, evidence, rho;

    /** A transition matrix. */
    protected static double[][] p;

    /** The edges of a graph of {@code nodes} nodes. */
    protected static int nodes;
    protected static int[] from, to;
    protected static double[] weights;

    protected SnippetVariables() {
    }
}
