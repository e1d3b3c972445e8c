package dev.gatun.bench;

import dev.gatun.kernel.DenseConjugate;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** All eigenpairs of a matrix that is formed already, by EJML's tridiagonal form and iteration of QR. */
final class DenseSpectrum implements SpectrumProvider {

    private final double[] entries;
    private final DMatrixRMaj copy;
    private final EigenDecomposition_F64<DMatrixRMaj> solver;

    DenseSpectrum(SpectrumInputs inputs) {
        int size = inputs.tokens();
        try (DenseConjugate matrix = SpectrumProvider.matrix(inputs, false)) {
            entries = matrix.toArray();
        }
        copy = new DMatrixRMaj(size, size);
        solver = DecompositionFactory_DDRM.eig(size, true, true);
    }

    @Override
    public void run() {
        // The solver may overwrite what it is given.
        System.arraycopy(entries, 0, copy.data, 0, entries.length);
        if (!solver.decompose(copy)) {
            throw new IllegalStateException("the decomposition failed");
        }
    }

    @Override
    public double[] values() {
        double[] values = new double[solver.getNumberOfEigenvalues()];
        Arrays.setAll(values, m -> solver.getEigenvalue(m).real);
        return values;
    }

    @Override
    public void close() {
    }
}
