package dev.gatun.bench;

import dev.gatun.kernel.DenseConjugate;
import dev.ludovic.netlib.arpack.ARPACK;
import dev.ludovic.netlib.arpack.JavaARPACK;
import java.util.Random;
import org.netlib.util.doubleW;
import org.netlib.util.intW;

/**
 * The largest eigenpairs by ARPACK in its translation to Java: the method of Lanczos with implicit restarts, which asks for the
 * product with one vector after another.
 */
final class ArpackSpectrum implements SpectrumProvider {

    private static final ARPACK SOLVER = JavaARPACK.getInstance();

    /** Vectors of a basis. With 40, heads of 128 and 1024 tokens take 1.1 to 1.5 times as long and those of 4096 as long. */
    private static final int BASIS = 20;

    /** What the error of an eigenvalue may be, divided by it. */
    private static final double TOLERANCE = 1e-6;
    private static final int MAX_RESTARTS = 1000;

    private static final String STANDARD_PROBLEM = "I";
    private static final String LARGEST_ALGEBRAIC = "LA";
    private static final String ALL_VECTORS = "A";

    /** Places of parameters, and their values: the shifts are the eigenvalues not wanted, the problem is A x = lambda x. */
    private static final int SHIFTS = 0;
    private static final int EXACT = 1;
    private static final int RESTARTS = 2;
    private static final int MODE = 6;
    private static final int DIRECT = 1;

    private static final int START_GIVEN = 1;
    private static final int DONE = 99;

    private final DenseConjugate matrix;
    private final boolean forming;
    private final int size;
    private final double[] start;
    private final double[] residual;
    private final double[] basis;
    private final double[] vectors;
    private final double[] projected = new double[BASIS * (BASIS + 8)];
    private final double[] values = new double[SpectrumInputs.EIGENPAIRS];
    private final double[] eigenvectors;
    private final int[] parameters = new int[11];
    private final int[] places = new int[11];

    /**
     * @param whole   whether products read the whole matrix, or one half of it
     * @param forming whether the matrix is formed at each call; else once, before the first
     */
    ArpackSpectrum(SpectrumInputs inputs, boolean whole, boolean forming) {
        this.matrix = SpectrumProvider.matrix(inputs, whole);
        this.forming = forming;
        this.size = inputs.tokens();
        start = new Random(1).doubles(size, -1, 1).toArray();
        residual = new double[size];
        basis = new double[size * BASIS];
        vectors = new double[3 * size];
        eigenvectors = new double[size * SpectrumInputs.EIGENPAIRS];
    }

    @Override
    public void run() {
        if (forming) {
            matrix.form();
        }
        iterate();
        extract();
    }

    /** Multiplies whatever the solver asks for, until it asks for no more. */
    private void iterate() {
        System.arraycopy(start, 0, residual, 0, size);
        parameters[SHIFTS] = EXACT;
        parameters[RESTARTS] = MAX_RESTARTS;
        parameters[MODE] = DIRECT;
        intW request = new intW(0);
        intW information = new intW(START_GIVEN);
        doubleW tolerance = new doubleW(TOLERANCE);
        while (true) {
            SOLVER.dsaupd(request, STANDARD_PROBLEM, size, LARGEST_ALGEBRAIC, values.length, tolerance, residual, BASIS, basis,
                    size, parameters, places, vectors, projected, projected.length, information);
            if (request.val == DONE) {
                requireDone("dsaupd", information);
                return;
            }
            // Places count from 1.
            matrix.multiply(vectors, places[0] - 1, places[1] - 1);
        }
    }

    /** Eigenvalues and eigenvectors. */
    private void extract() {
        intW information = new intW(0);
        SOLVER.dseupd(true, ALL_VECTORS, new boolean[BASIS], values, eigenvectors, size, 0.0, STANDARD_PROBLEM, size,
                LARGEST_ALGEBRAIC, new intW(values.length), TOLERANCE, residual, BASIS, basis, size, parameters, places, vectors,
                projected, projected.length, information);
        requireDone("dseupd", information);
    }

    private static void requireDone(String routine, intW information) {
        if (information.val != 0) {
            throw new IllegalStateException("%s ended with %d".formatted(routine, information.val));
        }
    }

    @Override
    public double[] values() {
        return values;
    }

    @Override
    public void close() {
        matrix.close();
    }
}
