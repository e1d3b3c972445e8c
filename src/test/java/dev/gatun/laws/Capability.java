package dev.gatun.laws;

/** An input or a method that an operator supports beyond square heads without a mask at beta = 1. Laws that need others are skipped. */
public enum Capability {

    /** Heads have any {@link Head#beta inverse temperature}. */
    TEMPERATURE,

    /** Heads may have more or fewer keys than queries. */
    OTHER_KEYS,

    /** Heads may be {@link Head#causal causal}: query i sees the keys up to i. */
    CAUSAL_MASK,

    /** Heads may hide pairs of a query and a key: see {@link Head#visible}. Every query sees some key. */
    PAIR_MASK,

    /** Under a mask of pairs, some queries may see no key; their results are zeros. */
    EMPTY_ROWS,

    /** A vector added to all queries changes nothing, as for couplings and for the symmetric divergence. */
    QUERY_GAUGE,

    /** The rows and columns of couplings have given {@link Head#rowMasses masses}, which may be 0. */
    MARGINALS,

    /** {@link OperatorUnderTest#matrix} is implemented separately, not by products with the identity. */
    MATRIX,

    /** {@link OperatorUnderTest#apply(Head, int)} works with any number of threads. */
    THREADS,

    /** {@link OperatorUnderTest#apply(Head, Placement)} takes inputs with gaps between rows. */
    PLACEMENT,

    /**
     * Sums over thousands of keys are made of sums of blocks of at most 512, so that light keys are not lost beside heavy ones: they lose
     * at most 512 units of roundoff, and one for each block.
     */
    LONG_SUMS
}
