package dev.gatun.cli;

import dev.gatun.cli.input.Inputs;
import dev.gatun.cli.input.Layout;
import dev.gatun.io.NpyOutput;
import dev.gatun.io.NpyType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** The output files of {@code spectrum}. They appear when all heads are done. */
final class SpectrumFiles implements AutoCloseable {

    private final Layout layout;
    private final int heads;
    private NpyOutput values;
    private NpyOutput vectors;

    private SpectrumFiles(Layout layout, int heads) {
        this.layout = layout;
        this.heads = heads;
    }

    /** Creates the files whose paths are not null. */
    static SpectrumFiles create(Inputs inputs, Layout layout, int count, NpyType type, Path values, Path vectors) {
        SpectrumFiles files = new SpectrumFiles(layout, inputs.outline().heads());
        boolean complete = false;
        try {
            files.values = values == null ? null
                    : NpyOutput.create(values, NpyType.FLOAT64, inputs.outline().shapeWith(count));
            files.vectors = vectors == null ? null
                    : NpyOutput.create(vectors, type, layout.shape(inputs.outline(), inputs.rows(), count));
            complete = true;
            return files;
        } finally {
            if (!complete) {
                files.close();
            }
        }
    }

    /** Coordinates with the trivial eigenvector, all 1, as the first column. */
    static double[][] withTrivial(double[][] coordinates) {
        double[][] all = new double[coordinates.length][coordinates[0].length + 1];
        for (int i = 0; i < all.length; i++) {
            all[i][0] = 1;
            System.arraycopy(coordinates[i], 0, all[i], 1, coordinates[i].length);
        }
        return all;
    }

    /** Writes query head {@code index}. */
    void write(int index, double[] eigenvalues, double[][] coordinates) {
        if (values != null) {
            write(values, (long) index * eigenvalues.length, eigenvalues);
        }
        for (int i = 0; vectors != null && i < coordinates.length; i++) {
            write(vectors, layout.row(index, i, coordinates.length, heads) * coordinates[i].length, coordinates[i]);
        }
    }

    private static void write(NpyOutput output, long entry, double[] entries) {
        MemorySegment.copy(entries, 0, output.segment(), ValueLayout.JAVA_DOUBLE_UNALIGNED, Double.BYTES * entry,
                entries.length);
    }

    /** Commits the files. */
    void commit() {
        for (NpyOutput output : new NpyOutput[] {values, vectors}) {
            if (output != null) {
                output.commit();
            }
        }
    }

    /** Deletes the files that are not committed. */
    @Override
    public void close() {
        for (NpyOutput output : new NpyOutput[] {values, vectors}) {
            if (output != null) {
                output.close();
            }
        }
    }
}
