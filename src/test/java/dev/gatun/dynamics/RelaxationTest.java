package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The ways to the second eigenvalue agree where several lead to it. */
class RelaxationTest {

    private static Relaxation found(Transitions chain) {
        LogTransitions inside = Dynamics.inside(chain);
        CommunicatingClasses classes = CommunicatingClasses.of(inside);
        return Relaxation.of(inside, classes, StationaryDistribution.of(inside, classes));
    }

    /** By the inverse, whether products would have told it or not. */
    private static Relaxation foundOfInverse(double[][] p) {
        StationaryDistribution law = StationaryDistribution.of(Transitions.of(p));
        double[] ones = new double[p.length];
        Arrays.fill(ones, 1);
        RitzValues plain = RitzValues.of(p.length, x -> Arrays.stream(p).mapToDouble(row -> product(row, x)).toArray(), ones,
                law.pi(), Relaxation::plainGap);
        return Relaxation.slowest(p, law.logPi(), plain);
    }

    private static double product(double[] x, double[] y) {
        double product = 0;
        for (int i = 0; i < x.length; i++) {
            product += x[i] * y[i];
        }
        return product;
    }

    /** A chain that stays with probability 1/2, so that its second eigenvalue is near 1. */
    private static double[][] lazy(int n, long seed) {
        Random random = new Random(seed);
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                p[i][j] = random.nextDouble();
            }
            double sum = Arrays.stream(p[i]).sum();
            for (int j = 0; j < n; j++) {
                p[i][j] = p[i][j] / (2 * sum) + (i == j ? 0.5 : 0);
            }
        }
        return p;
    }

    /** A walk along a line, whose gap is {@code 2 sin^2(pi / 2n)}. */
    private static double[][] line(int n) {
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            p[i][Math.max(i - 1, 0)] += 0.5;
            p[i][Math.min(i + 1, n - 1)] += 0.5;
        }
        return p;
    }

    private static double gapOfLine(int n) {
        return 2 * Math.pow(Math.sin(Math.PI / (2 * n)), 2);
    }

    @Test
    void theInverseFindsWhatProductsDo() {
        for (int n : new int[] {2, 5, 40, 90}) {
            double[][] p = lazy(n, n);
            Relaxation inverse = foundOfInverse(p);
            assertTrue(inverse.converged());
            assertEquals(found(Transitions.of(p)).gap(), inverse.gap(), 1e-9);
        }
    }

    @Test
    void slowChainsAreNotLeftEarly() {
        for (int n : new int[] {13, 120}) {
            double[][] p = line(n);
            for (Relaxation relaxation : new Relaxation[] {found(Transitions.of(p)), foundOfInverse(p)}) {
                assertTrue(relaxation.converged());
                assertEquals(gapOfLine(n), relaxation.gap(), 1e-6 * gapOfLine(n));
            }
        }
    }

    /** Of the symmetric conjugate, which a chain that is told only by its probabilities does not have. */
    @Test
    void reversibleChainsRelaxAsTheirProbabilitiesDo() {
        for (int n : new int[] {6, 100}) {
            try (Arena arena = Arena.ofConfined()) {
                Transitions diffusion = Tokens.random(n, n, n, 4, 1).scores(arena).diffusion().transitions(0);
                double[][] p = new double[n][];
                Arrays.setAll(p, i -> Arrays.stream(diffusion.row(i)).map(x -> Math.pow(2, x)).toArray());
                assertTrue(diffusion.reversible() && Dynamics.inside(diffusion).isStored());
                assertEquals(found(Transitions.of(p)).gap(), found(diffusion).gap(), 1e-6);
            }
        }
    }

    /** Fewer products than tokens where many eigenvalues are small. */
    @Test
    void chainsThatForgetAtOnceTakeFewProducts() {
        Relaxation relaxation = found(Transitions.of(lazy(200, 3)));
        assertTrue(relaxation.converged() && relaxation.products() < 200, relaxation::toString);
    }

    @Test
    void openTokensForgetBySteppingOff() {
        double[][] p = {{0.5, 0.25, 0.25}, {0, 0.8, 0.2}, {0, 0, 1}};
        Relaxation relaxation = found(Transitions.of(p));
        assertEquals(0.2, relaxation.gap(), 1e-15);
        assertTrue(relaxation.converged());
    }

    /** Two tokens that are left for two others: the eigenvalues of each pair are those of its own transitions. */
    @Test
    void classesRelaxEachByItself() {
        for (double stay : new double[] {0.7, 0.95}) {
            double[][] p = {{0.5, 0.3, 0.1, 0.1}, {0.2, 0.6, 0.1, 0.1}, {0, 0, stay, 1 - stay}, {0, 0, 1 - stay, stay}};
            Relaxation relaxation = found(Transitions.of(p));
            assertEquals(Math.min(0.2, 2 - 2 * stay), relaxation.gap(), 1e-12);
            assertTrue(relaxation.converged());
        }
    }

    /**
     * A path whose last token returns to the first with a small probability: the other eigenvalues lie around 0 at about the fourth
     * root of it, which rounding of the entries moves as far as it pleases.
     */
    @Test
    void gapsThatRoundingMovesAreNotFound() {
        for (double back : new double[] {1e-3, 1e-20, 1e-60}) {
            double[][] p = {{0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}, {0, 0, 0, 0, 1}, {back, 0, 0, 0, 1 - back}};
            Relaxation relaxation = found(Transitions.of(p));
            assertEquals(back == 1e-3, relaxation.converged(), relaxation::toString);
            assertTrue(relaxation.gap() > 0);
        }
    }

    /** Eigenvalues near roots of 1 of an order that no power of P is tried for. */
    @Test
    void longPeriodsAreNotFound() {
        int n = 67;
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            p[i][i] = 1e-20;
            p[i][(i + 1) % n] = 1;
        }
        Relaxation relaxation = found(Transitions.of(p));
        assertTrue(!relaxation.converged() && relaxation.gap() > 0, relaxation::toString);
    }

    @Test
    void theSlowerOfTwoCounts() {
        Relaxation some = new Relaxation(0.5, 3, false);
        Relaxation more = new Relaxation(0.75, 4, true);
        assertEquals(new Relaxation(0.5, 7, false), some.or(more));
        assertEquals(new Relaxation(0.5, 7, false), more.or(some));
        assertEquals(new Relaxation(0.75, 8, true), more.or(more));
    }
}
