package dev.gatun.dynamics;

import dev.gatun.Transitions;
import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogStrips;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.ejml.data.Complex_F64;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * How fast a chain forgets where it began: the largest modulus of an eigenvalue beside the trivial one, by the method of Arnoldi
 * (1951), the trivial vector taken off every product. A space as large as the matrix has all eigenvalues, so that of few tokens
 * nothing is left out. Of a slow chain of many tokens, whose eigenvalues crowd near 1, they are found of the inverse.
 *
 * @param modulus   {@code |lambda_2|}
 * @param products  products with the transitions that it took
 * @param converged whether a larger space moved the gap by less than 1e-6 of itself
 */
record Relaxation(double modulus, int products, boolean converged) {

    /** Tokens up to which probabilities are kept: 128 MiB of them. */
    private static final int MOST_KEPT = 4096;

    /** Tokens up to which equations are solved where products do not find it: some seconds. */
    private static final int MOST_INVERTED = 2048;

    /** Vectors of a space, at most. */
    private static final int MOST_VECTORS = 320;

    private static final int FIRST_CHECK = 12;
    private static final double TOLERANCE = 1e-6;

    /** What is left of a vector of length 1 when it lies in the space. */
    private static final double NOTHING = 1e-14;

    /** Products of a matrix whose trivial eigenvector is known. */
    private interface Deflated {
        double[] apply(double[] x);
    }

    /** Of a chain with one closed class of period 1; {@code pi} is its stationary law. */
    static Relaxation of(Transitions chain, CommunicatingClasses classes, double[] pi) {
        if (!classes.whole()) {
            return ofClasses(chain, classes, pi);
        }
        Relaxation found = chain.reversible() && chain.kept() ? symmetric(chain, pi) : general(chain, pi);
        return found.converged() || chain.size() > MOST_INVERTED ? found : found.orSlower(slowest(chain, pi));
    }

    /** The eigenvalue nearest to 1, where a larger one than was found otherwise. */
    Relaxation orSlower(Relaxation slowest) {
        return slowest.modulus > modulus ? new Relaxation(slowest.modulus, products + slowest.products, slowest.converged)
                : new Relaxation(modulus, products + slowest.products, false);
    }

    /**
     * Of eigenvalues near 1, of which a slow chain has many: {@code (I - P + 1 pi')^-1} has the eigenvalues {@code 1 / (1 - lambda)},
     * and those of the slowest are far larger than the others.
     */
    static Relaxation slowest(Transitions chain, double[] pi) {
        int size = chain.size();
        DMatrixRMaj matrix = new DMatrixRMaj(size, size);
        for (int i = 0; i < size; i++) {
            double[] row = chain.row(i);
            double leaving = 0;
            for (int j = 0; j < size; j++) {
                double p = j == i ? 0 : Math.pow(2, row[j]);
                leaving += p;
                matrix.set(i, j, pi[j] - p);
            }
            matrix.add(i, i, leaving);
        }
        LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.lu(size);
        if (!solver.setA(matrix)) {
            return new Relaxation(0, 0, false);
        }
        DMatrixRMaj right = new DMatrixRMaj(size, 1);
        DMatrixRMaj left = new DMatrixRMaj(size, 1);
        return largest(size, x -> {
            System.arraycopy(x, 0, right.data, 0, size);
            solver.solve(right, left);
            double[] y = left.data.clone();
            double mean = ColumnProducts.product(pi, y);
            Arrays.setAll(y, i -> y[i] - mean);
            return y;
        }, Relaxation::modulusOfInverse);
    }

    /** {@code |lambda|} of what has {@code 1 / (1 - lambda)} among the larger of these values, which are found first. */
    private static double modulusOfInverse(Complex_F64[] values) {
        double greatest = Arrays.stream(values).mapToDouble(Complex_F64::getMagnitude).max().orElse(0);
        double modulus = 0;
        for (Complex_F64 value : values) {
            if (value.getMagnitude() >= greatest / 4) {
                double square = value.getMagnitude2();
                modulus = Math.max(modulus, Math.hypot(1 - value.real / square, value.imaginary / square));
            }
        }
        return Math.min(modulus, 1);
    }

    private static double greatestModulus(Complex_F64[] values) {
        return Arrays.stream(values).mapToDouble(Complex_F64::getMagnitude).max().orElse(0);
    }

    /** Transitions that lead from class to class have no part in eigenvalues: they are those of each class by itself. */
    private static Relaxation ofClasses(Transitions chain, CommunicatingClasses classes, double[] pi) {
        double[] staying = chain.staying();
        Relaxation largest = new Relaxation(0, 0, true);
        for (int[] tokens : classes.open()) {
            largest = largest.or(tokens.length == 1 ? new Relaxation(staying[tokens[0]], 0, true)
                    : largest(tokens.length, among(chain, tokens, new double[tokens.length])));
        }
        int[] closed = classes.members().getFirst();
        return closed.length == 1 ? largest
                : largest.or(largest(closed.length, among(chain, closed, Arrays.stream(closed).mapToDouble(i -> pi[i]).toArray())));
    }

    Relaxation or(Relaxation other) {
        return new Relaxation(Math.max(modulus, other.modulus), products + other.products, converged && other.converged);
    }

    /** The transitions of some tokens to each other, less the trivial part of law {@code pi}. */
    private static Deflated among(Transitions chain, int[] tokens, double[] pi) {
        double[][] p = new double[tokens.length][tokens.length];
        for (int s = 0; s < tokens.length; s++) {
            double[] row = chain.row(tokens[s]);
            for (int t = 0; t < tokens.length; t++) {
                p[s][t] = Math.pow(2, row[tokens[t]]);
            }
        }
        return x -> {
            double[] y = Arrays.stream(p).mapToDouble(row -> ColumnProducts.product(row, x)).toArray();
            double mean = ColumnProducts.product(pi, y);
            Arrays.setAll(y, i -> y[i] - mean);
            return y;
        };
    }

    /** {@code P - 1 pi'}, whose right eigenvectors f have {@code pi f = 0}. */
    private static Relaxation general(Transitions chain, double[] pi) {
        Deflated products = products(chain);
        return largest(chain.size(), x -> {
            double[] y = products.apply(x);
            double mean = ColumnProducts.product(pi, y);
            Arrays.setAll(y, i -> y[i] - mean);
            return y;
        });
    }

    /** {@code sqrt(P_ij P_ji)}, symmetric and with the same eigenvalues, less its trivial part. */
    private static Relaxation symmetric(Transitions chain, double[] pi) {
        double[] trivial = Arrays.stream(pi).map(Math::sqrt).toArray();
        Deflated products = products(chain.conjugate());
        return largest(chain.size(), x -> {
            double[] y = products.apply(x);
            double part = ColumnProducts.product(trivial, y);
            Arrays.setAll(y, i -> y[i] - part * trivial[i]);
            return y;
        });
    }

    /** {@code P x}, of probabilities that are kept while there are not too many. */
    private static Deflated products(Transitions chain) {
        int size = chain.size();
        if (size > MOST_KEPT) {
            return chain::expected;
        }
        double[] probabilities = chain.probabilities();
        return x -> {
            double[] y = new double[size];
            for (int block = 0; block < chain.blocks(); block++) {
                LogStrips.product(probabilities, block * LogStrips.length(size), x, y, block * Lanes.BLOCK);
            }
            return y;
        };
    }

    private static Relaxation largest(int size, Deflated matrix) {
        return largest(size, matrix, Relaxation::greatestModulus);
    }

    /** @param modulusOf {@code |lambda_2|} by the eigenvalues of a projected matrix */
    private static Relaxation largest(int size, Deflated matrix, ToDoubleFunction<Complex_F64[]> modulusOf) {
        int most = Math.min(size, MOST_VECTORS);
        double[][] basis = new double[most + 1][];
        double[][] projected = new double[most + 1][most];
        basis[0] = start(size, matrix);
        double last = Double.NaN;
        int check = FIRST_CHECK;
        for (int m = 0; m < most; m++) {
            if (basis[m] == null) {
                return new Relaxation(modulusOf.applyAsDouble(eigenvalues(projected, m)), m, true);
            }
            basis[m + 1] = extend(basis, m, matrix.apply(basis[m]), projected);
            if (m + 1 == check || m + 1 == most) {
                double modulus = modulusOf.applyAsDouble(eigenvalues(projected, m + 1));
                if (m + 1 == size || Math.abs(modulus - last) <= TOLERANCE * Math.max(1 - modulus, 1e-9)) {
                    return new Relaxation(modulus, m + 1, true);
                }
                last = modulus;
                check += check / 2;
            }
        }
        return new Relaxation(last, most, false);
    }

    /** The same at each call; one product takes its trivial part off. */
    private static double[] start(int size, Deflated matrix) {
        double[] x = matrix.apply(new SplittableRandom(1).doubles(size, -1, 1).toArray());
        return unit(x, 0);
    }

    /** A vector of length 1 along x; null where x is no longer than rounding. */
    private static double[] unit(double[] x, double nothing) {
        double length = Math.sqrt(ColumnProducts.product(x, x));
        if (length <= nothing) {
            return null;
        }
        Arrays.setAll(x, i -> x[i] / length);
        return x;
    }

    /** Takes the space off the product, twice, and notes its parts. */
    private static double[] extend(double[][] basis, int m, double[] image, double[][] projected) {
        double nothing = NOTHING * Math.max(1, Math.sqrt(ColumnProducts.product(image, image)));
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k <= m; k++) {
                double part = ColumnProducts.product(basis[k], image);
                projected[k][m] += part;
                ColumnProducts.add(-part, basis[k], image);
            }
        }
        double length = Math.sqrt(ColumnProducts.product(image, image));
        if (m + 1 < projected[0].length) {
            projected[m + 1][m] = length > nothing ? length : 0;
        }
        return unit(image, nothing);
    }

    private static Complex_F64[] eigenvalues(double[][] projected, int order) {
        if (order == 0) {
            return new Complex_F64[0];
        }
        DMatrixRMaj matrix = new DMatrixRMaj(order, order);
        for (int i = 0; i < order; i++) {
            System.arraycopy(projected[i], 0, matrix.data, i * order, order);
        }
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(order, false, false);
        if (!solver.decompose(matrix)) {
            throw new IllegalStateException("the eigenvalues of a matrix of order %s were not found".formatted(order));
        }
        Complex_F64[] values = new Complex_F64[order];
        Arrays.setAll(values, m -> new Complex_F64(solver.getEigenvalue(m).real, solver.getEigenvalue(m).imaginary));
        return values;
    }
}
