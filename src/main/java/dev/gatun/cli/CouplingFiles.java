package dev.gatun.cli;

import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornStatus;
import dev.gatun.cli.input.HeadRun;
import dev.gatun.cli.input.Inputs;
import dev.gatun.io.NpyOutput;
import dev.gatun.io.NpyType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** The output files of {@code sinkhorn}. They appear only if every head has a coupling. */
final class CouplingFiles implements AutoCloseable {

    private final Inputs inputs;
    private NpyOutput u;
    private NpyOutput v;
    private NpyOutput coupling;
    private boolean feasible = true;

    private CouplingFiles(Inputs inputs) {
        this.inputs = inputs;
    }

    /** Creates the files whose paths are not null. */
    static CouplingFiles create(Inputs inputs, Path u, Path v, Path coupling) {
        CouplingFiles files = new CouplingFiles(inputs);
        boolean complete = false;
        try {
            files.u = files.create(u, NpyType.FLOAT64, inputs.rows());
            files.v = files.create(v, NpyType.FLOAT64, inputs.columns());
            files.coupling = files.create(coupling, NpyType.FLOAT32, inputs.rows(), inputs.columns());
            complete = true;
            return files;
        } finally {
            if (!complete) {
                files.close();
            }
        }
    }

    private NpyOutput create(Path path, NpyType type, int... trailing) {
        return path == null ? null : NpyOutput.create(path, type, inputs.outline().shapeWith(trailing));
    }

    /** Writes the heads of a run, unless a head has no coupling. */
    void write(HeadRun run, SinkhornResult result) {
        feasible &= result.heads().stream().noneMatch(head -> head.status() == SinkhornStatus.INFEASIBLE);
        if (!feasible) {
            return;
        }
        for (int i = 0; i < run.count(); i++) {
            write(u, run.first() + i, result.heads().get(i).u());
            write(v, run.first() + i, result.heads().get(i).v());
        }
        if (coupling != null) {
            result.operator().matrix(run.of(coupling.heads()));
        }
    }

    private static void write(NpyOutput output, int index, double[] potential) {
        if (output != null) {
            long start = (long) Double.BYTES * index * potential.length;
            MemorySegment.copy(potential, 0, output.segment(), ValueLayout.JAVA_DOUBLE_UNALIGNED, start,
                    potential.length);
        }
    }

    /** Commits the files if every head has a coupling. */
    void commit() {
        if (!feasible) {
            return;
        }
        for (NpyOutput output : new NpyOutput[] {u, v, coupling}) {
            if (output != null) {
                output.commit();
            }
        }
    }

    /** Deletes the files that are not committed. */
    @Override
    public void close() {
        for (NpyOutput output : new NpyOutput[] {u, v, coupling}) {
            if (output != null) {
                output.close();
            }
        }
    }
}
