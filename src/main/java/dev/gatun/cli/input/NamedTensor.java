package dev.gatun.cli.input;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.cli.output.Fault;
import dev.gatun.io.TensorFile;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * A tensor and its name in messages.
 *
 * @param name  the argument that names its file
 * @param heads the tensor
 */
public record NamedTensor(String name, Heads heads) {

    /** The length of the longest array: the library copies each head into one. */
    static final long MAX_ENTRIES = Integer.MAX_VALUE - 8;

    /** Reads the tensor that {@code argument} names; it lives as long as {@code arena}. */
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

    /** @throws Fault if an entry is NaN or plus infinity, or a head has more entries than an array */
    void checkScores() {
        try {
            Scores.acrossEntries(heads);
        } catch (IllegalArgumentException refused) {
            throw Fault.usage("%s: %s", name, refused.getMessage().replaceFirst("^scores ", ""));
        }
    }

    /** Whether an entry is minus infinity. */
    boolean forbidsPairs() {
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

    /** Whether an entry of the diagonal is minus infinity. */
    boolean forbidsSelfPairs() {
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
