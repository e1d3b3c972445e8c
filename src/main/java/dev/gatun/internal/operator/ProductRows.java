package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.internal.head.Scaling;
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

    /** The operator of a form. */
    record OfForm(OperatorForm form) implements HeadSource<HeadOperator> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public HeadOperator of(HeadScores inputs) {
            return form.head(inputs, 0);
        }
    }

    /** A coupling. */
    record OfPotentials(Scaling.Source source) implements HeadSource<HeadOperator> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public HeadOperator of(HeadScores inputs) {
            HeadCoupling coupling = new HeadCoupling(null, source.u().values(), source.v().values(), source.accuracy(), source.wide());
            return new CouplingForm(source.divergence(), List.of(coupling), false).head(inputs, 0);
        }
    }

    /**
     * A product, whose parts are blocks of rows.
     *
     * @param weights    of the columns; null if the operator needs none
     * @param rows       all rows of the product
     * @param values     v, row after row
     * @param components components of v
     * @param width      floats of a row of the product
     */
    record Request(HeadSource<HeadOperator> source, HeadOperator.ColumnWeights weights, int rows, float[] values, int components,
                   int width) implements HeadRequest<HeadOperator> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public ProductRows run(HeadOperator operator, int first, int end) {
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
                operator.multiply(packed.panel(), weights, product, pieces);
            }
            return new ProductRows(from, Arrays.copyOfRange(product, from * width, to * width));
        }

        @Override
        public String toString() {
            return "multiplies values by the operator";
        }
    }

    /** {@link HeadOperator#logSums}, whose parts are blocks of rows. */
    private record LogSums(HeadSource<HeadOperator> source, boolean exact, double[] v) implements HeadRequest<HeadOperator> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public RowEntries run(HeadOperator operator, int first, int end) {
            return RowEntries.ofBlocks(first, end, operator.logSums(exact, v, HeadLoop.Pieces.between(first, end)));
        }

        @Override
        public String toString() {
            return "sums the rows of the kernel";
        }
    }

    /** {@link HeadOperator#logSums} of {@code rows} rows; machines compute them, if there are any. */
    static double[] logSums(HeadOperator operator, boolean exact, double[] v, int rows, HeadLoop.Pieces pieces) {
        return pieces.machines() == null ? operator.logSums(exact, v, pieces)
                : RowEntries.joined(pieces.machines().run(new LogSums(operator.source(), exact, v), Lanes.blocks(rows)), rows);
    }

    /** Has machines compute a product. */
    static void compute(Request request, Machines machines, float[] product) {
        int computed = 0;
        for (Serializable result : machines.run(request, Lanes.blocks(request.rows))) {
            ProductRows part = (ProductRows) result;
            System.arraycopy(part.entries, 0, product, part.first * request.width, part.entries.length);
            computed += part.entries.length / request.width;
        }
        if (computed != request.rows) {
            throw new IllegalStateException("%s of %s rows were computed".formatted(computed, request.rows));
        }
    }
}
