package dev.gatun.reference;

/**
 * Magnetic diffusion: the geometry's kernel with the direction w as a phase, in the manner of Fanuel et al. (2017), by
 * definition. The kernel comes as its logarithm; for alpha other than 0 give it
 * {@link ReferenceDiffusion#logNormalised}.
 */
public final class ReferenceMagnetic {

    /** A complex matrix by its real and imaginary parts. */
    public record Complex(double[][] real, double[][] imaginary) {
    }

    private ReferenceMagnetic() {
    }

    /** {@code H_ij = W_ij exp(i g w_ij)}, g the charge. */
    public static Complex hermitian(double[][] logW, double[][] w, double charge) {
        return phased(ReferenceDiffusion.exp(logW), w, charge);
    }

    /** {@code log D_i = log sum_j W_ij}: the row sums of the moduli of H. */
    public static double[] logModulusSums(double[][] logW) {
        return ReferenceDiffusion.logRowSums(logW);
    }

    /** {@code P^g = D^-1 H}; the moduli of a row sum to 1. */
    public static Complex transition(double[][] logW, double[][] w, double charge) {
        return phased(ReferenceSoftmax.rowSoftmax(logW), w, charge);
    }

    /** {@code P^g} of queries and keys; a causal mask acts on {@code -beta d_ij}. */
    public static Complex transition(
            double[][] q, double[][] k, double tau, double beta, double alpha, double charge, boolean causal) {
        double[][] s = ReferenceScores.scores(q, k, tau);
        double[][] logW = ReferenceScores.logKernel(ReferenceScores.symmetric(s), beta);
        double[][] masked = ReferenceScores.causal(logW, causal);
        return transition(ReferenceDiffusion.logNormalised(masked, alpha), ReferenceScores.antisymmetric(s), charge);
    }

    /** {@code L^g = I - D^-1/2 H D^-1/2}. */
    public static Complex laplacian(double[][] logW, double[][] w, double charge) {
        Complex conjugate = conjugate(logW, w, charge);
        double[][] real = ReferenceMatrix.scale(-1, conjugate.real());
        for (int i = 0; i < real.length; i++) {
            real[i][i] += 1;
        }
        return new Complex(real, ReferenceMatrix.scale(-1, conjugate.imaginary()));
    }

    /** {@code D^-1/2 H D^-1/2}, similar to P^g and Hermitian when W is symmetric. */
    public static Complex conjugate(double[][] logW, double[][] w, double charge) {
        double[] logD = logModulusSums(logW);
        double[][] modulus = new double[logW.length][logW.length];
        for (int i = 0; i < logW.length; i++) {
            for (int j = 0; j < logW.length; j++) {
                modulus[i][j] = Math.exp(logW[i][j] - logD[i] / 2 - logD[j] / 2);
            }
        }
        return phased(modulus, w, charge);
    }

    private static Complex phased(double[][] modulus, double[][] w, double charge) {
        double[][] real = ReferenceMatrix.copy(modulus);
        double[][] imaginary = ReferenceMatrix.copy(modulus);
        for (int i = 0; i < modulus.length; i++) {
            for (int j = 0; j < modulus[i].length; j++) {
                real[i][j] *= Math.cos(charge * w[i][j]);
                imaginary[i][j] *= Math.sin(charge * w[i][j]);
            }
        }
        return new Complex(real, imaginary);
    }
}
