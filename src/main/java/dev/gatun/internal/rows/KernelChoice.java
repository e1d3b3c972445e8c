package dev.gatun.internal.rows;

import dev.gatun.internal.head.Direction;
import java.io.Serial;
import java.io.Serializable;

/**
 * Which log-kernel of a head a solve takes, so that another machine, which has the head, can build the same.
 *
 * @param divergence the divergence that the log-kernel is minus beta times
 * @param fraction   the part of the inverse temperature
 * @param tolerance  the tolerance of the solve, which decides on the precision
 */
public record KernelChoice(Direction divergence, double fraction, double tolerance) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;
}
