package dev.gatun.spectral;

import dev.gatun.kernel.dense.DenseEigenpairs;
import dev.gatun.kernel.dense.HermitianReduction;
import dev.gatun.kernel.dense.SymmetricReduction;

/** The largest eigenpairs of a small self-adjoint matrix, whose entries are copied and reduced to tridiagonal form. */
final class Decomposition {

    /** The largest order of a matrix that is decomposed in less time than a {@link BlockKrylov} takes. */
    static final int MAX_SIZE = 320;

    private Decomposition() {
    }

    /**
     * The eigenpairs; null if the matrix is too large or its entries are not known.
     *
     * @param knownVector an eigenvector of the largest eigenvalue, of length 1; null if none is known
     */
    static BlockKrylov.RitzVectors of(SelfAdjoint matrix, double[] knownVector, Eigenpairs options) {
        int n = matrix.size();
        int known = knownVector == null ? 0 : 1;
        int wanted = options.count() - known;
        int valued = Math.min(wanted + 1, n - known);
        if (n > MAX_SIZE) {
            return null;
        }
        DenseEigenpairs pairs = matrix.complex() ? hermitian(matrix, valued, wanted) : symmetric(matrix, knownVector, valued, wanted);
        if (pairs == null) {
            return null;
        }
        double[][] vectors = new double[options.count()][];
        for (int k = 0; k < vectors.length; k++) {
            vectors[k] = k < known ? knownVector : pairs.vectors()[k - known];
        }
        double[][] images = new double[vectors.length][matrix.length()];
        matrix.apply(vectors, images, vectors.length);
        return new BlockKrylov.RitzVectors(known, vectors, images, valued > wanted ? pairs.values()[wanted] : Double.NEGATIVE_INFINITY);
    }

    private static DenseEigenpairs symmetric(SelfAdjoint matrix, double[] knownVector, int valued, int wanted) {
        SymmetricReduction reduction = new SymmetricReduction(matrix.size());
        if (!matrix.copy(reduction.entries(), null, reduction.stride())) {
            return null;
        }
        reduction.reduce(knownVector);
        return DenseEigenpairs.of(reduction, matrix.size(), false, valued, wanted);
    }

    private static DenseEigenpairs hermitian(SelfAdjoint matrix, int valued, int wanted) {
        HermitianReduction reduction = new HermitianReduction(matrix.size());
        if (!matrix.copy(reduction.real(), reduction.imaginary(), reduction.stride())) {
            return null;
        }
        reduction.reduce();
        return DenseEigenpairs.of(reduction, matrix.size(), true, valued, wanted);
    }
}
