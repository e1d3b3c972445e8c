package dev.gatun;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.MagneticPass;
import dev.gatun.kernel.Normalised;
import java.util.Arrays;

/**
 * Magnetic diffusion, {@code P^g = D^-1 H} with {@code H_ij = W_ij exp(i g w_ij)}: complex, row moduli summing to 1. Made
 * by {@link Scores#magnetic(double, double)}.
 *
 * <p>Complex results lie in float matrices of twice the columns, real and imaginary parts side by side (the layout of
 * complex64). At charge 0 the imaginary parts are zero and the real parts are those of diffusion.
 */
public final class MagneticOperator {

    private final Scores scores;
    private final double charge;
    private final double alpha;

    MagneticOperator(Scores scores, double charge, double alpha) {
        scores.requireSelfScores("magnetic");
        this.scores = scores;
        this.charge = charge;
        this.alpha = alpha;
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
     * @throws IllegalArgumentException if shapes do not go together, an entry of v is not finite, or out overlaps an
     *                                  input or is read-only; then nothing has been written
     */
    public void apply(Heads v, Heads out) {
        Scores.requireGroups(scores.queries(), "q", v, "v");
        Checks.size(v.rows(), rows(), "rows of v");
        Checks.output(out, scores.queries(), Math.multiplyExact(2, v.columns()));
        Checks.readable(v, "v");
        Checks.distinct(out, v, "v");
        Checks.distinct(out, scores.queries(), "q");
        Checks.distinct(out, scores.keys(), "k");
        Checks.separate(out);
        HeadLoop.run(scores.workers(), scores.count(),
                head -> new Product(scores.head(head), scores.grouped(v, head), out.matrix(head)));
    }

    /** One head's product with its values. */
    private final class Product implements HeadLoop.Task {
        private final HeadScores inputs;
        private final int components;
        private final float[] values;
        private final Matrix out;
        private final float[] product;

        Product(HeadScores inputs, Matrix v, Matrix out) {
            this.inputs = inputs;
            this.components = v.columns();
            this.values = v.toArray();
            this.out = out;
            this.product = new float[Math.multiplyExact(out.rows(), out.columns())];
        }

        @Override
        public void compute(HeadLoop.Pieces pieces) {
            Hermitian kernel = kernel(inputs);
            MagneticPass pass = kernel.pass(columnPotential(kernel, pieces));
            pieces.each(pass.blocks(), (block, scratch) ->
                    pass.apply(block, scratch.magnetic(), values, components, product));
        }

        @Override
        public void finish() {
            out.set(product);
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
     * @throws IllegalArgumentException if the shape is another, or out overlaps an input or is read-only
     */
    public void matrix(Heads out) {
        Checks.output(out, scores.queries(), Math.multiplyExact(2, rows()));
        Checks.distinct(out, scores.queries(), "q");
        Checks.distinct(out, scores.keys(), "k");
        Checks.separate(out);
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers());
        for (int head = 0; head < scores.count(); head++) {
            write(scores.head(head), pieces, out.matrix(head));
        }
    }

    private void write(HeadScores inputs, HeadLoop.Pieces pieces, Matrix out) {
        Hermitian kernel = kernel(inputs);
        MagneticPass pass = kernel.pass(columnPotential(kernel, pieces));
        double[] u = Scaling.negative(logSums(pass, pieces));
        float[][] strips = new float[pieces.threads()][Math.multiplyExact(Lanes.BLOCK, out.columns())];
        for (int first = 0; first < pass.blocks(); first += strips.length) {
            int start = first;
            int count = Math.min(strips.length, pass.blocks() - first);
            pieces.each(count, (s, scratch) -> pass.entries(start + s, scratch.magnetic(), u, strips[s]));
            for (int s = 0; s < count; s++) {
                int row = (start + s) * Lanes.BLOCK;
                out.set(strips[s], row, Math.min(Lanes.BLOCK, rows() - row));
            }
        }
    }

    /**
     * Sums of the moduli of head {@code index}, and how far H is from Hermitian: see {@link OperatorSums}. Streamed;
     * reads every entry twice.
     */
    public OperatorSums sums(int index) {
        Checks.index(index, scores.count(), "head");
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers());
        Hermitian kernel = kernel(scores.head(index));
        double[] v = columnPotential(kernel, pieces);
        MagneticPass pass = kernel.pass(v);
        double[] logSums = logSums(pass, pieces);
        double[] u = Scaling.negative(logSums);
        double[] law = Scaling.law(logSums, v);
        MagneticPass back = kernel.transposed().pass(plus(u, law));
        return sums(pass, back, u, v == null ? new double[rows()] : v, law, pieces);
    }

    private OperatorSums sums(MagneticPass forth, MagneticPass back, double[] u, double[] v, double[] law,
                              HeadLoop.Pieces pieces) {
        double[] rowSums = new double[rows()];
        double[] columnSums = new double[rows()];
        double[] asymmetry = new double[1];
        float[][] strips = new float[2][Math.multiplyExact(Lanes.BLOCK, 2 * rows())];
        for (int block = 0; block < forth.blocks(); block++) {
            int strip = block;
            pieces.each(1, (ignored, scratch) -> {
                forth.entries(strip, scratch.magnetic(), u, strips[0]);
                back.entries(strip, scratch.magnetic(), v, strips[1]);
            });
            addStrip(block * Lanes.BLOCK, strips, law, rowSums, columnSums, asymmetry);
        }
        return new OperatorSums(rowSums, columnSums, asymmetry[0]);
    }

    /** The transposed strip holds {@code w_j P_ji}, which is to be the conjugate of {@code w_i P_ij}. */
    private void addStrip(int firstRow, float[][] strips, double[] law, double[] rowSums, double[] columnSums,
                          double[] asymmetry) {
        int n = rows();
        for (int i = firstRow; i < Math.min(firstRow + Lanes.BLOCK, n); i++) {
            double weight = Math.pow(2, law[i]);
            for (int j = 0, at = 2 * (i - firstRow) * n; j < n; j++, at += 2) {
                double modulus = Math.hypot(strips[0][at], strips[0][at + 1]);
                rowSums[i] += modulus;
                columnSums[j] += modulus;
                double off = Math.hypot(weight * strips[0][at] - strips[1][at],
                        weight * strips[0][at + 1] + strips[1][at + 1]);
                asymmetry[0] = Math.max(asymmetry[0], off);
            }
        }
    }

    private static double[] plus(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private double[] columnPotential(Hermitian kernel, HeadLoop.Pieces pieces) {
        if (alpha == 0) {
            return null;
        }
        double[] logSums = logSums(kernel.pass(null), pieces);
        return Arrays.stream(logSums).map(r -> -alpha * r).toArray();
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

    private Hermitian kernel(HeadScores inputs) {
        double kappa = charge * Math.log(2) / (2 * Math.PI * scores.beta());
        boolean precise = inputs.magneticRange() * Math.max(1, 2 * Math.PI * Math.abs(kappa))
                > LogKernel.SINGLE_PRECISION_RANGE;
        Normalised side = precise ? Normalised.BOTH : Normalised.ROWS;
        return new Hermitian(inputs.forward(side), inputs.backward(side), kappa);
    }
}
