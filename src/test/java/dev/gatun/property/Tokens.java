package dev.gatun.property;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/**
 * The queries and keys of one head as float32 entries, row by row: the input of a law.
 *
 * @param q {@code rows x d}
 * @param k {@code columns x d}
 */
public record Tokens(int rows, int columns, int d, float[] q, float[] k) {

    /** Normally distributed entries of the given spread. */
    public static Tokens random(long seed, int rows, int columns, int d, double spread) {
        Random random = new Random(seed);
        return new Tokens(rows, columns, d, normal(random, rows * d, spread), normal(random, columns * d, spread));
    }

    /** {@code count} normally distributed entries of the given spread. */
    public static float[] normal(Random random, int count, double spread) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) (spread * random.nextGaussian());
        }
        return entries;
    }

    /** With {@code toQueries} added to every query and {@code toKeys} to every key, rounded to float32. */
    public Tokens shifted(double[] toQueries, double[] toKeys) {
        return new Tokens(rows, columns, d, plus(q, toQueries), plus(k, toKeys));
    }

    /** With queries and keys times a factor. */
    public Tokens scaled(float ofQueries, float ofKeys) {
        return new Tokens(rows, columns, d, times(q, ofQueries), times(k, ofKeys));
    }

    private static float[] times(float[] entries, float factor) {
        float[] scaled = entries.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= factor;
        }
        return scaled;
    }

    /** With component {@code component} of every query and key set to {@code value}. */
    public Tokens withConstant(int component, float value) {
        float[] newQ = q.clone();
        float[] newK = k.clone();
        for (int i = component; i < newQ.length; i += d) {
            newQ[i] = value;
        }
        for (int j = component; j < newK.length; j += d) {
            newK[j] = value;
        }
        return new Tokens(rows, columns, d, newQ, newK);
    }

    /** The same tokens in another order: token i of the result is token {@code order[i]}. */
    public Tokens permuted(int[] order) {
        return new Tokens(rows, columns, d, rowsOf(q, order), rowsOf(k, order));
    }

    /** The rows {@code order[0], order[1], ...} of entries that lie row after row. */
    private float[] rowsOf(float[] entries, int[] order) {
        float[] chosen = new float[entries.length];
        for (int i = 0; i < order.length; i++) {
            System.arraycopy(entries, order[i] * d, chosen, i * d, d);
        }
        return chosen;
    }

    private float[] plus(float[] entries, double[] shift) {
        float[] shifted = entries.clone();
        for (int i = 0; i < shifted.length; i++) {
            shifted[i] = (float) (shifted[i] + shift[i % d]);
        }
        return shifted;
    }

    /** The queries as a matrix of {@code arena}. */
    public Matrix queries(Arena arena) {
        return Matrix.copyOf(arena, q, rows, d);
    }

    /** The keys as a matrix of {@code arena}. */
    public Matrix keys(Arena arena) {
        return Matrix.copyOf(arena, k, columns, d);
    }

    /** Their scores at beta = 1 and the usual scale. */
    public Scores scores(Arena arena) {
        return Scores.of(queries(arena), keys(arena));
    }

    /** The queries in float64. */
    public double[][] queries64() {
        return ReferenceMatrix.of(q, rows, d);
    }

    /** The keys in float64. */
    public double[][] keys64() {
        return ReferenceMatrix.of(k, columns, d);
    }

    /** {@code s_ij = <q_i, k_j> / sqrt(d)} in float64. */
    public double[][] scores64() {
        return ReferenceScores.scores(queries64(), keys64());
    }

    @Override
    public String toString() {
        return rows + " x " + columns + ", d " + d + ", entries up to " + largest();
    }

    private float largest() {
        float largest = 0;
        for (float[] entries : Arrays.asList(q, k)) {
            for (float entry : entries) {
                largest = Math.max(largest, Math.abs(entry));
            }
        }
        return largest;
    }
}
