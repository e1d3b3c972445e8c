package dev.gatun.kernel.pack;

/** Which sums of an operator are normalised to 1. */
public enum Normalised {
    /** Each row, over its columns. */
    ROWS,
    /** Each column, over its rows. */
    COLUMNS,
    /** Rows and columns, by potentials that are part of the exponent. */
    BOTH,
    /** Rows and columns, by potentials that are factors: offsets of rows and columns cancel. */
    SCALED
}
