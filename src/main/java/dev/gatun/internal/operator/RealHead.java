package dev.gatun.internal.operator;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.LogTransitions;
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
        return LogTransitions.of(kernel, form.source(head), form.exactColumnPotential(head, kernel, pieces),
                form.stationary(head, inputs, symmetric), inputs.maxScore(), pieces);
    }

    /** The log-kernel in the precision that the form's own normalisation needs, built once. */
    final synchronized LogKernel kernel() {
        if (kernel == null) {
            kernel = form.kernel(head, inputs, form.normalised());
        }
        return kernel;
    }

    /** The log-kernel in double precision. */
    final LogKernel exactKernel() {
        return form.kernel(head, inputs, Normalised.BOTH);
    }

    /** The pairs that the log-kernel has visible. */
    public final Mask mask() {
        return form.mask(head, inputs);
    }

    /** The operator with its rows normalised, in double precision. */
    public final Scaling chain(HeadLoop.Pieces pieces) {
        LogKernel kernel = exactKernel();
        return Scaling.ofRows(kernel, form.columnPotential(head, kernel, pieces), pieces, false);
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
        double[] v = form.columnPotential(head, inputs.diffusion(form.alpha(head)), pieces);
        LogKernel kernel = crossing.symmetric(growth);
        boolean factors = kernel.isFloat64() || v == null || Potentials.spread(v, kernel) <= SinkhornPass.MAX_SPREAD;
        BlockPass pass = new BlockPass(factors ? kernel : crossing.symmetric(), v);
        return (values, out) -> pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values, out));
    }

    /** Tiles in double precision with a potential. */
    private record Symmetric(double[] u) implements HeadSource<ConjugateTiles> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public ConjugateTiles of(HeadScores inputs) {
            return ConjugateTiles.symmetric(inputs.symmetric(Normalised.BOTH), u);
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
            LogKernel kernel = inputs.symmetric(Normalised.BOTH);
            double[] v = form.columnPotential(head, kernel, pieces);
            return NormalisedTiles.of(v, Scaling.logSums(kernel, v, pieces), u -> ConjugateTiles.symmetric(kernel, u), Symmetric::new);
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
