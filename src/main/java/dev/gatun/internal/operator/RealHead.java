package dev.gatun.internal.operator;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.Numbers;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.head.Strips;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.SinkhornPass;
import java.io.Serial;
import java.util.Arrays;

/** A real operator on one head, as a scaled exponential {@code 2^(z_ij + u_i + v_j)}. */
public abstract class RealHead implements HeadOperator {

    final RealForm form;
    final HeadScores inputs;
    final int head;
    private LogKernel kernel;
    private LogKernel exactKernel;

    RealHead(RealForm form, HeadScores inputs, int head) {
        this.form = form;
        this.inputs = inputs;
        this.head = head;
    }

    /** The log-kernel and its potentials. */
    abstract Scaling scaling(HeadLoop.Pieces pieces);

    /**
     * The Markov chain of this head, its rows made to sum to 1; of a column-stochastic operator that of its transpose.
     *
     * @param symmetric whether tokens see each other in the same way, and there is one pair of queries and keys
     */
    public LogTransitions transitions(boolean symmetric, HeadLoop.Pieces pieces) {
        LogKernel kernel = exactKernel();
        double[] v = form.columnPotential(head, () -> LogTransitions.sharedLogSums(kernel, form.source(head), pieces));
        return LogTransitions.of(kernel, form.source(head), v, form.stationary(head, inputs, symmetric), inputs.maxScore(), pieces);
    }

    /** The log-kernel in the precision that the form's own normalisation needs, built once. */
    final synchronized LogKernel kernel() {
        if (kernel == null) {
            kernel = form.kernel(head, inputs, form.normalised());
        }
        return kernel;
    }

    /** The log-kernel in double precision, built once. */
    final synchronized LogKernel exactKernel() {
        if (exactKernel == null) {
            exactKernel = form.kernel(head, inputs, Normalised.BOTH);
        }
        return exactKernel;
    }

    @Override
    public HeadSource<HeadOperator> source() {
        return new ProductRows.OfForm(form);
    }

    @Override
    public final double[] logSums(boolean exact, double[] v, HeadLoop.Pieces pieces) {
        return Scaling.logSums(exact ? exactKernel() : kernel(), v, pieces);
    }

    /** The potential of the columns, from sums over a log-kernel in double precision or not; machines share the sums. */
    final double[] columnPotential(boolean exact, HeadLoop.Pieces pieces) {
        return form.columnPotential(head, () -> ProductRows.logSums(this, exact, null, inputs.rows(), pieces));
    }

    /** The pairs that the log-kernel has visible. */
    public final Mask mask() {
        return form.mask(head, inputs);
    }

    /** The operator with its rows normalised, in double precision. */
    public final Scaling chain(HeadLoop.Pieces pieces) {
        double[] v = columnPotential(true, pieces);
        return new Scaling(exactKernel(), Scaling.negative(ProductRows.logSums(this, true, v, inputs.rows(), pieces)), v, null, false);
    }

    @Override
    public final void write(TensorView out, int index, HeadLoop.Pieces pieces) {
        scaling(pieces).write(pieces, out, index);
    }

    @Override
    public final Strips.Totals sums(HeadLoop.Pieces pieces) {
        return scaling(pieces).sums(pieces);
    }

    /** {@code out = P v} with potentials as factors. */
    static void multiply(Scaling scaling, PackedValues values, float[] out, HeadLoop.Pieces pieces) {
        BlockPass pass = new BlockPass(scaling.kernel(), scaling.v());
        PackedValues scaled = pass.scaledValues(values);
        pieces.each(pass.blocks(), (block, scratch) -> pass.scaled(block, scratch.tile, scaling.u(), scaled, out));
    }

    @Override
    public final ConjugateFormer conjugate() {
        return new Former();
    }

    @Override
    public final ExtensionProduct extension(CrossScores crossing, HeadLoop.Pieces pieces) {
        double growth = Math.max(1, Math.abs(form.alpha(head)));
        double[] v = columnPotential(false, pieces);
        LogKernel kernel = crossing.symmetric(growth);
        boolean factors = kernel.isFloat64() || v == null || Potentials.spread(v, kernel) <= SinkhornPass.MAX_SPREAD;
        BlockPass pass = new BlockPass(factors ? kernel : crossing.symmetric(), v);
        return (values, out) -> pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values, out));
    }

    /** Tiles in double precision with a potential. */
    private record Symmetric(Numbers u) implements HeadSource<ConjugateTiles> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public ConjugateTiles of(HeadScores inputs) {
            return ConjugateTiles.symmetric(inputs.symmetric(Normalised.BOTH), u.values());
        }
    }

    /** Tiles of a form that are not normalised. */
    private record Unnormalised(RealForm form) implements HeadSource<ConjugateTiles> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public ConjugateTiles of(HeadScores inputs) {
            return form.head(inputs, 0).conjugate().unnormalised();
        }
    }

    /** The tiles of the symmetric conjugate. */
    private final class Former implements ConjugateFormer {

        /**
         * In double precision. The rows of a coupling sum to its row marginals, and within the tolerance of its solve; normalised
         * once more they sum to 1 within rounding, and the potential of the columns alone is left.
         */
        @Override
        public NormalisedTiles normalised(HeadLoop.Pieces pieces) {
            HeadLoop.Pieces sharing = ConjugateFormer.isExact(inputs.rows()) ? pieces.here() : pieces;
            LogKernel kernel = exactKernel();
            double[] v = columnPotential(true, sharing);
            double[] logSums = ProductRows.logSums(RealHead.this, true, v, inputs.rows(), sharing);
            return NormalisedTiles.of(v, logSums, u -> ConjugateTiles.symmetric(kernel, u),
                    u -> new Symmetric(new Numbers(u)));
        }

        @Override
        public HeadSource<ConjugateTiles> source() {
            return new Unnormalised(form);
        }

        /**
         * In single precision {@code 2^(z_ij - (a_i + a_j) / 2)}: half of each row's offset makes {@code z_ii} small, and with it all
         * entries. In double precision those of points as they are, for none exceeds 1. A diagonal of 1 keeps sums from being lost,
         * so there must be one.
         */
        @Override
        public ConjugateTiles unnormalised() {
            if (!form.isReversible() || inputs.whole().zeroDiagonal()) {
                return null;
            }
            LogKernel kernel = ConjugateFormer.isExact(inputs.rows()) ? inputs.symmetric(Normalised.BOTH) : inputs.diffusion(alpha());
            if (kernel.isFloat64()) {
                return inputs.points() ? ConjugateTiles.symmetric(kernel, new double[inputs.rows()]) : null;
            }
            double[] u = new double[inputs.rows()];
            Arrays.setAll(u, i -> -kernel.rowOffset(i) / 2);
            ConjugateTiles tiles = ConjugateTiles.symmetric(kernel, u);
            return tiles.factored() ? tiles : null;
        }

        @Override
        public double alpha() {
            return form.alpha(head);
        }
    }
}
