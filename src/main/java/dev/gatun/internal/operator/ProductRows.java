package dev.gatun.internal.operator;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Machines;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.stored.StoredRows;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of a product that a machine computes for another one.
 *
 * @param first   the first row
 * @param entries the rows, one after the other
 */
public record ProductRows(int first, float[] entries) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** An operator whose rows can be computed by themselves. */
    public sealed interface Form extends Serializable {

        /** The operator on a head, which keeps its log-kernel: any number of threads may compute its rows. */
        HeadOperator head(HeadScores inputs);
    }

    /** An operator that needs no sums over all rows. */
    public record OfForm(OperatorForm form) implements Form {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public HeadOperator head(HeadScores inputs) {
            return form.head(inputs, 0);
        }
    }

    /** A coupling: the potentials of a {@link HeadCoupling}. */
    record OfPotentials(Direction direction, double[] u, double[] v, double accuracy, boolean beyondFloat32) implements Form {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public HeadOperator head(HeadScores inputs) {
            return new CouplingForm(direction, List.of(new HeadCoupling(null, u, v, accuracy, beyondFloat32)), false).head(inputs, 0);
        }
    }

    /**
     * A product, whose parts are blocks of rows. Its text completes "a pass that".
     *
     * @param values     v, row after row
     * @param components components of v
     * @param width      floats of a row of the product
     */
    public record Request(Form form, float[] values, int components, int width) implements Serializable {

        @Serial
        private static final long serialVersionUID = 1;

        /**
         * Computes the rows of blocks {@code first .. end - 1}.
         *
         * @param operator that of the {@link #form}
         * @param rows     its rows
         */
        public ProductRows run(HeadOperator operator, int rows, int first, int end) {
            int from = first * Lanes.BLOCK;
            int to = Math.min(rows, end * Lanes.BLOCK);
            HeadLoop.Pieces pieces = HeadLoop.Pieces.between(first, end);
            float[] product = new float[ArrayLength.of(rows, width)];
            if (operator.isWide()) {
                operator.multiplyWide(values, width, product, pieces);
            } else {
                int count = values.length / components;
                Values<PackedValues> packed = new Values<>(PackedValues.ofShape(count, components));
                packed.load(StoredRows.of(values, components), count, StoredRows.chunk(components));
                // The machine that asked multiplies by the unit of the values.
                operator.multiply(packed.panel(), product, pieces);
            }
            return new ProductRows(from, Arrays.copyOfRange(product, from * width, to * width));
        }

        @Override
        public String toString() {
            return "multiplies values by the operator";
        }
    }

    /** Has machines compute a product of {@code rows} rows. */
    static void compute(Request request, int rows, Machines machines, float[] product) {
        int computed = 0;
        for (Serializable result : machines.run(request, Lanes.blocks(rows))) {
            ProductRows part = (ProductRows) result;
            System.arraycopy(part.entries, 0, product, part.first * request.width, part.entries.length);
            computed += part.entries.length / request.width;
        }
        if (computed != rows) {
            throw new IllegalStateException("%s of %s rows were computed".formatted(computed, rows));
        }
    }
}
