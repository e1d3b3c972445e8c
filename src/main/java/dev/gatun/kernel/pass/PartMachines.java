package dev.gatun.kernel.pass;

import java.util.List;

/** Other machines, which have the log-kernel of a {@link SinkhornPass} and compute the rows of its parts. */
@FunctionalInterface
public interface PartMachines {

    /** Computes parts {@code 0 .. parts - 1}, and returns what their rows come to in pieces of any size and order. */
    List<PartRows> run(PartRequest request, int parts);
}
