package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.marginals.Support;

/**
 * Finds the potentials of one head: Sinkhorn's alternate fitting of rows and columns (Sinkhorn 1964; equations B2 to B4 of
 * arXiv 2604.09560), and what is faster once its rate is known.
 *
 * <p>Every pass fits the rows exactly and sums the columns on the way, so the columns' error is that of the very plan it
 * stands for. A few plain iterations measure the rate of contraction. Where over-relaxation at that rate is soon done it is
 * used, as a momentum of the column potentials; elsewhere, or where it does not keep its word, Newton steps on the dual
 * are. Inside, potentials are in units of log 2.
 */
public final class SinkhornSolver {

    /** Plain iterations before the rate is measured. */
    private static final int PLAIN_ITERATIONS = 3;

    /** Iterations that over-relaxation is used for, as foreseen, and how many it may really take. */
    private static final int RELAXED_ITERATIONS = 6;
    private static final int MAX_RELAXED = 2 * RELAXED_ITERATIONS;

    /** Errors beyond which a rate says nothing of the end yet. */
    private static final double SMALL_ERROR = 0.3;

    /** What a step at least gains of what the gradient promises, and by what it is shortened where it does not. */
    private static final double MIN_GAIN = 1e-4;
    private static final double SHORTENING = 0.3;
    private static final double MIN_LENGTH = 1e-4;

    /** Newton steps without a smaller error before plain iterations are left to do what they can. */
    private static final int PATIENCE = 30;

    /** Masses below this part of the greatest do not count in a residual. */
    private static final double FAINT = 1e-6;

    /** Errors below which sums are taken in double precision, and to what part conjugate gradients go at most. */
    private static final double NEAR = 1e-3;
    private static final double MIN_ACCURACY = 1e-2;

    /** How well potentials are to be known after Newton steps, in natural units, and how many steps that may take. */
    private static final double POTENTIAL_ACCURACY = 1e-4;
    private static final int MAX_FURTHER = 3;

    /** What sums in single precision may hide of an error: the goal is that much nearer. */
    private static final double GOAL = 0.8;

    /** Changes of the dual that are rounding, relative to the mass. */
    private static final double DUAL_ROUNDING = 1e-7;

    private final SinkhornEngine engine;
    private final boolean accelerated;
    private final double[] mu;
    private final double[] nu;
    private final double[] u;
    private final double[] v;
    private final double[] sums;
    private final double[] factors;
    private final double[] change;
    private final NewtonStep newtonStep;
    private SymmetricStep symmetricStep;
    private Phase attempt;
    private double tolerance;
    private int allowed;
    private double error;
    private double previousError;
    private double relaxation;
    private double sway;
    private int newtonSteps;

    /** Makes room; the engine's marginals may be others at each solve. */
    public SinkhornSolver(SinkhornEngine engine, boolean accelerated) {
        this.engine = engine;
        this.accelerated = accelerated;
        this.mu = engine.mu();
        this.nu = engine.nu();
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.sums = new double[nu.length];
        this.factors = new double[nu.length];
        this.change = new double[nu.length];
        this.newtonStep = new NewtonStep(engine);
    }

    /**
     * Solves from column potentials {@code start} on.
     *
     * @param newTolerance what error to reach
     * @param passes       passes over the kernel that are allowed; where something hinders them, accelerated ones stop at one
     * @param symmetric    whether the plan is known to be symmetric, with marginals of 1
     * @param hindrance    why no finite potentials reach the marginals; empty where they do
     * @param solution     receives potentials and errors; passes and steps are added to those it has
     */
    public void solve(double[] start, double newTolerance, int passes, Phase newAttempt, boolean symmetric, String hindrance,
               SolveBuffer solution) {
        attempt = newAttempt;
        tolerance = newTolerance;
        allowed = accelerated ? Math.clamp(hindrance.isEmpty() ? passes : 1, 1, attempt.passes) : Math.max(1, passes);
        error = Double.NaN;
        relaxation = 1;
        sway = 0;
        newtonSteps = 0;
        engine.start(start);
        fit();
        for (int i = 0; !ended() && (i < PLAIN_ITERATIONS || !accelerated); i++) {
            iterate();
        }
        if (!ended()) {
            relax();
        }
        if (!ended() && symmetric && symmetricStep().begin()) {
            fit();
            descend(symmetricStep());
        }
        if (!ended()) {
            newtonStep.begin();
            descend(newtonStep);
        }
        while (!ended() && attempt.persistent) {
            iterate();
        }
        conclude(hindrance, solution);
    }

    private SymmetricStep symmetricStep() {
        if (symmetricStep == null) {
            symmetricStep = new SymmetricStep(engine);
        }
        return symmetricStep;
    }

    /** Also where sums have vanished, so that nothing more can come of them. */
    private boolean ended() {
        return error <= GOAL * tolerance || engine.sweeps() >= allowed || Double.isNaN(error);
    }

    /** @param rate by what the error is foreseen to shrink */
    private void fit(double rate) {
        if (error * rate <= GOAL * tolerance) {
            engine.measureNext();
        }
        fit();
    }

    private void fit() {
        previousError = error;
        engine.fit(sums);
        error = relativeError(sums, nu);
    }

    /** Sinkhorn's own: columns to their marginals, then rows. */
    private void iterate() {
        for (int j = 0; j < nu.length; j++) {
            factors[j] = nu[j] > 0 ? nu[j] / sums[j] : 1;
        }
        engine.scale(factors);
        fit(error / previousError);
    }

    /**
     * Over-relaxation in the form of a momentum. With rows fitted, errors of the columns shrink like {@code sigma^2} along
     * the plan's singular vectors; steps of {@code omega^2} with a momentum of {@code (omega - 1)^2} shrink all of them like
     * {@code omega - 1}, where {@code omega = 2 / (1 + sqrt(1 - sigma^2))}.
     */
    private void relax() {
        double rate = error / previousError;
        double root = Math.sqrt(1 - Math.min(rate, 1));
        double omega = 2 / (1 + root);
        double foreseen = Math.log(GOAL * tolerance / error) / Math.log(omega - 1);
        if (!(rate < 1 && error < SMALL_ERROR && foreseen <= RELAXED_ITERATIONS)) {
            return;
        }
        relaxation = omega;
        double least = error;
        for (int i = 0; !ended() && i < MAX_RELAXED && error <= least; i++) {
            least = error;
            for (int j = 0; j < nu.length; j++) {
                double own = nu[j] > 0 ? nu[j] / sums[j] - 1 : 0;
                change[j] = i == 0 ? own : omega * omega * own + (omega - 1) * (omega - 1) * change[j];
                factors[j] = 1 + Math.max(change[j], -SMALL_ERROR);
            }
            engine.scale(factors);
            fit(omega - 1);
        }
    }

    /**
     * Takes steps until the marginals are met, and the potentials known: where they are nearly free an error far within the
     * tolerance moves them a lot, by about as much for its size as in the step before.
     */
    private void descend(DualStep step) {
        double dual = step.dual();
        double best = error;
        int further = 0;
        boolean faint = faint();
        for (int sinceBest = 0; !(ended() && (potentialsKnown() || further == MAX_FURTHER)) && sinceBest < PATIENCE
                && newtonSteps < attempt.steps && engine.sweeps() < allowed; sinceBest++) {
            further += ended() ? 1 : 0;
            if (error < NEAR) {
                engine.sumExactly();
            }
            if (!step.solve(sums, accuracy(), passesLeft())) {
                return;
            }
            dual = follow(step, dual);
            newtonSteps++;
            if (faint && !ended()) {
                iterate();
                dual = step.dual();
            }
            if (error < best) {
                best = error;
                sinceBest = 0;
            }
        }
    }

    /**
     * Whether the residual of equations that are solved for all columns at once says nothing of those with the least mass, so
     * that these must be fitted by themselves after every step.
     */
    private boolean faint() {
        double least = Double.POSITIVE_INFINITY;
        double greatest = 0;
        for (double mass : nu) {
            least = mass > 0 ? Math.min(least, mass) : least;
            greatest = Math.max(greatest, mass);
        }
        return least < FAINT * greatest;
    }

    /** Passes that equations may take: one is for where they lead. */
    private int passesLeft() {
        return Math.max(allowed - engine.sweeps() - 1, 0);
    }

    /** To what part equations are solved: the nearer, the better. */
    private double accuracy() {
        return Math.max(Math.min(0.5, Math.sqrt(error)), MIN_ACCURACY);
    }

    private boolean potentialsKnown() {
        return sway * error <= POTENTIAL_ACCURACY || tolerance >= NEAR;
    }

    /**
     * Goes as far along a step as the dual falls, or the error, for near the end the dual's changes drown in rounding;
     * returns where that has led the dual.
     */
    private double follow(DualStep step, double dual) {
        double largest = largest(step.step());
        sway = largest / error;
        double length = Math.min(1, NewtonStep.MAX_STEP / largest);
        double before = error;
        move(step, length);
        double next = step.dual();
        double rounding = DUAL_ROUNDING * Support.total(mu);
        while (!(next <= dual + MIN_GAIN * length * step.slope() + rounding || error < before) && length > MIN_LENGTH
                && engine.sweeps() < allowed) {
            move(step, (SHORTENING - 1) * length);
            length *= SHORTENING;
            next = step.dual();
        }
        return next;
    }

    static double largest(double[] step) {
        double largest = 0;
        for (double change : step) {
            largest = Math.max(largest, Math.abs(change));
        }
        return largest;
    }

    private void move(DualStep step, double length) {
        step.move(length);
        for (int j = 0; j < nu.length; j++) {
            factors[j] = Math.exp(length * step.step()[j]);
        }
        engine.scale(factors);
        fit();
    }

    /** What the plan at hand has reached; its errors are measured elsewhere. */
    private void conclude(String hindrance, SolveBuffer solution) {
        engine.potentials(u, v);
        double shift = Potentials.mean(v);
        System.arraycopy(u, 0, solution.u, 0, u.length);
        System.arraycopy(v, 0, solution.v, 0, v.length);
        Potentials.toNatural(solution.u, shift);
        Potentials.toNatural(solution.v, -shift);
        solution.spent(engine.sweeps(), newtonSteps, relaxation);
        solution.reached(error / previousError);
        solution.ended(error <= tolerance, hindrance);
    }

    static double relativeError(double[] sums, double[] targets) {
        double largest = 0;
        for (int i = 0; i < sums.length; i++) {
            double error = targets[i] > 0 ? Math.abs(sums[i] / targets[i] - 1) : 0;
            if (Double.isNaN(error)) {
                return error;
            }
            largest = error > largest ? error : largest;
        }
        return largest;
    }
}
