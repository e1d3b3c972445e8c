package dev.gatun.cli.input;

import dev.gatun.Sinkhorn;
import dev.gatun.cli.output.Fault;
import dev.gatun.io.TensorFile;
import dev.gatun.io.Vectors;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Row sums, column sums or distributions that a command is given: one vector for all heads, or one for each.
 *
 * @param file   their file; null for the default
 * @param values the vectors; null for the default
 */
public record Marginals(Path file, double[][] values) {

    /**
     * Reads marginals and checks their shape and their masses.
     *
     * @param file   a {@code .npy} file or a tensor of an archive, {@code file.npz#name}; null for the default
     * @param side   what has one entry each, in the plural, for messages
     * @param length the length of a vector
     * @param inputs the heads and tokens
     */
    public static Marginals read(Path file, String side, int length, Inputs inputs) {
        if (file == null) {
            return new Marginals(null, null);
        }
        Vectors vectors = TensorFile.readVectors(file.toString());
        if (vectors.length() != length) {
            throw Fault.usage("%s: has %d entries; %s have %d %s", file, vectors.length(), inputs.names(), length, side);
        }
        int[] heads = inputs.outline().leading();
        if (vectors.values().length > 1 && !Arrays.equals(vectors.leading(), heads)) {
            throw Fault.usage("%s: is given for heads %s; expected one vector%s of %s", file, Arrays.toString(vectors.leading()),
                    inputs.count() == 1 ? " for the one head" : " for all, or one for each of heads " + Arrays.toString(heads),
                    inputs.title());
        }
        Marginals marginals = new Marginals(file, vectors.values());
        marginals.check();
        return marginals;
    }

    /** Checks the masses as the library does; the fault names the file in place of {@code mu}. */
    private void check() {
        try {
            Sinkhorn.bistochastic().withMarginals(values, null);
        } catch (IllegalArgumentException mass) {
            throw Fault.usage("%s: %s", file, mass.getMessage().replaceFirst("^mu ", ""));
        }
    }

    /** The vectors of a run of heads, or null for the default. */
    public double[][] of(HeadRun run) {
        return values == null || values.length == 1 ? values : Arrays.copyOfRange(values, run.first(), run.end());
    }

    /** The vector of query head {@code index}, or null for the default. */
    public double[] of(int index) {
        return values == null ? null : values[values.length == 1 ? 0 : index];
    }

    /** The argument that named {@code file}, or null. */
    public static String argument(Path file) {
        return file == null ? null : file.toString();
    }
}
