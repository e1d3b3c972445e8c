package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Transitions;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Sharing;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The methods for the second eigenvalue agree where several apply. */
@Tag("any-width")
class SpectralGapTest {

    private static SpectralGap found(Transitions chain) {
        LogTransitions inside = Dynamics.logTransitions(chain);
        CommunicatingClasses classes = CommunicatingClasses.of(inside);
        return SpectralGap.of(inside, classes, StationaryDistribution.of(inside, classes));
    }

    /** The gap by the inverse, also where products determine it. */
    private static SpectralGap foundOfInverse(double[][] p) {
        StationaryDistribution stationary = StationaryDistribution.of(Transitions.of(p));
        double[] ones = new double[p.length];
        Arrays.fill(ones, 1);
        RitzValues outer = RitzValues.of(p.length, x -> Arrays.stream(p).mapToDouble(row -> product(row, x)).toArray(), ones,
                stationary.pi(), SpectralGap::outerGap);
        return InverseGap.of(p, stationary.logPi(), outer, Sharing.NONE);
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
            SpectralGap inverse = foundOfInverse(p);
            assertTrue(inverse.converged());
            assertEquals(found(Transitions.of(p)).value(), inverse.value(), 1e-9);
        }
    }

    @Test
    void slowChainsAreNotLeftEarly() {
        for (int n : new int[] {13, 120}) {
            double[][] p = line(n);
            for (SpectralGap gap : new SpectralGap[] {found(Transitions.of(p)), foundOfInverse(p)}) {
                assertTrue(gap.converged());
                assertEquals(gapOfLine(n), gap.value(), 1e-6 * gapOfLine(n));
            }
        }
    }

    /** The gap of a reversible operator equals that of the chain of its probabilities, which is not known to be reversible. */
    @Test
    void reversibleChainsRelaxAsTheirProbabilitiesDo() {
        for (int n : new int[] {6, 100}) {
            try (Arena arena = Arena.ofConfined()) {
                Transitions diffusion = Tokens.random(n, n, n, 4, 1).scores(arena).diffusion().transitions(0);
                double[][] p = new double[n][];
                Arrays.setAll(p, i -> Arrays.stream(diffusion.row(i)).map(x -> Math.pow(2, x)).toArray());
                assertTrue(diffusion.reversible() && Dynamics.logTransitions(diffusion).isStored());
                assertEquals(found(Transitions.of(p)).value(), found(diffusion).value(), 1e-6);
            }
        }
    }

    /** Chains with many small eigenvalues take fewer products than tokens. */
    @Test
    void chainsThatForgetAtOnceTakeFewProducts() {
        SpectralGap gap = found(Transitions.of(lazy(200, 3)));
        assertTrue(gap.converged() && gap.products() < 200, gap::toString);
    }

    @Test
    void openTokensForgetBySteppingOff() {
        double[][] p = {{0.5, 0.25, 0.25}, {0, 0.8, 0.2}, {0, 0, 1}};
        SpectralGap gap = found(Transitions.of(p));
        assertEquals(0.2, gap.value(), 1e-15);
        assertTrue(gap.converged());
    }

    /** An open pair that leads to a closed pair: the eigenvalues of each are those of its own transitions. */
    @Test
    void classesRelaxEachByItself() {
        for (double stay : new double[] {0.7, 0.95}) {
            double[][] p = {{0.5, 0.3, 0.1, 0.1}, {0.2, 0.6, 0.1, 0.1}, {0, 0, stay, 1 - stay}, {0, 0, 1 - stay, stay}};
            SpectralGap gap = found(Transitions.of(p));
            assertEquals(Math.min(0.2, 2 - 2 * stay), gap.value(), 1e-12);
            assertTrue(gap.converged());
        }
    }

    /**
     * A path whose last token returns to the first with a small probability: the other eigenvalues lie around 0 at about the fourth
     * root of it, which the rounding of the entries moves by any amount.
     */
    @Test
    void gapsThatRoundingMovesAreNotFound() {
        for (double back : new double[] {1e-3, 1e-20, 1e-60}) {
            double[][] p = {{0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}, {0, 0, 0, 0, 1}, {back, 0, 0, 0, 1 - back}};
            SpectralGap gap = found(Transitions.of(p));
            assertEquals(back == 1e-3, gap.converged(), gap::toString);
            assertTrue(gap.value() > 0);
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
        SpectralGap gap = found(Transitions.of(p));
        assertTrue(!gap.converged() && gap.value() > 0, gap::toString);
    }

    @Test
    void theSlowerOfTwoCounts() {
        SpectralGap some = new SpectralGap(0.5, 3, false);
        SpectralGap more = new SpectralGap(0.75, 4, true);
        assertEquals(new SpectralGap(0.5, 7, false), some.and(more));
        assertEquals(new SpectralGap(0.5, 7, false), more.and(some));
        assertEquals(new SpectralGap(0.75, 8, true), more.and(more));
    }
}
