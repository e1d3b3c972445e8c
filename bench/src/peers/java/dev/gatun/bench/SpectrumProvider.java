package dev.gatun.bench;

import dev.gatun.kernel.DenseConjugate;
import java.util.Arrays;

/** A provider of the largest eigenpairs of diffusion: its result are their values, descending. */
interface SpectrumProvider extends Provider {

    /** Eigenvalues of the last call, in any order, the largest among them. */
    double[] values();

    @Override
    default float[] result() {
        double[] ascending = values().clone();
        Arrays.sort(ascending);
        float[] largest = new float[SpectrumInputs.EIGENPAIRS];
        for (int m = 0; m < largest.length; m++) {
            largest[m] = (float) ascending[ascending.length - 1 - m];
        }
        return largest;
    }

    /** The matrix as peers have it, formed, whole or one half of it. */
    static DenseConjugate matrix(SpectrumInputs inputs, boolean whole) {
        DenseConjugate matrix = new DenseConjugate(inputs.q(), inputs.k(), inputs.tokens(), SpectrumInputs.DIMENSION,
                SpectrumInputs.SCALE, whole);
        matrix.form();
        return matrix;
    }
}
