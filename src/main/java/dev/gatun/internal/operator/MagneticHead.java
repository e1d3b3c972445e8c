package dev.gatun.internal.operator;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.head.Strips;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.MagneticPass;
import dev.gatun.kernel.pass.MagneticScores;
import java.io.Serial;
import java.util.Arrays;

/** Magnetic diffusion on one head. Its row sums are those of the moduli, which diffusion has. */
final class MagneticHead implements HeadOperator {

    /** Turns of phase for a unit of the log-kernels up to which float32 log-kernels resolve the phase. */
    private static final double MAX_SINGLE_TURNS = 0x1p40;

    private final MagneticForm form;
    private final HeadScores inputs;
    private Hermitian kernel;
    private Hermitian exactKernel;

    MagneticHead(MagneticForm form, HeadScores inputs) {
        this.form = form;
        this.inputs = inputs;
    }

    @Override
    public void multiply(PackedValues values, float[] out, HeadLoop.Pieces pieces) {
        MagneticPass pass = weighted(pieces).pass();
        pieces.each(pass.blocks(), (block, scratch) -> pass.apply(block, scratch.magnetic(), values, out));
    }

    @Override
    public HeadSource<HeadOperator> rowsApart() {
        return form.alpha() == 0 ? new ProductRows.OfForm(form) : null;
    }

    @Override
    public void write(TensorView out, int index, HeadLoop.Pieces pieces) {
        MagneticPass pass = weighted(pieces).pass();
        double[] u = Scaling.negative(logSums(pass, pieces));
        Strips.write(pieces, pass.blocks(), out, index,
                (block, scratch, strip) -> pass.entries(block, scratch.magnetic(), u, strip));
    }

    @Override
    public Strips.Totals sums(HeadLoop.Pieces pieces) {
        Weighted weighted = weighted(pieces);
        double[] v = weighted.v;
        MagneticPass pass = weighted.pass();
        double[] logSums = logSums(pass, pieces);
        double[] u = Scaling.negative(logSums);
        double[] stationary = Scaling.stationary(logSums, v);
        MagneticPass transposed = weighted.kernel.transposed().pass(finite(Scaling.sum(u, stationary)));
        double[] transposedU = v == null ? new double[inputs.rows()] : v;
        Strips.Sums sums = new Strips.Sums(inputs.rows(), inputs.rows(), form.parts());
        sums.addAll(pieces, pass.blocks(), stationary,
                (block, scratch, strip) -> pass.entries(block, scratch.magnetic(), u, strip),
                (block, scratch, strip) -> transposed.entries(block, scratch.magnetic(), transposedU, strip));
        return sums.result();
    }

    @Override
    public ConjugateFormer conjugate() {
        return new Former();
    }

    @Override
    public ExtensionProduct extension(CrossScores crossing, HeadLoop.Pieces pieces) {
        double[] v = weighted(pieces).v;
        Normalised side = side(crossing.magneticRange());
        MagneticPass pass = new Hermitian(crossing.forward(side), crossing.backward(side), form.kappa()).pass(v);
        return (values, out) ->
                pieces.each(pass.blocks(), (block, scratch) -> pass.apply(block, scratch.magnetic(), values, out));
    }

    /** The tiles of the Hermitian conjugate. */
    private final class Former implements ConjugateFormer {

        @Override
        public NormalisedTiles normalised(HeadLoop.Pieces pieces) {
            NormalisedTiles tiles = tiles(ConjugateFormer.isExact(inputs.rows()) ? exactKernel() : kernel(), pieces);
            return tiles.tiles().factored() ? tiles : tiles(exactKernel(), pieces);
        }

        @Override
        public ConjugateTiles unnormalised() {
            return null;
        }

        @Override
        public HeadSource<ConjugateTiles> source() {
            return null;
        }

        @Override
        public double alpha() {
            return form.alpha();
        }
    }

    /** Tiles of a form with a potential. */
    private record HermitianTiles(MagneticForm form, boolean exact, double[] u) implements HeadSource<ConjugateTiles> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public ConjugateTiles of(HeadScores inputs) {
            Hermitian kernel = new MagneticHead(form, inputs).kernel(exact);
            return ConjugateTiles.hermitian(kernel.forward, kernel.backward, kernel.kappa, u, null);
        }
    }

    /**
     * The logarithms of sums of moduli, whose parts are blocks of rows.
     *
     * @param exact whether the log-kernels are in double precision
     * @param v     potentials of the columns; null for none
     */
    private record ModulusSums(MagneticForm form, boolean exact, double[] v) implements HeadRequest<HeadOperator> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public HeadSource<HeadOperator> source() {
            return new ProductRows.OfForm(form);
        }

        @Override
        public RowEntries run(HeadOperator head, int first, int end) {
            MagneticHead magnetic = (MagneticHead) head;
            return RowEntries.ofBlocks(first, end,
                    magnetic.logSums(magnetic.kernel(exact).pass(v), HeadLoop.Pieces.between(first, end)));
        }

        @Override
        public String toString() {
            return "sums moduli along the rows";
        }
    }

    private NormalisedTiles tiles(Hermitian kernel, HeadLoop.Pieces pieces) {
        double[] v = columnPotential(kernel, pieces);
        MagneticScores kept = v == null && kernel.forward.isFloat64() && ConjugateFormer.isExact(inputs.rows())
                ? new MagneticScores(Lanes.blocks(inputs.rows())) : null;
        MagneticPass pass = new MagneticPass(kernel.forward, kernel.backward, kernel.kappa, v, kept);
        boolean exact = kernel.forward.isFloat64();
        double[] logSums = kept == null ? logSums(kernel, v, pieces) : logSums(pass, pieces);
        return NormalisedTiles.of(v, logSums, u -> ConjugateTiles.hermitian(kernel.forward, kernel.backward, kernel.kappa, u, kept),
                u -> new HermitianTiles(form, exact, u));
    }

    /**
     * The two log-kernels in one precision: the modulus is their sum, the phase {@code w = (b - f) log 2 / beta}.
     *
     * @param kappa turns of phase for a unit of {@code b - f}
     */
    record Hermitian(LogKernel forward, LogKernel backward, double kappa) {
        MagneticPass pass(double[] v) {
            return new MagneticPass(forward, backward, kappa, v);
        }

        Hermitian transposed() {
            return new Hermitian(forward.transposed(), backward.transposed(), kappa);
        }
    }

    /** The kernel with the potential of its columns; null for none. */
    private record Weighted(Hermitian kernel, double[] v) {
        MagneticPass pass() {
            return kernel.pass(v);
        }
    }

    /** In double precision where the potential does not go with exponents in single precision. */
    private Weighted weighted(HeadLoop.Pieces pieces) {
        Hermitian kernel = kernel();
        double[] v = columnPotential(kernel, pieces);
        if (!Potentials.tooWide(v, kernel.forward)) {
            return new Weighted(kernel, v);
        }
        Hermitian exact = exactKernel();
        return new Weighted(exact, columnPotential(exact, pieces));
    }

    /** Built once. */
    synchronized Hermitian kernel() {
        if (kernel == null) {
            Normalised side = side(inputs.magneticRange());
            kernel = new Hermitian(inputs.forward(side), inputs.backward(side), form.kappa());
        }
        return kernel;
    }

    private synchronized Hermitian exactKernel() {
        if (exactKernel == null) {
            LogKernel.requireMeasurable(inputs.magneticRange() * form.growth());
            exactKernel = new Hermitian(inputs.forward(Normalised.BOTH), inputs.backward(Normalised.BOTH), form.kappa());
        }
        return exactKernel;
    }

    private Hermitian kernel(boolean exact) {
        return exact ? exactKernel() : kernel();
    }

    /** The normalisation for which log-kernels of this range get the precision that the range and the phases need. */
    private Normalised side(double range) {
        LogKernel.requireMeasurable(range * form.growth());
        double single = LogKernel.float32Range(Math.max(inputs.d(), inputs.dBack()));
        boolean exact = range * form.growth() > single || Math.abs(form.kappa()) > MAX_SINGLE_TURNS;
        return exact ? Normalised.BOTH : Normalised.ROWS;
    }

    private double[] columnPotential(Hermitian kernel, HeadLoop.Pieces pieces) {
        return form.alpha() == 0 ? null : Scaling.alphaPotential(logSums(kernel, null, pieces), form.alpha());
    }

    /** The logarithms of sums of moduli; machines share those of many tokens. */
    private double[] logSums(Hermitian hermitian, double[] v, HeadLoop.Pieces pieces) {
        if (pieces.machines() == null || ConjugateFormer.isExact(inputs.rows())) {
            return logSums(hermitian.pass(v), pieces);
        }
        ModulusSums request = new ModulusSums(form, hermitian.forward.isFloat64(), v);
        return RowEntries.joined(pieces.machines().run(request, Lanes.blocks(inputs.rows())), inputs.rows());
    }

    private double[] logSums(MagneticPass pass, HeadLoop.Pieces pieces) {
        double[] logSums = new double[inputs.rows()];
        pieces.each(pass.blocks(), (block, scratch) -> pass.logSums(block, scratch.magnetic(), logSums));
        return logSums;
    }

    /** With 0 for tokens that see nothing: all that it is added to is masked, but not before it has been an exponent. */
    private static double[] finite(double[] potential) {
        return Arrays.stream(potential).map(p -> p == Double.NEGATIVE_INFINITY ? 0 : p).toArray();
    }
}
