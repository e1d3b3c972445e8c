package dev.gatun.internal.sinkhorn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps by themselves: whether they solve their equations, and what they say of where they lead. */
class NewtonStepTest {

    private static double[] masses(int n, Random random) {
        double[] masses = random.doubles(n, 0.5, 1).toArray();
        double total = Arrays.stream(masses).sum();
        return Arrays.stream(masses).map(mass -> mass / total).toArray();
    }

    private static DenseEngine random(int rows, int columns, double spread, long seed) {
        Random random = new Random(seed);
        double[][] z = new double[rows][columns];
        for (double[] row : z) {
            Arrays.setAll(row, j -> spread * random.nextGaussian());
        }
        return new DenseEngine(z, masses(rows, random), masses(columns, random));
    }

    /** Rows that see two neighbouring columns each: conjugate gradients need as many steps as there are columns. */
    private static DenseEngine chain(int n) {
        Random random = new Random(n);
        double[][] z = new double[n][n];
        for (int i = 0; i < n; i++) {
            Arrays.fill(z[i], -2000);
            z[i][i] = random.nextDouble();
            z[i][Math.min(i + 1, n - 1)] = random.nextDouble();
        }
        double[] rows = new double[n];
        Arrays.fill(rows, 1);
        double[] columns = rows.clone();
        columns[0] = 0.9;
        columns[n - 1] = 1.1;
        return new DenseEngine(z, rows, columns);
    }

    private static double[] fitted(SinkhornEngine engine) {
        double[] sums = new double[engine.nu().length];
        engine.fit(sums);
        return sums;
    }

    /** The largest entry of {@code ((1 + damping) diag(c) - P' diag(1/mu) P) x - (nu - c)}. */
    private static double residual(DenseEngine engine, double[] sums, double[] x, double damping) {
        double[] product = new double[x.length];
        engine.couple(x, product);
        double largest = 0;
        for (int j = 0; j < x.length; j++) {
            largest = Math.max(largest, Math.abs((1 + damping) * sums[j] * x[j] - product[j] - (engine.nu()[j] - sums[j])));
        }
        return largest;
    }

    private static double slope(double[] sums, double[] nu, double[] step) {
        double slope = 0;
        for (int j = 0; j < step.length; j++) {
            slope += (sums[j] - nu[j]) * step[j];
        }
        return slope;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 40})
    void equationsAreSolved(int n) {
        for (double spread : new double[] {0.5, 2, 4}) {
            DenseEngine engine = random(n + 2, n, spread, n);
            NewtonStep step = new NewtonStep(engine);
            double[] sums = fitted(engine);
            step.begin();
            assertTrue(step.solve(sums, 1e-10, 10_000));
            assertTrue(residual(engine, sums, step.step(), 0) <= 1e-10);
            assertEquals(slope(sums, engine.nu(), step.step()), step.slope(), 1e-15);
            assertTrue(step.slope() < 0);
        }
    }

    /** To the accuracy asked for and no further, in passes that are counted. */
    @Test
    void equationsAreSolvedAsFarAsAsked() {
        int exact = passes(1e-10);
        int rough = passes(0.3);
        assertTrue(rough < exact / 2, () -> rough + " passes, and " + exact);
    }

    private static int passes(double accuracy) {
        DenseEngine engine = random(60, 50, 3, 1);
        NewtonStep step = new NewtonStep(engine);
        double[] sums = fitted(engine);
        step.begin();
        int before = engine.passes();
        assertTrue(step.solve(sums, accuracy, 10_000));
        return engine.passes() - before;
    }

    /** The dual's change along a step is its slope, for a little of it. */
    @Test
    void slopesAreThoseOfTheDual() {
        DenseEngine engine = random(12, 9, 2, 5);
        NewtonStep step = new NewtonStep(engine);
        double[] sums = fitted(engine);
        double dual = step.dual();
        double[] u = new double[12];
        double[] v = new double[9];
        engine.potentials(u, v);
        assertEquals(-(DenseEngine.product(engine.mu(), u) + DenseEngine.product(engine.nu(), v)) * Math.log(2), dual, 1e-14);
        step.begin();
        step.solve(sums, 1e-8, 1000);
        double length = 1e-6;
        step.move(length);
        engine.scale(Arrays.stream(step.step()).map(change -> Math.exp(length * change)).toArray());
        engine.fit(sums);
        assertEquals(step.slope() * length, step.dual() - dual, 1e-5 * Math.abs(step.slope() * length));
    }

    /** Whole steps, one after another, double the digits. */
    @Test
    void stepsConvergeAtOnce() {
        DenseEngine engine = random(30, 25, 2, 3);
        NewtonStep step = new NewtonStep(engine);
        double[] sums = fitted(engine);
        step.begin();
        for (int k = 0; k < 7; k++) {
            step.solve(sums, 1e-9, 1000);
            engine.scale(Arrays.stream(step.step()).map(Math::exp).toArray());
            engine.fit(sums);
        }
        assertTrue(SinkhornIterate.relativeError(sums, engine.nu()) < 1e-12);
    }

    /** Without passes to spend, or where the equations give nothing, a step is Sinkhorn's own; at the end there is none. */
    @Test
    void whereEquationsGiveNothingTheStepIsSinkhorns() {
        DenseEngine engine = random(8, 6, 1, 2);
        engine.nu()[4] = 0;
        NewtonStep step = new NewtonStep(engine);
        double[] sums = fitted(engine);
        step.begin();
        assertTrue(step.solve(sums, 0.1, 0));
        for (int j = 0; j < sums.length; j++) {
            assertEquals(j == 4 ? 0 : Math.log(engine.nu()[j] / sums[j]), step.step()[j], 1e-15);
        }
        assertEquals(slope(sums, engine.nu(), step.step()), step.slope(), 1e-15);
        assertFalse(step.solve(engine.nu(), 0.1, 0));
    }

    /** A column without mass stays where it is. */
    @Test
    void columnsWithoutMassDoNotMove() {
        DenseEngine engine = random(8, 6, 1, 2);
        double[] begun = new double[6];
        begun[4] = Double.NEGATIVE_INFINITY;
        engine.nu()[3] += engine.nu()[4];
        engine.nu()[4] = 0;
        engine.start(begun);
        double[] sums = fitted(engine);
        NewtonStep step = new NewtonStep(engine);
        step.begin();
        assertTrue(step.solve(sums, 1e-10, 1000));
        assertEquals(0, step.step()[4]);
        assertTrue(residual(engine, sums, step.step(), 0) <= 1e-10);
    }

    /** What conjugate gradients do not solve in 60 products is eliminated, in one more pass. */
    @Test
    void longChainsAreEliminated() {
        int n = 120;
        DenseEngine engine = chain(n);
        NewtonStep step = new NewtonStep(engine);
        double[] sums = fitted(engine);
        step.begin();
        boolean eliminated = false;
        double error = Double.POSITIVE_INFINITY;
        for (int k = 0; k < 400 && error > 1e-10; k++) {
            int before = engine.passes();
            assertTrue(step.solve(sums, 1e-6, 1000));
            int taken = engine.passes() - before;
            eliminated |= taken == 1;
            assertTrue(taken <= 80, () -> "it took " + taken + " passes");
            double length = Math.min(1, 3 / ConjugateGradients.maxNorm(step.step()));
            engine.scale(Arrays.stream(step.step()).map(change -> Math.exp(length * change)).toArray());
            engine.fit(sums);
            error = SinkhornIterate.relativeError(sums, engine.nu());
        }
        assertTrue(eliminated);
        double left = error;
        assertTrue(left <= 1e-10, () -> "an error of " + left);
        assertTrue(engine.passes() < 1200, () -> "it took " + engine.passes() + " passes");
    }

    /** Near the end what was eliminated last serves once more, and no pass is taken. */
    @Test
    void whatWasEliminatedServesAgain() {
        int n = 200;
        DenseEngine engine = chain(n);
        Arrays.setAll(engine.mu(), i -> 1 + i % 3 / 2.0);
        double[] sums = fitted(engine);
        System.arraycopy(sums, 0, engine.nu(), 0, n);
        engine.nu()[0] *= 1 + 1e-4;
        engine.nu()[n - 1] -= engine.nu()[0] - sums[0];
        NewtonStep step = new NewtonStep(engine);
        step.begin();
        assertTrue(step.solve(sums, 1e-6, 1000));
        assertTrue(residual(engine, sums, step.step(), 0) <= 1e-8, "eliminated");
        engine.scale(Arrays.stream(step.step()).map(Math::exp).toArray());
        engine.fit(sums);
        int before = engine.passes();
        assertTrue(step.solve(sums, 1e-6, 1000));
        assertEquals(0, engine.passes() - before);
        double[] none = new double[n];
        assertTrue(residual(engine, sums, step.step(), 0) <= 0.01 * residual(engine, sums, none, 0), "solved again");
        assertEquals(slope(sums, engine.nu(), step.step()), step.slope(), 1e-18);
        step.begin();
        before = engine.passes();
        step.solve(sums, 1e-6, 1000);
        assertTrue(engine.passes() - before > 1, "begun anew");
    }

    /** Halves that are held together by next to nothing would be moved apart without end: steps are damped until believed. */
    @Test
    void stepsThatAreTooLongAreDamped() {
        int n = 20;
        Random random = new Random(6);
        double[][] z = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                z[i][j] = (i < n / 2 == j < n / 2 ? 0 : -40) + random.nextGaussian();
            }
        }
        double[] mu = new double[n];
        Arrays.fill(mu, 1);
        double[] nu = new double[n];
        Arrays.setAll(nu, j -> j < n / 2 ? 1.1 : 0.9);
        DenseEngine engine = new DenseEngine(z, mu, nu);
        double[] sums = fitted(engine);
        NewtonStep step = new NewtonStep(engine);
        step.begin();
        double last = Double.POSITIVE_INFINITY;
        for (double damping : new double[] {0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2}) {
            assertTrue(step.solve(sums, 1e-9, 1000));
            double largest = ConjugateGradients.maxNorm(step.step());
            assertTrue(largest > NewtonStep.MAX_STEP && largest < last, "a step of " + largest + " at " + damping);
            assertTrue(damping == 0 || residual(engine, sums, step.step(), damping) <= 1e-8);
            last = largest;
        }
        step.solve(sums, 1e-9, 1000);
        assertTrue(ConjugateGradients.maxNorm(step.step()) <= NewtonStep.MAX_STEP);
    }
}
