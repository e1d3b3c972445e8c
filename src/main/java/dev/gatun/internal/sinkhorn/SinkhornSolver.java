package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.sinkhorn.trace.StepKind;

/**
 * Computes the potentials of one head: Sinkhorn's alternate fitting of rows and columns (Sinkhorn 1964; equations B2 to B4 of
 * arXiv 2604.09560), accelerated once its rate of contraction is known.
 *
 * <p>Every pass fits the rows exactly and sums the columns, so the error of the columns is that of the current coupling. A few plain
 * iterations measure the rate. If over-relaxation at that rate is predicted to converge in a few iterations it follows, as a momentum
 * of the column potentials; otherwise, or if it has not converged, Newton steps on the dual follow. Potentials are in units of log 2
 * inside, and in natural units in the result.
 */
final class SinkhornSolver {

    /** Plain iterations before the rate is measured. */
    private static final int PLAIN_ITERATIONS = 3;

    /** The largest predicted number of over-relaxed iterations, and of those that are taken. */
    private static final int PREDICTED_RELAXED = 6;
    private static final int MAX_RELAXED = 2 * PREDICTED_RELAXED;

    /** The error below which the rate predicts convergence. */
    private static final double MAX_RELAXED_ERROR = 0.3;

    private final SinkhornEngine engine;
    private final boolean accelerated;
    private final double[] nu;
    private final double[] u;
    private final double[] v;
    private final double[] momentum;
    private final SinkhornIterate iterate;
    private final DualDescent descent;
    private final NewtonStep newtonStep;
    private SymmetricStep symmetricStep;
    private double relaxation;

    /** @param accelerated whether over-relaxation and Newton steps may follow plain iterations */
    SinkhornSolver(SinkhornEngine engine, boolean accelerated) {
        this.engine = engine;
        this.accelerated = accelerated;
        this.nu = engine.nu();
        this.u = new double[engine.mu().length];
        this.v = new double[nu.length];
        this.momentum = new double[nu.length];
        this.iterate = new SinkhornIterate(engine);
        this.descent = new DualDescent(engine, iterate);
        this.newtonStep = new NewtonStep(engine);
    }

    /**
     * Solves for the marginals that the engine has now.
     *
     * @param start column potentials to start at, in units of log 2; minus infinity for a column without mass
     * @param out   receives potentials, contraction and the trace; passes and steps are added to those it has
     */
    void solve(double[] start, SolveRequest request, SolveBuffer out) {
        relaxation = 1;
        descent.begin(request.tolerance(), request.phase().maxNewtonSteps);
        iterate.start(start, request.tolerance(), request.maxPasses(accelerated), out.trace());
        for (int i = 0; !iterate.ended() && (i < PLAIN_ITERATIONS || !accelerated); i++) {
            iterate.alternate();
        }
        if (!iterate.ended()) {
            relax();
        }
        if (!iterate.ended() && request.symmetric() && symmetricStep().begin()) {
            iterate.fit(StepKind.AVERAGED);
            descent.descend(symmetricStep());
        }
        if (!iterate.ended()) {
            newtonStep.begin();
            descent.descend(newtonStep);
        }
        while (!iterate.ended() && request.phase().endsWithIterations) {
            iterate.alternate();
        }
        write(request, out);
    }

    private SymmetricStep symmetricStep() {
        if (symmetricStep == null) {
            symmetricStep = new SymmetricStep(engine);
        }
        return symmetricStep;
    }

    /**
     * Over-relaxation as a momentum. With the rows fitted, errors of the columns shrink like {@code sigma^2} along the singular
     * vectors of the coupling; steps of {@code omega^2} with a momentum of {@code (omega - 1)^2} shrink all of them like
     * {@code omega - 1}, where {@code omega = 2 / (1 + sqrt(1 - sigma^2))}.
     */
    private void relax() {
        double rate = iterate.contraction();
        double root = Math.sqrt(1 - Math.min(rate, 1));
        double omega = 2 / (1 + root);
        double predicted = StrictMath.log(iterate.goal() / iterate.error()) / StrictMath.log(omega - 1);
        if (!(rate < 1 && iterate.error() < MAX_RELAXED_ERROR && predicted <= PREDICTED_RELAXED)) {
            return;
        }
        relaxation = omega;
        double[] sums = iterate.sums();
        double[] factors = iterate.factors();
        double least = iterate.error();
        for (int i = 0; !iterate.ended() && i < MAX_RELAXED && iterate.error() <= least; i++) {
            least = iterate.error();
            for (int j = 0; j < nu.length; j++) {
                double own = nu[j] > 0 ? nu[j] / sums[j] - 1 : 0;
                momentum[j] = i == 0 ? own : omega * omega * own + (omega - 1) * (omega - 1) * momentum[j];
                factors[j] = 1 + Math.max(momentum[j], -MAX_RELAXED_ERROR);
            }
            iterate.scale(StepKind.OVER_RELAXED, omega - 1);
        }
    }

    /** Writes the current potentials; the sums of the operator are measured elsewhere. */
    private void write(SolveRequest request, SolveBuffer out) {
        engine.potentials(u, v);
        out.setPotentials(u, v, Potentials.mean(v));
        out.add(engine.passes(), descent.steps(), relaxation, iterate.contraction());
        out.end(iterate.error() <= request.tolerance(), request.obstruction());
    }
}
