package dev.gatun.cli;

import dev.gatun.Heads;
import dev.gatun.io.TensorFile;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * A tensor and the name it goes by in messages.
 *
 * @param name the argument that named its file
 */
record NamedTensor(String name, Heads heads) {

    /** As many entries as an array has; the library takes the heads into arrays one by one. */
    static final long MOST_ENTRIES = Integer.MAX_VALUE - 8;

    /** Reads the tensor that {@code argument} names; what is mapped lives as long as {@code arena}. */
    static NamedTensor read(String argument, Layout layout, Arena arena) {
        return new NamedTensor(argument, layout.view(TensorFile.readHeads(argument, arena)));
    }

    /** @throws Fault if an entry is infinite or NaN, or a head has more entries than an array */
    void check() {
        if ((long) heads.rows() * heads.columns() > MOST_ENTRIES) {
            throw Fault.usage("%s: a head of %d x %d entries is too large; at most %d are possible",
                    name, heads.rows(), heads.columns(), MOST_ENTRIES);
        }
        try {
            heads.requireFinite(name + ":");
        } catch (IllegalArgumentException notFinite) {
            throw Fault.usage("%s", notFinite.getMessage());
        }
    }

    /** The shape as text. */
    String shape() {
        return Arrays.toString(heads.shape());
    }
}
