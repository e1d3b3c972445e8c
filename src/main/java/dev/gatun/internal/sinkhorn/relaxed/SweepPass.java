package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.kernel.LogTwo;
import java.io.Serial;
import java.io.Serializable;

/** What a {@link KernelSweep} computes of a block of rows, on this machine or another one. Potentials are in units of log 2. */
sealed interface SweepPass extends Serializable {

    /** Whether columns are summed, with the factors that {@link #visit} sets. */
    default boolean sumsColumns() {
        return false;
    }

    /**
     * Sets the factors of the rows of a block.
     *
     * @param rows receives a number for each row, at the row's place in the head; null if there are none
     */
    void visit(KernelSweep.Block block, double[] rows);

    /** Whether each row has a number. */
    default boolean hasNumbers() {
        return true;
    }

    /**
     * Fits the rows and sums the columns of the coupling. The numbers are the logarithms of the row sums before.
     *
     * @param rows   the marginal of the rows
     * @param shifts {@link ComponentShifts#ofRow} of each row; 0 for a row that is not connected
     * @param unit   log2 of the unit of mass
     */
    record Fit(SoftMarginal rows, double[] shifts, double unit) implements SweepPass {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public boolean sumsColumns() {
            return true;
        }

        @Override
        public void visit(KernelSweep.Block block, double[] logSums) {
            for (int r = 0; r < block.rowCount(); r++) {
                int i = block.firstRow() + r;
                logSums[i] = block.logSums[r];
                block.factors[r] = empty(i, logSums[i]) ? 0 : LogTwo.exp2(logRow(i, logSums[i]) - unit) / block.sums[r];
            }
        }

        /** Whether row i has no mass, or sees no column with mass. */
        boolean empty(int i, double logSum) {
            return !rows.hasMass(i) || logSum == Double.NEGATIVE_INFINITY;
        }

        /** log2 of the row's mass less that of its sum before it is fitted. */
        double gap(int i, double logSum) {
            return rows.logMass()[i] - rows.logReference()[i] - logSum;
        }

        /** log2 of the sum of a fitted row that is not empty. */
        double logRow(int i, double logSum) {
            return rows.logMass()[i] - rows.complement() * gap(i, logSum) - shifts[i];
        }

        @Override
        public String toString() {
            return "fits the rows and sums the columns";
        }
    }

    /**
     * {@code P^T diag(1/r) P x} of the coupling P. There are no numbers.
     *
     * @param rowSums r, in the unit of mass; 0 for a row that is not connected
     */
    record Multiply(double[] x, double[] rowSums) implements SweepPass {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public boolean sumsColumns() {
            return true;
        }

        @Override
        public boolean hasNumbers() {
            return false;
        }

        @Override
        public void visit(KernelSweep.Block block, double[] none) {
            block.multiply(x, block.factors);
            for (int r = 0; r < block.rowCount(); r++) {
                double rowSum = rowSums[block.firstRow() + r];
                block.factors[r] = rowSum > 0 ? block.factors[r] / block.sums[r] * (rowSum / block.sums[r]) : 0;
            }
        }

        @Override
        public String toString() {
            return "multiplies by the coupling and its transpose";
        }
    }

    /** The numbers are the largest differences of two visible entries of each row of the log-kernel. */
    record Range() implements SweepPass {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public void visit(KernelSweep.Block block, double[] ranges) {
            for (int r = 0; r < block.rowCount(); r++) {
                ranges[block.firstRow() + r] = block.range(r);
            }
        }

        @Override
        public String toString() {
            return "measures the range of the kernel";
        }
    }

    /** The numbers are the logarithms of the row sums. */
    record LogSums() implements SweepPass {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public void visit(KernelSweep.Block block, double[] logSums) {
            System.arraycopy(block.logSums, 0, logSums, block.firstRow(), block.rowCount());
        }

        @Override
        public String toString() {
            return "sums the columns in the log domain";
        }
    }
}
