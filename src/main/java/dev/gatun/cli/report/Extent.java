package dev.gatun.cli.report;

/**
 * How much of each head a page holds. A page of many heads holds fewer coordinates of each, so that it can be sent by mail.
 *
 * @param coordinates         coordinates of diffusion
 * @param magneticCoordinates complex coordinates of magnetic diffusion
 * @param steps               steps of the bridge
 * @param traceSteps          steps of the trace of a Sinkhorn solve
 */
record Extent(int coordinates, int magneticCoordinates, int steps, int traceSteps) {

    /** All that a page shows of a single head. */
    static final Extent FULL = new Extent(8, 8, 12, 256);

    /** What 72 heads of 128 tokens leave room for in 5 MB. */
    static final Extent REDUCED = new Extent(2, 2, 4, 8);

    /** Numbers of a page up to which it shows all: 3.2 MB in base64. */
    private static final long MAX_FULL = 600_000;

    /** Eigenvalues of each spectrum, whatever the number of coordinates. */
    static final int EIGENVALUES = 9;

    /** The extent of a page of {@code heads} heads of {@code tokens} tokens, each with {@code given} numbers for its scores. */
    static Extent of(int heads, int tokens, long given) {
        return FULL.numbers(heads, tokens, given) <= MAX_FULL ? FULL : REDUCED;
    }

    /** The numbers of a page, at most: those given, six potentials, two distributions, coordinates and marginals. */
    long numbers(int heads, int tokens, long given) {
        return heads * (given + (long) tokens * (6 + 2 + coordinates + 2L * magneticCoordinates + steps + 1));
    }
}
