package dev.gatun.kernel.pass;

import java.util.List;

/** Other machines, which have the log-kernel of a {@link SinkhornPass} and compute the rows of its groups. */
@FunctionalInterface
public interface GroupMachines {

    /** Computes groups {@code 0 .. groups - 1}, and returns what their rows come to in pieces of any size and order. */
    List<GroupRows> run(GroupRequest request, int groups);
}
