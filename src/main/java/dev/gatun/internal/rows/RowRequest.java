package dev.gatun.internal.rows;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.PartRequest;
import dev.gatun.kernel.pass.PartRows;
import dev.gatun.kernel.pass.SinkhornPass;
import dev.gatun.kernel.pass.Tile;
import java.io.Serial;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What a solve has other machines compute. */
public sealed interface RowRequest extends HeadRequest<RowRequest.Passes> {

    /** Which log-kernel of the head. */
    KernelChoice choice();

    /** Whether it is in float64. */
    boolean float64();

    @Override
    default HeadSource<Passes> source() {
        return new Source(choice(), float64());
    }

    /** A log-kernel, and passes over it that no thread runs. */
    record Passes(LogKernel kernel, Queue<SinkhornPass> idle) {
    }

    /** Says which log-kernel. */
    record Source(KernelChoice choice, boolean float64) implements HeadSource<Passes> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public Passes of(HeadScores head) {
            Normalised normalised = float64 ? Normalised.BOTH : HeadScores.scaled(choice.tolerance());
            return new Passes(head.fill(head.builder(choice.divergence()), choice.divergence(), choice.fraction()).build(normalised),
                    new ConcurrentLinkedQueue<>());
        }
    }

    /** A pass over the parts of groups of rows. */
    record Pass(KernelChoice choice, PartRequest request) implements RowRequest {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public boolean float64() {
            return request.float64();
        }

        @Override
        public PartRows run(Passes passes, int first, int end) {
            SinkhornPass pass = passes.idle.poll();
            if (pass == null) {
                pass = SinkhornPass.ofSomeRows(passes.kernel);
            }
            PartRows rows = pass.compute(request, first, end);
            passes.idle.add(pass);
            return rows;
        }

        @Override
        public long sumBytes() {
            return request.kind() == PartRequest.Kind.MULTIPLY ? 0 : (long) Double.BYTES * request.v().length;
        }

        @Override
        public String toString() {
            return switch (request.kind()) {
                case FIT -> "fits the rows and sums the columns";
                case FIT_AND_SUM -> "fits the rows and sums both sides";
                case COUPLE -> "multiplies by the coupling and its transpose";
                case MULTIPLY -> "multiplies by the coupling";
                case SUM -> "sums rows and columns";
            };
        }
    }

    /** {@code log2 sum_i 2^(z_ij + u_i)} of columns, whose blocks are its parts. */
    record ColumnLogSums(KernelChoice choice, boolean float64, double[] u) implements RowRequest {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public RowEntries run(Passes passes, int first, int end) {
            LogKernel kernel = passes.kernel.transposed();
            BlockPass pass = new BlockPass(kernel, u);
            double[] logSums = new double[kernel.rows()];
            Tile tile = new Tile();
            for (int block = first; block < end; block++) {
                pass.logSums(block, tile, logSums);
            }
            return RowEntries.ofBlocks(first, end, logSums);
        }

        @Override
        public String toString() {
            return "sums the columns in the log domain";
        }
    }
}
