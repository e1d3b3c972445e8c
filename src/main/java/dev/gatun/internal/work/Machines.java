package dev.gatun.internal.work;

import java.io.Serializable;
import java.util.List;

/** Other machines, which have the inputs of a head too, and compute parts of the passes over its rows. */
@FunctionalInterface
public interface Machines {

    /**
     * Runs parts {@code 0 .. count - 1} of a pass.
     *
     * @param request what the machines need beside the inputs, to run any of the parts
     * @return the results of all parts, in any order
     */
    List<? extends Serializable> run(Serializable request, int count);
}
