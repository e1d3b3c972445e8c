package dev.gatun.internal.operator;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.HeadSource;
import dev.gatun.internal.head.Numbers;
import dev.gatun.internal.head.Potentials;
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
        multiply(values, columnWeights(pieces), out, pieces);
    }

    @Override
    public void multiply(PackedValues values, ColumnWeights v, float[] out, HeadLoop.Pieces pieces) {
        MagneticPass pass = pass(v);
        pieces.each(pass.blocks(), (block, scratch) -> pass.apply(block, scratch.magnetic(), values, out));
    }

    @Override
    public HeadSource<HeadOperator> source() {
        return new ProductRows.OfForm(form);
    }

    /** The potential of the columns, in double precision where it does not go with exponents in single precision. */
    @Override
    public ColumnWeights columnWeights(HeadLoop.Pieces pieces) {
        double[] v = columnPotential(false, pieces);
        return v == null || !Potentials.tooWide(v, kernel().forward) ? new ColumnWeights(false, v)
                : new ColumnWeights(true, columnPotential(true, pieces));
    }

    @Override
    public void write(TensorView out, int index, HeadLoop.Pieces pieces) {
        MagneticPass pass = pass(columnWeights(pieces));
        double[] u = Scaling.negative(logSums(pass, pieces));
        Strips.write(pieces, pass.blocks(), out, index,
                (block, scratch, strip) -> pass.entries(block, scratch.magnetic(), u, strip));
    }

    @Override
    public Strips.Totals sums(HeadLoop.Pieces pieces) {
        ColumnWeights weights = columnWeights(pieces);
        double[] v = weights.weights();
        MagneticPass pass = pass(weights);
        double[] logSums = logSums(pass, pieces);
        double[] u = Scaling.negative(logSums);
        double[] stationary = Scaling.stationary(logSums, v);
        MagneticPass transposed = kernel(weights.exact()).transposed().pass(finite(Scaling.sum(u, stationary)));
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
        double[] v = columnWeights(pieces).weights();
        Normalised side = side(crossing.magneticRange());
        MagneticPass pass = new Hermitian(crossing.forward(side), crossing.backward(side), form.kappa()).pass(v);
        return (values, out) ->
                pieces.each(pass.blocks(), (block, scratch) -> pass.apply(block, scratch.magnetic(), values, out));
    }

    /** The tiles of the Hermitian conjugate. */
    private final class Former implements ConjugateFormer {

        @Override
        public NormalisedTiles normalised(HeadLoop.Pieces pieces) {
            NormalisedTiles tiles = tiles(ConjugateFormer.isExact(inputs.rows()), pieces);
            return tiles.tiles().factored() ? tiles : tiles(true, pieces);
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
    private record HermitianTiles(MagneticForm form, boolean exact, Numbers u) implements HeadSource<ConjugateTiles> {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public ConjugateTiles of(HeadScores inputs) {
            Hermitian kernel = new MagneticHead(form, inputs).kernel(exact);
            return ConjugateTiles.hermitian(kernel.forward, kernel.backward, kernel.kappa, u.values(), null);
        }
    }

    private NormalisedTiles tiles(boolean exact, HeadLoop.Pieces pieces) {
        Hermitian kernel = kernel(exact);
        boolean few = ConjugateFormer.isExact(inputs.rows());
        HeadLoop.Pieces sharing = few ? pieces.here() : pieces;
        double[] v = columnPotential(exact, sharing);
        MagneticScores kept = v == null && kernel.forward.isFloat64() && few ? new MagneticScores(Lanes.blocks(inputs.rows())) : null;
        double[] logSums = kept == null ? ProductRows.logSums(this, exact, v, inputs.rows(), sharing)
                : logSums(new MagneticPass(kernel.forward, kernel.backward, kernel.kappa, v, kept), pieces);
        return NormalisedTiles.of(v, logSums, u -> ConjugateTiles.hermitian(kernel.forward, kernel.backward, kernel.kappa, u, kept),
                u -> new HermitianTiles(form, exact, new Numbers(u)));
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

    private MagneticPass pass(ColumnWeights v) {
        return kernel(v.exact()).pass(v.weights());
    }

    /** From sums over log-kernels in double precision or not, which machines share; null for none. */
    private double[] columnPotential(boolean exact, HeadLoop.Pieces pieces) {
        return form.alpha() == 0 ? null
                : Scaling.alphaPotential(ProductRows.logSums(this, exact, null, inputs.rows(), pieces), form.alpha());
    }

    @Override
    public double[] logSums(boolean exact, double[] v, HeadLoop.Pieces pieces) {
        return logSums(kernel(exact).pass(v), pieces);
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
