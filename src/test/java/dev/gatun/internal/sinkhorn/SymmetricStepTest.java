package dev.gatun.internal.sinkhorn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Steps of the symmetric dual by themselves, on a kernel of 15 tokens. */
class SymmetricStepTest {

    private static final int N = 15;

    private final double[][] z = new double[N][N];
    private final DenseEngine engine;
    private final SymmetricStep step;
    private final double[] sums = new double[N];
    private final double[] p = new double[N];

    SymmetricStepTest() {
        Random random = new Random(4);
        for (int i = 0; i < N; i++) {
            for (int j = 0; j <= i; j++) {
                z[i][j] = 2 * random.nextGaussian();
                z[j][i] = z[i][j];
            }
        }
        double[] ones = new double[N];
        Arrays.fill(ones, 1);
        engine = new DenseEngine(z, ones, ones.clone());
        step = new SymmetricStep(engine);
    }

    private boolean begun() {
        engine.fit(sums);
        double[] u = new double[N];
        double[] v = new double[N];
        engine.potentials(u, v);
        Arrays.setAll(p, j -> (u[j] + v[j]) / 2);
        boolean begun = step.begin();
        engine.fit(sums);
        return begun;
    }

    private double entry(int i, int j) {
        return Math.pow(2, z[i][j] + p[i] + p[j]);
    }

    private double rowSum(int i) {
        double sum = 0;
        for (int j = 0; j < N; j++) {
            sum += entry(i, j);
        }
        return sum;
    }

    /** {@code 1/2 sum_ij exp(z_ij + p_i + p_j) - sum_i p_i}. */
    private double dual() {
        double dual = 0;
        for (int i = 0; i < N; i++) {
            dual += rowSum(i) / 2 - p[i] * Math.log(2);
        }
        return dual;
    }

    @Test
    void theDualIsThatOfTheMeanPotential() {
        assertTrue(begun());
        assertEquals(dual(), step.dual(), 1e-12);
    }

    /** {@code (diag(s) + P) x = 1 - s}. */
    @Test
    void equationsAreSolved() {
        begun();
        step.dual();
        assertTrue(step.solve(sums, 1e-11, 1000));
        double slope = 0;
        for (int i = 0; i < N; i++) {
            double product = rowSum(i) * step.step()[i];
            for (int j = 0; j < N; j++) {
                product += entry(i, j) * step.step()[j];
            }
            assertEquals(1 - rowSum(i), product, 1e-9);
            slope += (rowSum(i) - 1) * step.step()[i];
        }
        assertEquals(slope, step.slope(), 1e-12);
        assertTrue(slope < 0);
    }

    /** A little of a step changes the dual by its slope, whole steps lead to the coupling. */
    @Test
    void stepsLeadWhereTheySay() {
        begun();
        double dual = step.dual();
        step.solve(sums, 1e-8, 1000);
        move(1e-6);
        assertEquals(step.slope() * 1e-6, step.dual() - dual, 1e-4 * Math.abs(step.slope() * 1e-6));
        for (int k = 0; k < 12; k++) {
            step.solve(sums, 1e-8, 1000);
            move(Math.min(1, 1 / ConjugateGradients.maxNorm(step.step())));
            step.dual();
        }
        assertTrue(SinkhornIterate.relativeError(sums, engine.nu()) < 1e-10, "columns sum to 1 as rows do");
    }

    private void move(double length) {
        step.move(length);
        engine.scale(Arrays.stream(step.step()).map(change -> Math.exp(length * change)).toArray());
        engine.fit(sums);
    }

    @Test
    void withoutPassesThereIsNoStep() {
        begun();
        step.dual();
        assertFalse(step.solve(sums, 0.1, 0));
        assertFalse(step.solve(sums, 1e-11, 2), "two products are too few");
    }

    /** Potentials whose mean is more than a factor can move them to are left as they are. */
    @Test
    void potentialsThatAreFarFromTheirMeanAreLeft() {
        double[] far = new double[N];
        far[3] = 1300;
        engine.start(far);
        assertFalse(begun());
        double[] v = new double[N];
        engine.potentials(new double[N], v);
        assertEquals(1300, v[3]);
        assertEquals(0, v[2]);
    }
}
