package dev.gatun.reference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Eigenvalues and diffusion-map coordinates, by the cyclic Jacobi method: plane rotations that annul one off-diagonal
 * entry after another. Slow, and accurate to the last digits.
 */
public final class ReferenceSpectrum {

    private static final int SWEEPS = 60;

    /** Eigenvalues in descending order; eigenvector m is column m of {@code vectors}, of unit length. */
    public record Eigen(double[] values, double[][] vectors) {
    }

    private ReferenceSpectrum() {
    }

    /** Every eigenpair of a real symmetric matrix. */
    public static Eigen symmetric(double[][] matrix) {
        ReferenceDiffusion.requireSymmetric(matrix);
        double[][] a = ReferenceMatrix.copy(matrix);
        double[][] vectors = ReferenceMatrix.identity(a.length);
        for (int sweep = 0; sweep < SWEEPS && !isDiagonal(a); sweep++) {
            for (int p = 0; p < a.length; p++) {
                for (int r = p + 1; r < a.length; r++) {
                    rotate(a, vectors, p, r);
                }
            }
        }
        return descending(a, vectors);
    }

    /**
     * The eigenvalues, descending, of the Hermitian matrix X + iY: the real symmetric matrix [X, -Y; Y, X] has each of
     * them twice.
     */
    public static double[] hermitian(ReferenceMagnetic.Complex matrix) {
        int n = matrix.real().length;
        double[][] embedded = new double[2 * n][2 * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                embedded[i][j] = matrix.real()[i][j];
                embedded[n + i][n + j] = matrix.real()[i][j];
                embedded[i][n + j] = -matrix.imaginary()[i][j];
                embedded[n + i][j] = matrix.imaginary()[i][j];
            }
        }
        double[] twice = symmetric(embedded).values();
        double[] values = new double[n];
        for (int m = 0; m < n; m++) {
            values[m] = (twice[2 * m] + twice[2 * m + 1]) / 2;
        }
        return values;
    }

    /** Singular values, descending: the roots of the eigenvalues of the Gram matrix. */
    public static double[] singularValues(double[][] a) {
        double[] values = symmetric(ReferenceMatrix.multiply(ReferenceMatrix.transpose(a), a)).values();
        for (int m = 0; m < values.length; m++) {
            values[m] = Math.sqrt(Math.max(0, values[m]));
        }
        return values;
    }

    /**
     * The eigenpairs of P+ from a symmetric kernel: the eigenvalues of the conjugate {@code D^-1/2 W D^-1/2}, and the
     * right eigenvectors psi, normalised so that {@code sum_i pi_i psi(i)^2 = 1}. Column 0 is the trivial one, all 1.
     */
    public static Eigen diffusion(double[][] logW) {
        double[] logD = ReferenceDiffusion.logRowSums(logW);
        double[][] conjugate = new double[logW.length][logW.length];
        for (int i = 0; i < logW.length; i++) {
            for (int j = 0; j < logW.length; j++) {
                conjugate[i][j] = Math.exp(logW[i][j] - logD[i] / 2 - logD[j] / 2);
            }
        }
        Eigen eigen = symmetric(conjugate);
        return new Eigen(eigen.values(), rightEigenvectors(eigen, ReferenceDiffusion.stationary(logW, 0)));
    }

    /** Diffusion-map coordinates {@code lambda_m^t psi_m(i)}, m from 1 to {@code count}: the trivial one left out. */
    public static double[][] diffusionMap(double[][] logW, int count, double time) {
        Eigen eigen = diffusion(logW);
        double[][] coordinates = new double[logW.length][count];
        for (int i = 0; i < logW.length; i++) {
            for (int m = 1; m <= count; m++) {
                coordinates[i][m - 1] = Math.pow(eigen.values()[m], time) * eigen.vectors()[i][m];
            }
        }
        return coordinates;
    }

    /** The extension of Nystroem to a new point x: {@code psi(x) = sum_j P+(x, j) psi(j) / lambda}. */
    public static double nystroem(double[] transitionFromX, double[] psi, double lambda) {
        double sum = 0;
        for (int j = 0; j < psi.length; j++) {
            sum += transitionFromX[j] * psi[j];
        }
        return sum / lambda;
    }

    private static double[][] rightEigenvectors(Eigen eigen, double[] pi) {
        double sign = Math.signum(eigen.vectors()[0][0]);
        double[][] psi = ReferenceMatrix.copy(eigen.vectors());
        for (int i = 0; i < pi.length; i++) {
            for (int m = 0; m < pi.length; m++) {
                psi[i][m] /= Math.sqrt(pi[i]);
            }
            psi[i][0] *= sign;
        }
        return psi;
    }

    private static boolean isDiagonal(double[][] a) {
        double off = 0;
        double all = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a.length; j++) {
                all += a[i][j] * a[i][j];
                off += i == j ? 0 : a[i][j] * a[i][j];
            }
        }
        return off <= 1e-32 * all;
    }

    private static void rotate(double[][] a, double[][] vectors, int p, int r) {
        if (a[p][r] == 0) {
            return;
        }
        double theta = (a[r][r] - a[p][p]) / (2 * a[p][r]);
        double tangent = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(1, theta));
        double cosine = 1 / Math.hypot(1, tangent);
        double sine = tangent * cosine;
        for (double[] row : a) {
            rotate(row, p, r, cosine, sine);
        }
        for (int j = 0; j < a.length; j++) {
            double x = a[p][j];
            double y = a[r][j];
            a[p][j] = cosine * x - sine * y;
            a[r][j] = sine * x + cosine * y;
        }
        a[p][r] = 0;
        a[r][p] = 0;
        for (double[] row : vectors) {
            rotate(row, p, r, cosine, sine);
        }
    }

    private static void rotate(double[] row, int p, int r, double cosine, double sine) {
        double x = row[p];
        double y = row[r];
        row[p] = cosine * x - sine * y;
        row[r] = sine * x + cosine * y;
    }

    private static Eigen descending(double[][] a, double[][] vectors) {
        int[] order = IntStream.range(0, a.length).boxed()
                .sorted(Comparator.comparingDouble((Integer m) -> -a[m][m])).mapToInt(Integer::intValue).toArray();
        double[] values = Arrays.stream(order).mapToDouble(m -> a[m][m]).toArray();
        double[][] sorted = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int m = 0; m < a.length; m++) {
                sorted[i][m] = vectors[i][order[m]];
            }
        }
        return new Eigen(values, sorted);
    }
}
