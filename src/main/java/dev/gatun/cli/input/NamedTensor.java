package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.cli.output.Fault;
import dev.gatun.io.TensorFile;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * A tensor and the name it goes by in messages.
 *
 * @param name the argument that named its file
 */
public record NamedTensor(String name, Heads heads) {

    /** As many entries as an array has; the library takes the heads into arrays one by one. */
    static final long MAX_ENTRIES = Integer.MAX_VALUE - 8;

    /** Reads the tensor that {@code argument} names; what is mapped lives as long as {@code arena}. */
    static NamedTensor read(String argument, Layout layout, Arena arena) {
        return new NamedTensor(argument, layout.view(TensorFile.readHeads(argument, arena)));
    }

    /** @throws Fault if an entry is infinite or NaN, or a head has more entries than an array */
    void check() {
        if ((long) heads.rows() * heads.columns() > MAX_ENTRIES) {
            throw Fault.usage("%s: a head of %d x %d entries is too large; at most %d are possible",
                    name, heads.rows(), heads.columns(), MAX_ENTRIES);
        }
        try {
            heads.requireFinite(name + ":");
        } catch (IllegalArgumentException notFinite) {
            throw Fault.usage("%s", notFinite.getMessage());
        }
    }

    /** @throws Fault if an entry is NaN or plus infinity, as no score may be, or a head has more entries than an array */
    void checkScores() {
        try {
            Scores.acrossEntries(heads);
        } catch (IllegalArgumentException refused) {
            throw Fault.usage("%s: %s", name, refused.getMessage().replaceFirst("^scores ", ""));
        }
    }

    /** Whether an entry is minus infinity. */
    boolean forbids() {
        for (int index = 0; index < heads.count(); index++) {
            for (int i = 0; i < heads.rows(); i++) {
                for (int j = 0; j < heads.columns(); j++) {
                    if (heads.matrix(index).get(i, j) == Float.NEGATIVE_INFINITY) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether one of the diagonal is. */
    boolean blind() {
        for (int index = 0; index < heads.count(); index++) {
            for (int i = 0; i < Math.min(heads.rows(), heads.columns()); i++) {
                if (heads.matrix(index).get(i, i) == Float.NEGATIVE_INFINITY) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The shape as text. */
    String shape() {
        return Arrays.toString(heads.shape());
    }
}
