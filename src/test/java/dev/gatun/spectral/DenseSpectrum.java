package dev.gatun.spectral;

import dev.gatun.reference.ReferenceMagnetic;
import java.util.Arrays;
import java.util.Comparator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * All eigenpairs of a dense symmetric or Hermitian matrix in double precision, largest first. A vector of a Hermitian matrix is N
 * real parts and then N imaginary ones; of each eigenvalue, which the real matrix of twice the order has twice, both vectors
 * are here.
 */
final class DenseSpectrum {

    private final double[][] matrix;
    private final double[] values;
    private final double[][] vectors;
    private final int parts;

    private DenseSpectrum(double[][] matrix, int parts) {
        this.matrix = matrix;
        this.parts = parts;
        int n = matrix.length;
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(n, true, true);
        if (!solver.decompose(new DMatrixRMaj(matrix))) {
            throw new IllegalStateException("no decomposition");
        }
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> -solver.getEigenvalue(i).real));
        values = new double[n];
        vectors = new double[n][];
        for (int m = 0; m < n; m++) {
            values[m] = solver.getEigenvalue(order[m]).real;
            vectors[m] = solver.getEigenVector(order[m]).data;
        }
    }

    static DenseSpectrum of(double[][] symmetric) {
        return new DenseSpectrum(symmetric, 1);
    }

    static DenseSpectrum of(ReferenceMagnetic.Complex hermitian) {
        int n = hermitian.real().length;
        double[][] embedded = new double[2 * n][2 * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                embedded[i][j] = hermitian.real()[i][j];
                embedded[n + i][n + j] = hermitian.real()[i][j];
                embedded[i][n + j] = -hermitian.imaginary()[i][j];
                embedded[n + i][j] = hermitian.imaginary()[i][j];
            }
        }
        return new DenseSpectrum(embedded, 2);
    }

    /** Eigenvalue {@code k}. */
    double value(int k) {
        return values[parts * k];
    }

    /** {@code |A x - lambda x|}. */
    double residual(double[] x, double lambda) {
        double square = 0;
        for (int i = 0; i < x.length; i++) {
            double sum = -lambda * x[i];
            for (int j = 0; j < x.length; j++) {
                sum += matrix[i][j] * x[j];
            }
            square += sum * sum;
        }
        return Math.sqrt(square);
    }

    /** How far {@code x} lies from the space of eigenvectors {@code first .. end - 1}. */
    double distance(double[] x, int first, int end) {
        double[] rest = x.clone();
        for (int m = parts * first; m < parts * end; m++) {
            double product = 0;
            for (int i = 0; i < rest.length; i++) {
                product += vectors[m][i] * rest[i];
            }
            for (int i = 0; i < rest.length; i++) {
                rest[i] -= product * vectors[m][i];
            }
        }
        return Math.sqrt(Arrays.stream(rest).map(entry -> entry * entry).sum());
    }
}
