package dev.gatun;

/** Which divergence of the scores a log-kernel is made of. */
public enum Divergence {
    /** {@code d>_ij = s_ii - s_ij}: from i's own query. */
    FORWARD,
    /** {@code d<_ij = s_jj - s_ji}: its transpose, unless it was given queries and keys of its own. */
    BACKWARD,
    /** {@code d_ij = d>_ij + d<_ij}. */
    SYMMETRIC
}
