package dev.gatun.internal.head;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pass.BlockPass;
import java.util.Arrays;

/**
 * The entropy production of one head's attention at its stationary distribution by one application of it, to keys and queries as values:
 * {@code beta tau sum_i pi_i (<q_i, (P K)_i> - <k_i, (P Q)_i>)}. The part of a score that a whole row or column shares is a gradient,
 * whose mean over a stationary flow is 0: so both are centred first. Each is divided by a power of two near its largest entry,
 * which leaves the scores as they are.
 */
public final class OnePassEntropy {

    private final HeadScores inputs;
    private final double[] stationary;

    public OnePassEntropy(HeadScores inputs, double[] stationary) {
        this.inputs = inputs;
        this.stationary = stationary;
    }

    public double entropyProduction(HeadLoop.Pieces pieces) {
        int n = inputs.rows();
        int d = inputs.d();
        double unitQ = unit(inputs.q());
        double unitK = unit(inputs.k());
        float[] wholeQ = divided(inputs.q(), unitQ);
        float[] wholeK = divided(inputs.k(), unitK);
        float[] q = centred(wholeQ);
        float[] k = centred(wholeK);
        float[] values = new float[ArrayLength.of(n, 2 * d)];
        for (int i = 0; i < n; i++) {
            System.arraycopy(k, i * d, values, 2 * i * d, d);
            System.arraycopy(q, i * d, values, (2 * i + 1) * d, d);
        }
        double weight = inputs.weight() * unitQ * unitK;
        LogKernel kernel = new LogKernelBuilder(n, n, d).mask(inputs.mask()).addScores(wholeQ, wholeK, d, weight)
                .build(Normalised.ROWS);
        BlockPass pass = new BlockPass(kernel, null);
        PackedValues packed = PackedValues.of(values, n, 2 * d);
        float[] product = new float[values.length];
        pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, packed, product));
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double difference = 0;
            for (int c = 0; c < d; c++) {
                difference += (double) q[i * d + c] * product[2 * i * d + c] - (double) k[i * d + c] * product[(2 * i + 1) * d + c];
            }
            sum += stationary[i] * difference;
        }
        return weight * LogTwo.VALUE * sum;
    }

    /** The power of two at or below the largest magnitude: vectors divided by it stay far within float32 when they are weighted. */
    private static double unit(float[] vectors) {
        return Math.scalb(1.0, Math.getExponent(FiniteScan.largest(vectors, vectors.length)));
    }

    private static float[] divided(float[] vectors, double unit) {
        float[] divided = new float[vectors.length];
        for (int e = 0; e < vectors.length; e++) {
            divided[e] = (float) (vectors[e] / unit);
        }
        return divided;
    }

    private float[] centred(float[] vectors) {
        int d = inputs.d();
        double[] mean = new double[d];
        for (int e = 0; e < vectors.length; e++) {
            mean[e % d] += vectors[e] / (double) inputs.rows();
        }
        float[] centred = new float[vectors.length];
        for (int e = 0; e < vectors.length; e++) {
            centred[e] = (float) (vectors[e] - mean[e % d]);
        }
        return centred;
    }

    /** @throws IllegalArgumentException if a distribution has another number of tokens, or an entry that is no probability */
    public static double[] requireDistribution(double[] stationary, int n) {
        Checks.size(stationary.length, n, "entries of a distribution");
        double total = Arrays.stream(stationary).sum();
        if (!Arrays.stream(stationary).allMatch(p -> p >= 0) || !(Math.abs(total - 1) <= 1e-6)) {
            throw new IllegalArgumentException("a distribution must have entries that are not negative and sum to 1, not to " + total);
        }
        return stationary.clone();
    }
}
