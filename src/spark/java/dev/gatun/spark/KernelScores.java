package dev.gatun.spark;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import java.io.Serial;
import java.io.Serializable;

/**
 * How the scores of points are formed.
 *
 * @param scale tau; NaN for {@code 1 / sqrt(d)}
 * @param beta  the inverse temperature
 */
record KernelScores(double scale, double beta) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    static final KernelScores DEFAULT = new KernelScores(Double.NaN, 1);

    /**
     * The scores of points.
     *
     * @param within whether query i and key i are the same token
     */
    Scores of(Matrix q, Matrix k, boolean within) {
        Scores scores = within ? Scores.of(q, k) : Scores.across(q, k);
        return (Double.isNaN(scale) ? scores : scores.withScale(scale)).withBeta(beta);
    }
}
