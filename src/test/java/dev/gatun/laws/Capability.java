package dev.gatun.laws;

/** What an operator can do beyond square heads without a mask at the usual temperature; laws that need more are skipped. */
public enum Capability {

    /** Heads have any {@link Head#beta inverse temperature}; else it is 1. */
    TEMPERATURE,

    /** Heads may have more or fewer keys than queries. */
    OTHER_KEYS,

    /** Heads may be {@link Head#causal causal}: query i sees the keys up to i. */
    CAUSAL_MASK,

    /** Heads may say of each pair of a query and a key whether it is {@link Head#visible visible}; every query sees some key. */
    PAIR_MASK,

    /** Under a mask of pairs, queries may see no key at all; their results are zeros. */
    EMPTY_ROWS,

    /** A vector added to all queries changes nothing: so with plans, and with the symmetric divergence. */
    QUERY_GAUGE,

    /** Plans have {@link Head#rowMasses masses} other than 1 to meet, zeros among them. */
    MARGINALS,

    /** {@link OperatorUnderTest#matrix} is implemented by itself, and not by way of products. */
    MATRIX,

    /** {@link OperatorUnderTest#apply(Head, int)} works with any number of threads. */
    THREADS,

    /** {@link OperatorUnderTest#apply(Head, Placement)} takes entries that do not lie one after the other. */
    PLACEMENT,

    /**
     * Sums over thousands of keys are made of sums of blocks of 512 at most, or better, so that what is light is not lost beside
     * what is heavy: they lose no more than 512 units of roundoff, and one for each block.
     */
    LONG_SUMS
}
