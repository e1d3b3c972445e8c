package dev.gatun;

import dev.gatun.internal.head.Direction;

/** Which divergence of the scores a log-kernel is made of. */
public enum Divergence {

    /** {@code d>_ij = s_ii - s_ij}: from i's own query. */
    FORWARD(Direction.FORWARD),

    /** {@code d<_ij = s_jj - s_ji}: its transpose, unless it was given queries and keys of its own. */
    BACKWARD(Direction.BACKWARD),

    /** {@code d_ij = d>_ij + d<_ij}. */
    SYMMETRIC(Direction.SYMMETRIC);

    private final Direction direction;

    Divergence(Direction direction) {
        this.direction = direction;
    }

    Direction direction() {
        return direction;
    }
}
