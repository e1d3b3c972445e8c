package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Conjugate;
import dev.gatun.Divergence;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.SinkhornSolution;
import dev.gatun.dynamics.Dynamics;
import dev.gatun.dynamics.Regime;
import dev.gatun.dynamics.StationaryDistribution;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The couplings of a symmetric divergence whatever their marginals: their potentials are not the same for rows and for columns, and
 * the operator with normalised rows is {@code softmax_j(z_ij + v_j)}, reversible at its own stationary distribution.
 */
class CouplingMapTest {

    private static final int N = 40;
    private static final Tokens TOKENS = Tokens.random(21, N, N, 3, 1);

    /** The marginals of rows and columns. */
    enum Marginals {
        UNIFORM, SAME, OTHERS, WIDE, EMPTY_COLUMN, RELAXED, ONE_SIDE_RELAXED, UNFINISHED;

        Sinkhorn options() {
            Random random = new Random(5);
            double[] mu = random.doubles(N, 0.2, 1).toArray();
            double[] nu = this == WIDE ? random.doubles(N, -60, 0).map(log -> Math.pow(2, log)).toArray()
                    : this == SAME ? mu : random.doubles(N, 0.2, 1).toArray();
            nu[7] = this == EMPTY_COLUMN ? 0 : nu[7];
            double total = Arrays.stream(mu).sum() / Arrays.stream(nu).sum();
            Sinkhorn options = Sinkhorn.tolerance(1e-6);
            return switch (this) {
                case UNIFORM -> options;
                case RELAXED -> options.relaxed(1, 5);
                case ONE_SIDE_RELAXED -> options.relaxed(0.5, Double.POSITIVE_INFINITY);
                case UNFINISHED -> options.plain().withMaxIterations(3);
                default -> options.withMarginals(mu, Arrays.stream(nu).map(mass -> mass * total).toArray());
            };
        }
    }

    private static double[][] chain(SinkhornSolution solution) {
        double[][] z = ReferenceScores.logKernel(ReferenceScores.symmetric(TOKENS.scores64()), 1);
        for (double[] row : z) {
            for (int j = 0; j < N; j++) {
                row[j] += solution.v()[j];
            }
        }
        return ReferenceSoftmax.rowSoftmax(z);
    }

    @ParameterizedTest
    @EnumSource
    void mapsAreThoseOfTheNormalisedOperator(Marginals marginals) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = TOKENS.scores(arena);
            SinkhornResult result = scores.sinkhorn(Divergence.SYMMETRIC, marginals.options());
            assertTrue(marginals == Marginals.UNFINISHED || result.converged());
            Operator operator = result.operator();
            double[][] p = chain(result.heads().getFirst());
            double[][] conjugate = new double[N][N];
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    conjugate[i][j] = Math.sqrt(p[i][j] * p[j][i]);
                }
            }
            DenseSpectrum truth = DenseSpectrum.of(conjugate);
            DiffusionMap map = DiffusionMap.of(operator, 0, Eigenpairs.largest(4));
            for (int k = 0; k < 4; k++) {
                assertEquals(truth.value(k), map.spectrum().value(k), 2e-6);
                assertEigenfunction(p, map.spectrum().value(k), map.eigenfunction(k), map.stationary());
            }
            Dynamics dynamics = Dynamics.of(operator, 0);
            assertArrayEquals(dynamics.stationary().pi(), map.stationary(), 1e-6);
            assertEquals(StationaryDistribution.Method.DETAILED_BALANCE, dynamics.stationary().method());
            assertTrue(dynamics.stationary().residual() < 1e-10);
            assertEquals(Regime.EQUILIBRIUM, dynamics.regime());
            assertArrayEquals(map.stationary(), multiply(map.stationary(), p), 1e-6);
            assertExtended(map, p, map.extend(TOKENS.queries(arena), TOKENS.keys(arena), 0));
        }
    }

    /** {@code P psi = lambda psi}, as accurately as the stationary probability of a token allows. */
    private static void assertEigenfunction(double[][] p, double value, double[] psi, double[] rho) {
        for (int i = 0; i < N; i++) {
            double image = 0;
            for (int j = 0; j < N; j++) {
                image += p[i][j] * psi[j];
            }
            if (rho[i] > 1e-8) {
                assertEquals(image, value * psi[i], 5e-6 / Math.sqrt(rho[i]));
            }
        }
    }

    private static double[] multiply(double[] rho, double[][] p) {
        double[] later = new double[N];
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                later[j] += rho[i] * p[i][j];
            }
        }
        return later;
    }

    /** Within the error of the product, {@code 1e-5 sum_j P_ij |psi_j|}, and that of the eigenfunction. */
    private static void assertExtended(DiffusionMap map, double[][] p, double[][] extended) {
        for (int k = 1; k < 4; k++) {
            double[] psi = map.eigenfunction(k);
            for (int i = 0; i < N; i++) {
                double sum = 0;
                for (int j = 0; j < N; j++) {
                    sum += p[i][j] * Math.abs(psi[j]);
                }
                if (map.stationary()[i] > 1e-8) {
                    double bound = (1e-5 * sum + 5e-6 / Math.sqrt(map.stationary()[i])) / map.spectrum().value(k);
                    assertEquals(psi[i], extended[i][k - 1], bound);
                }
            }
        }
    }

    /** The entries {@code sqrt(P_ij P_ji)}, also with marginals of very different sizes. */
    @ParameterizedTest
    @EnumSource
    void conjugatesAreGeometricMeans(Marginals marginals) {
        try (Arena arena = Arena.ofConfined()) {
            SinkhornResult result = TOKENS.scores(arena).sinkhorn(Divergence.SYMMETRIC, marginals.options());
            double[][] p = chain(result.heads().getFirst());
            Conjugate conjugate = result.operator().conjugate(0);
            for (int j : new int[] {0, 7, 39}) {
                double[] unit = new double[N];
                unit[j] = 1;
                double[] column = new double[N];
                conjugate.apply(new double[][] {unit}, new double[][] {column}, 1);
                for (int i = 0; i < N; i++) {
                    assertEquals(Math.sqrt(p[i][j] * p[j][i]), column[i], 1e-6);
                }
            }
        }
    }
}
