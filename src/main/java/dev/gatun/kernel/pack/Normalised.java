package dev.gatun.kernel.pack;

/** Which sums of an operator are made 1. */
public enum Normalised {
    /** Each row, over its columns. */
    ROWS,
    /** Each column, over its rows. */
    COLUMNS,
    /** Rows and columns both, by potentials that are part of the exponent. */
    BOTH,
    /** Rows and columns both, by potentials that are factors: whatever a row or a column adds cancels. */
    SCALED
}
