package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.sinkhorn.trace.StepKind;

/** Newton steps on a dual of the problem, each shortened until the dual or the error of the column sums decreases. */
final class DualDescent {

    /** The part of the decrease predicted by the gradient that a step must reach (Armijo), and its shortening otherwise. */
    private static final double MIN_DECREASE = 1e-4;
    private static final double SHORTENING = 0.3;
    private static final double MIN_LENGTH = 1e-4;

    /** Newton steps without a smaller error before the descent is given up. */
    private static final int PATIENCE = 30;

    /** Masses below this part of the largest do not count in a residual. */
    private static final double NEGLIGIBLE_MASS = 1e-6;

    /** The error below which sums are in float64. */
    private static final double FLOAT64_ERROR = 1e-3;

    /** The least and the largest part that conjugate gradients reduce a residual to. */
    private static final double MIN_ACCURACY = 1e-2;
    private static final double MAX_ACCURACY = 0.5;

    /** The accuracy of potentials, in natural units, that steps beyond the tolerance aim at, and their largest number. */
    private static final double POTENTIAL_ACCURACY = 1e-4;
    private static final int MAX_EXTRA_STEPS = 3;

    /** Changes of the dual that are rounding, relative to the mass. */
    private static final double DUAL_ROUNDING = 1e-7;

    private final SinkhornEngine engine;
    private final SinkhornIterate iterate;
    private final double[] nu;
    private double tolerance;
    private int maxSteps;
    private double changePerError;
    private int steps;

    DualDescent(SinkhornEngine engine, SinkhornIterate iterate) {
        this.engine = engine;
        this.iterate = iterate;
        this.nu = engine.nu();
    }

    /** Prepares for a solve. */
    void begin(double newTolerance, int newMaxSteps) {
        tolerance = newTolerance;
        maxSteps = newMaxSteps;
        changePerError = 0;
        steps = 0;
    }

    /** The Newton steps taken since {@link #begin}. */
    int steps() {
        return steps;
    }

    /**
     * Takes steps until the marginals are met and the potentials are accurate. Where the coupling determines potentials weakly, an
     * error far below the tolerance moves them a lot; the previous step tells by how much per unit of error.
     */
    void descend(DualStep step) {
        double dual = step.dual();
        double best = iterate.error();
        int extra = 0;
        boolean negligible = hasNegligibleMass();
        for (int sinceBest = 0; !(iterate.ended() && (potentialsAreAccurate() || extra == MAX_EXTRA_STEPS)) && sinceBest < PATIENCE
                && steps < maxSteps && iterate.passesLeft() > 0; sinceBest++) {
            extra += iterate.ended() ? 1 : 0;
            if (iterate.error() < FLOAT64_ERROR) {
                engine.useFloat64Sums();
            }
            if (!step.solve(iterate.sums(), accuracy(), Math.max(iterate.passesLeft() - 1, 0))) {
                return;
            }
            dual = search(step, dual);
            steps++;
            if (negligible && !iterate.ended()) {
                iterate.alternate();
                dual = step.dual();
            }
            if (iterate.error() < best) {
                best = iterate.error();
                sinceBest = 0;
            }
        }
    }

    /** Whether some masses are too small to count in a residual over all columns, so that they are fitted after every step. */
    private boolean hasNegligibleMass() {
        double least = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (double mass : nu) {
            least = mass > 0 ? Math.min(least, mass) : least;
            largest = Math.max(largest, mass);
        }
        return least < NEGLIGIBLE_MASS * largest;
    }

    /** The part that a step reduces the residual of its equations to: the smaller, the smaller the error is. */
    private double accuracy() {
        return Math.max(Math.min(MAX_ACCURACY, Math.sqrt(iterate.error())), MIN_ACCURACY);
    }

    private boolean potentialsAreAccurate() {
        return changePerError * iterate.error() <= POTENTIAL_ACCURACY || tolerance >= FLOAT64_ERROR;
    }

    /**
     * Backtracks along a step until the dual decreases, or the error, since near the minimum changes of the dual are rounding.
     * Returns the dual at the end.
     */
    private double search(DualStep step, double dual) {
        double largest = ConjugateGradients.maxNorm(step.step());
        double before = iterate.error();
        changePerError = largest / before;
        double length = Math.min(1, NewtonStep.MAX_STEP / largest);
        move(step, length, step.kind());
        double next = step.dual();
        double rounding = DUAL_ROUNDING * Support.total(engine.mu());
        while (!(next <= dual + MIN_DECREASE * length * step.slope() + rounding || iterate.error() < before) && length > MIN_LENGTH
                && iterate.passesLeft() > 0) {
            move(step, (SHORTENING - 1) * length, StepKind.NEWTON_SHORTENED);
            length *= SHORTENING;
            next = step.dual();
        }
        return next;
    }

    private void move(DualStep step, double length, StepKind kind) {
        step.move(length);
        double[] factors = iterate.factors();
        for (int j = 0; j < nu.length; j++) {
            factors[j] = StrictMath.exp(length * step.step()[j]);
        }
        iterate.scale(kind);
    }
}
