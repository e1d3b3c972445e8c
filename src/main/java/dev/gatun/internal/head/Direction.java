package dev.gatun.internal.head;

/** Which divergence of the scores a log-kernel is made of. */
public enum Direction {
    /** {@code d>_ij = s_ii - s_ij}. */
    FORWARD,
    /** {@code d<_ij = s_jj - s_ji}. */
    BACKWARD,
    /** {@code d_ij = d>_ij + d<_ij}. */
    SYMMETRIC
}
