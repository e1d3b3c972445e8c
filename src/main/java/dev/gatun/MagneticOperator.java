package dev.gatun;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.head.Strips;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.MagneticPass;
import java.util.Arrays;

/**
 * Magnetic diffusion, {@code P^g = D^-1 H} with {@code H_ij = W_ij exp(i g w_ij)}: complex, row moduli summing to 1. Made
 * by {@link Scores#magnetic(double, double)}.
 *
 * <p>Complex results lie in float matrices of twice the columns, real and imaginary parts side by side (the layout of
 * complex64). At charge 0 the imaginary parts are zero and the real parts are those of diffusion.
 */
public final class MagneticOperator {

    /** Below this factor of inner products every modulus is 1 to its last bit; phases would be lost before it is 0. */
    private static final double MIN_WEIGHT = 0x1p-900;

    /** The most turns of phase for a unit of the log-kernels that leave these ordinary floats where their phases count. */
    private static final double MAX_SINGLE_TURNS = 0x1p40;

    private final Scores scores;
    private final double charge;
    private final double alpha;

    MagneticOperator(Scores scores, double charge, double alpha) {
        scores.requireSelfScores("magnetic");
        scores.requireSeen("magnetic");
        this.scores = scores.withWeightFrom(MIN_WEIGHT);
        this.charge = charge;
        this.alpha = alpha;
        Checks.finite(kappa(), "charge / beta");
    }

    /** The number of rows and columns, N. */
    public int rows() {
        return scores.rows();
    }

    /** One head: see {@link #apply(Heads, Heads)}. */
    public void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * {@code out = P^g v} for real values, head by head, the matrix never stored.
     *
     * @param v   values {@code (..., G, N, C)}, G dividing the heads of the queries
     * @param out {@code (..., H, N, 2 C)}, complex, written whole; shares no entry with an input
     * @throws IllegalArgumentException if shapes do not go together, an entry of queries, keys or v is not finite, scores are
     *                                  too large to be told apart, or out overlaps an input or is read-only; then nothing
     *                                  has been written: see {@link Operator#apply(Heads, Heads)}
     */
    public void apply(Heads v, Heads out) {
        Checks.given(v, "v");
        scores.requireProduct(v, out, ArrayLength.of(2, v.columns()));
        scores.run(growth(), (inputs, head) -> kernel(inputs),
                (head, room) -> new Product(head, room, v.view(), out.view()));
    }

    /** One head's product with its values. */
    private final class Product implements HeadLoop.Task {
        private final int head;
        private final HeadScores inputs;
        private final Values values;
        private final TensorView out;
        private final float[] product;

        Product(int head, HeadMemory room, TensorView v, TensorView out) {
            this.head = head;
            this.inputs = scores.uncheckedHead(head, room);
            this.values = room.values(v, scores.grouped(v, head));
            this.out = out;
            this.product = room.product(out);
        }

        @Override
        public void compute(HeadLoop.Pieces pieces) {
            MagneticPass pass = weighted(inputs, pieces).pass();
            pieces.each(pass.blocks(), (block, scratch) ->
                    pass.apply(block, scratch.magnetic(), values.panel(), product));
        }

        @Override
        public void finish() {
            values.restore(product, 0, product.length);
            out.set(head, product, 0, out.rows());
        }
    }

    /** One head: see {@link #matrix(Heads)}. */
    public void matrix(Matrix out) {
        matrix(Heads.of(out));
    }

    /**
     * Writes the operator itself.
     *
     * @param out {@code (..., H, N, 2 N)}, complex, written whole; masked entries are zeros
     * @throws IllegalArgumentException as {@link Operator#matrix(Heads)} does; then nothing has been written
     */
    public void matrix(Heads out) {
        scores.requireOutput(out, ArrayLength.of(2, rows()));
        scores.requireMeasurable(growth(), (inputs, head) -> kernel(inputs));
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        for (int head = 0; head < scores.count(); head++) {
            write(scores.uncheckedHead(head), pieces, out.view(), head);
        }
    }

    private void write(HeadScores inputs, HeadLoop.Pieces pieces, TensorView out, int head) {
        MagneticPass pass = weighted(inputs, pieces).pass();
        double[] u = Scaling.negative(logSums(pass, pieces));
        Strips.write(pieces, pass.blocks(), out, head,
                (block, scratch, strip) -> pass.entries(block, scratch.magnetic(), u, strip));
    }

    /**
     * Sums of the moduli of head {@code index}, and how far H is from Hermitian: see {@link OperatorSums}. Streamed;
     * reads every entry twice.
     */
    public OperatorSums sums(int index) {
        Checks.index(index, scores.count(), "head");
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        Weighted weighted = weighted(scores.headInPlace(index), pieces);
        double[] v = weighted.v;
        MagneticPass pass = weighted.pass();
        double[] logSums = logSums(pass, pieces);
        double[] u = Scaling.negative(logSums);
        double[] law = Scaling.law(logSums, v);
        MagneticPass back = weighted.kernel.transposed().pass(finite(Scaling.sum(u, law)));
        double[] backRows = v == null ? new double[rows()] : v;
        Strips.Sums sums = new Strips.Sums(rows(), rows(), 2);
        sums.addAll(pieces, pass.blocks(), law,
                (block, scratch, strip) -> pass.entries(block, scratch.magnetic(), u, strip),
                (block, scratch, strip) -> back.entries(block, scratch.magnetic(), backRows, strip));
        return OperatorSums.of(sums.result());
    }

    /**
     * The Hermitian conjugate of head {@code index}, {@code D^-1/2 H D^-1/2 = I - L^g}.
     *
     * @throws IllegalArgumentException if a causal mask, sequences of other queries than keys or a backward pair of its own
     *                                  leave the kernel not Hermitian
     */
    public Conjugate conjugate(int index) {
        Checks.index(index, scores.count(), "head");
        scores.requireSymmetric("a Hermitian conjugate");
        HeadScores inputs = scores.head(index);
        return new Conjugate(rows(), true, scores.workers(), new Conjugate.Former() {
            @Override
            public Conjugate.Weighted weighted(HeadLoop.Pieces pieces) {
                Conjugate.Weighted weighted = tiles(Conjugate.exact(rows()) ? exactly(inputs) : kernel(inputs), pieces);
                return weighted.tiles().factored() ? weighted : tiles(exactly(inputs), pieces);
            }

            @Override
            public ConjugateTiles unweighted() {
                return null;
            }

            @Override
            public double alpha() {
                return alpha;
            }
        });
    }

    /** The transitions from the tokens of head {@code index} themselves. */
    public Extension extension(int index) {
        Checks.index(index, scores.count(), "head");
        scores.requireSymmetric("an extension");
        return extension(scores.head(index).crossing());
    }

    /**
     * The transitions from new tokens to those of head {@code index}: see {@link Operator#extension(int, Matrix, Matrix)}.
     *
     * @param newQ queries of the new tokens, {@code (n, d)}
     * @param newK their keys, {@code (n, d)}
     * @throws IllegalArgumentException as {@link #conjugate(int)}, or if a shape is another or an entry is not finite
     */
    public Extension extension(int index, Matrix newQ, Matrix newK) {
        Checks.index(index, scores.count(), "head");
        scores.requireSymmetric("an extension");
        CrossScores crossing = scores.crossing(index, newQ, newK);
        return Extension.of(crossing, extension(crossing), this::extension);
    }

    private Extension extension(CrossScores crossing) {
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        double[] v = weighted(crossing.head(), pieces).v;
        Normalised side = side(crossing.magneticRange(), crossing.head());
        MagneticPass pass = new Hermitian(crossing.forward(side), crossing.backward(side), kappa()).pass(v);
        return new Extension(crossing.rows(), rows(), true, (values, out) ->
                pieces.each(pass.blocks(), (block, scratch) -> pass.apply(block, scratch.magnetic(), values, out)));
    }

    private Conjugate.Weighted tiles(Hermitian kernel, HeadLoop.Pieces pieces) {
        double[] v = columnPotential(kernel, pieces);
        return Conjugate.Weighted.of(v, logSums(kernel.pass(v), pieces),
                u -> ConjugateTiles.hermitian(kernel.forward, kernel.backward, kernel.kappa, u));
    }

    private Hermitian exactly(HeadScores inputs) {
        LogKernel.requireMeasurable(inputs.magneticRange() * growth());
        return new Hermitian(inputs.forward(Normalised.BOTH), inputs.backward(Normalised.BOTH), kappa());
    }

    /** With 0 for tokens that see nothing: all that it is added to is masked, but not before it has been an exponent. */
    private static double[] finite(double[] potential) {
        return Arrays.stream(potential).map(p -> p == Double.NEGATIVE_INFINITY ? 0 : p).toArray();
    }

    private double[] columnPotential(Hermitian kernel, HeadLoop.Pieces pieces) {
        if (alpha == 0) {
            return null;
        }
        return Scaling.alphaPotential(logSums(kernel.pass(null), pieces), alpha);
    }

    private double[] logSums(MagneticPass pass, HeadLoop.Pieces pieces) {
        double[] logSums = new double[rows()];
        pieces.each(pass.blocks(), (block, scratch) -> pass.logSums(block, scratch.magnetic(), logSums));
        return logSums;
    }

    /**
     * The two log-kernels in one precision: the modulus is their sum, the phase {@code w = (b - f) log 2 / beta}.
     *
     * @param kappa turns of phase for a unit of {@code b - f}
     */
    private record Hermitian(LogKernel forward, LogKernel backward, double kappa) {
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
    private Weighted weighted(HeadScores inputs, HeadLoop.Pieces pieces) {
        Hermitian kernel = kernel(inputs);
        double[] v = columnPotential(kernel, pieces);
        if (!Potentials.tooWide(v, kernel.forward)) {
            return new Weighted(kernel, v);
        }
        Hermitian float64 = exactly(inputs);
        return new Weighted(float64, columnPotential(float64, pieces));
    }

    private Hermitian kernel(HeadScores inputs) {
        Normalised side = side(inputs.magneticRange(), inputs);
        return new Hermitian(inputs.forward(side), inputs.backward(side), kappa());
    }

    /** What is to be normalised for log-kernels of this range to have the precision that it and the phases need. */
    private Normalised side(double range, HeadScores inputs) {
        LogKernel.requireMeasurable(range * growth());
        double single = LogKernel.float32Range(Math.max(inputs.d(), inputs.dBack()));
        boolean float64 = range * growth() > single || Math.abs(kappa()) > MAX_SINGLE_TURNS;
        return float64 ? Normalised.BOTH : Normalised.ROWS;
    }

    /** Turns of phase for a unit of the log-kernels' difference. */
    private double kappa() {
        return charge * Math.log(2) / (2 * Math.PI * scores.beta());
    }

    /** By what factor the errors of the log-kernels come back in potentials and phases. */
    private double growth() {
        return Math.max(Math.max(1, Math.abs(alpha)), 2 * Math.PI * Math.abs(kappa()));
    }
}
