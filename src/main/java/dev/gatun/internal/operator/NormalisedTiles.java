package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadSource;
import dev.gatun.kernel.pass.ConjugateTiles;
import java.util.Arrays;
import java.util.function.Function;

/**
 * The tiles of a conjugate, and the stationary distribution of its operator.
 *
 * @param source        says which tiles they are
 * @param logStationary log2 of D, up to a constant
 */
public record NormalisedTiles(ConjugateTiles tiles, HeadSource<ConjugateTiles> source, double[] logStationary) {

    /**
     * Of {@code P_ij = 2^(z_ij + v_j - L_i)} with z symmetric.
     *
     * @param v       column potential; null for none
     * @param logSums L
     * @param tiles   makes the tiles with a potential u: {@code 2^(z_ij + u_i + u_j)}
     * @param source  says which tiles those are
     */
    public static NormalisedTiles of(double[] v, double[] logSums, Function<double[], ConjugateTiles> tiles,
                                     Function<double[], HeadSource<ConjugateTiles>> source) {
        double[] u = potential(v, logSums);
        return new NormalisedTiles(tiles.apply(u), source.apply(u), logStationary(v, logSums));
    }

    /** {@code u = (v - L) / 2}, which makes {@code 2^(z_ij + u_i + u_j)} the conjugate. */
    public static double[] potential(double[] v, double[] logSums) {
        double[] u = new double[logSums.length];
        Arrays.setAll(u, i -> logSums[i] == Double.NEGATIVE_INFINITY ? logSums[i] : (at(v, i) - logSums[i]) / 2);
        return u;
    }

    /** {@code log2 D = v + L}. */
    public static double[] logStationary(double[] v, double[] logSums) {
        double[] logD = new double[logSums.length];
        Arrays.setAll(logD, i -> at(v, i) + logSums[i]);
        return logD;
    }

    private static double at(double[] v, int i) {
        return v == null ? 0 : v[i];
    }
}
