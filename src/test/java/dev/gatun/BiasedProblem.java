package dev.gatun;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Random;

/**
 * Scores with a bias of single entries, or given by their entries, and the log-kernels of the definitions in float64.
 *
 * @param tokens null where the entries of the bias are the scores
 * @param bias   {@code n x m}, finite or minus infinity
 */
record BiasedProblem(String name, Tokens tokens, float[] bias, int n, int m, double beta, boolean causal, boolean hollow) {

    /** Inner products of spread 1 and a normal bias of the given spread, of which about one in {@code hidden} forbids a pair. */
    static BiasedProblem of(long seed, int n, int m, int d, double spread, int hidden, boolean selves) {
        return new BiasedProblem("%d x %d, d %d, bias %s, 1 in %d hidden".formatted(n, m, d, spread, hidden),
                d == 0 ? null : Tokens.random(seed, n, m, d, 1), bias(seed + 1, n, m, spread, hidden, selves), n, m, 1, false, false);
    }

    private static float[] bias(long seed, int n, int m, double spread, int hidden, boolean selves) {
        Random random = new Random(seed);
        float[] bias = Tokens.normal(random, n * m, spread);
        for (int e = 0; hidden > 0 && e < bias.length; e++) {
            boolean self = e / m == e % m;
            if (random.nextInt(hidden) == 0 && !(self && selves)) {
                bias[e] = Float.NEGATIVE_INFINITY;
            }
        }
        return bias;
    }

    BiasedProblem withBeta(double newBeta) {
        return new BiasedProblem(name + ", beta " + newBeta, tokens, bias, n, m, newBeta, causal, hollow);
    }

    BiasedProblem withMask() {
        return new BiasedProblem(name + ", causal", tokens, bias, n, m, beta, true, hollow);
    }

    BiasedProblem withZeroDiagonal() {
        return new BiasedProblem(name + ", hollow", tokens, bias, n, m, beta, causal, true);
    }

    BiasedProblem symmetric() {
        float[] mean = bias.clone();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                mean[i * n + j] = Math.min(bias[i * n + j], bias[j * n + i]);
            }
        }
        return new BiasedProblem(name + ", symmetric", tokens, mean, n, m, beta, causal, hollow);
    }

    Scores scores(Arena arena) {
        return scores(Heads.of(Matrix.copyOf(arena, bias, n, m)), arena);
    }

    /** With the bias as it is stored. */
    Scores scores(Heads stored, Arena arena) {
        Scores scores = tokens == null ? n == m ? Scores.ofEntries(stored) : Scores.acrossEntries(stored)
                : tokens.scores(arena).withBias(stored);
        scores = scores.withBeta(beta);
        scores = causal ? scores.withCausalMask() : scores;
        return hollow ? scores.withZeroDiagonal() : scores;
    }

    /** {@code s_ij}. */
    double[][] s() {
        double[][] b = ReferenceMatrix.of(bias, n, m);
        return tokens == null ? b : ReferenceMatrix.add(tokens.scores64(), b);
    }

    double[][] logScores() {
        return masked(ReferenceMatrix.scale(beta, s()));
    }

    double[][] logForward() {
        return n == m ? masked(ReferenceScores.logKernel(ReferenceScores.forward(s()), beta)) : logScores();
    }

    double[][] logBackward() {
        return masked(ReferenceScores.logKernel(ReferenceScores.backward(s()), beta));
    }

    double[][] logSymmetric() {
        return masked(ReferenceScores.logKernel(ReferenceScores.symmetric(s()), beta));
    }

    double[][] logCirculation(double c) {
        double[][] s = s();
        double[][] z = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                boolean hidden = c != -1 && s[i][j] == Double.NEGATIVE_INFINITY || c != 1 && s[j][i] == Double.NEGATIVE_INFINITY;
                z[i][j] = hidden ? Double.NEGATIVE_INFINITY
                        : beta * ((c == -1 ? 0 : (1 + c) / 2 * s[i][j]) + (c == 1 ? 0 : (1 - c) / 2 * s[j][i]));
            }
        }
        return masked(z);
    }

    /** {@code w_ij}, 0 where there is none. */
    double[][] direction() {
        double[][] w = ReferenceScores.antisymmetric(s());
        for (double[] row : w) {
            for (int j = 0; j < row.length; j++) {
                row[j] = Double.isFinite(row[j]) ? row[j] : 0;
            }
        }
        return w;
    }

    private double[][] masked(double[][] z) {
        double[][] masked = causal ? ReferenceScores.causal(z) : z;
        return hollow ? ReferenceScores.zeroDiagonal(masked) : masked;
    }

    @Override
    public String toString() {
        return name;
    }
}
