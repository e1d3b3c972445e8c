package dev.gatun.laws;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Laws of magnetic diffusion {@code P^g = D^-1 H}, {@code H_ij = exp(-beta d_ij) exp(i g w_ij)}. Results are complex: the real and the
 * imaginary part of each entry in turn.
 */
public interface MagneticLaws extends LawSuite {

    /** Sums. */
    Law UNIT_MODULI = new Law("moduli of rows sum to 1", "sum_j |P^g_ij| = 1", "arXiv 1606.08266; D_i = sum_j W_ij");

    /** The definition. */
    Law PHASE = new Law("the phase is the charge times the direction", "P^g_ij = P+_ij exp(i g w_ij)", "arXiv 1606.08266, section 2");

    /** Symmetry. */
    Law HERMITIAN = new Law("flows are Hermitian", "pi_i P^g_ij = conj(pi_j P^g_ji)", "w_ij = -w_ji and W_ij = W_ji");

    /** No charge. */
    Law UNCHARGED = new Law("without charge it is diffusion", "P^0 = P+", "exp(0) = 1");

    /** The opposite charge. */
    Law OPPOSITE = new Law("the opposite charge conjugates", "P^-g = conj(P^g)", "exp(-i x) = conj(exp(i x))");

    /** The gauge group U(1). */
    Law U1 = new Law("a common shift of the queries rotates phases", "P'_ij = P_ij exp(i g (f_i - f_j)), f_i = 2 tau <c, k_i>",
            "w_ij + f_i - f_j conjugates by a diagonal unitary: arXiv 1606.08266");

    /** The spectrum of the Laplacian. */
    Law SPECTRUM = new Law("the spectrum of the Laplacian is in [0, 2]", "|<x, P^g x>_pi| <= <x, x>_pi, and real",
            "L^g = I - D^-1/2 H D^-1/2: arXiv 1606.08266");

    /** Streamed and materialised. */
    Law COMPLEX_PRODUCT = new Law("complex results are the matrix times the values", "apply(V) = matrix() V", "P is a matrix");

    /**
     * The operator at a charge.
     *
     * @param charge the charge g
     * @return the operator
     */
    OperatorUnderTest operator(double charge);

    @Override
    default OperatorUnderTest operator() {
        return operator(0.25);
    }

    @Override
    default LogKernel logKernel() {
        return LogKernel.SYMMETRIC;
    }

    /**
     * The charges at which the laws are tested.
     *
     * @return the source of charges
     */
    @Provide
    default Arbitrary<Double> charges() {
        return Arbitraries.of(0.25, 0.5, 1.0, 2.0, -0.7, 0.01);
    }

    /**
     * Tests {@link #UNIT_MODULI}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 60)
    @Label("moduli of rows sum to 1")
    default void moduliOfRowsSumToOne(@ForAll("squareHeads") Head head, @ForAll("charges") double charge) {
        Bounded z = LogKernel.of(this, head);
        Complex p = matrix(UNIT_MODULI, charge, head);
        for (int i = 0; i < z.rows(); i++) {
            double sum = 0;
            for (int j = 0; j < z.columns(); j++) {
                sum += Math.hypot(p.real()[i][j], p.imaginary()[i][j]);
            }
            int row = i;
            UNIT_MODULI.near(1, sum, z.unitError(i) + 8 * z.roundoff(), new Charged(charge, head), () -> "the sum of row " + row);
        }
    }

    /**
     * Tests {@link #PHASE}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 100)
    @Label("the phase is the charge times the direction")
    default void thePhaseIsTheChargeTimesTheDirection(@ForAll("squareHeads") Head head, @ForAll("charges") double charge) {
        Bounded modulus = LogKernel.of(this, head).softmaxOfRows();
        Bounded w = LogKernel.direction(head, operator().unitRoundoff());
        Complex p = matrix(PHASE, charge, head);
        for (int i = 0; i < w.rows(); i++) {
            for (int j = 0; j < w.columns(); j++) {
                double phase = charge * w.value(i, j);
                double size = modulus.value(i, j);
                double bound = modulus.error(i, j) + size * phaseError(w, charge, i, j);
                requireNear(PHASE, size * Math.cos(phase), size * Math.sin(phase), p, i, j, bound, new Charged(charge, head));
            }
        }
    }

    /**
     * Tests {@link #HERMITIAN}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 60)
    @Label("flows are Hermitian")
    default void flowsAreHermitian(@ForAll("squareHeads") Head head, @ForAll("charges") double charge) {
        Bounded z = LogKernel.of(this, head);
        Bounded modulus = z.softmaxOfRows();
        Bounded w = LogKernel.direction(head, z.roundoff());
        double[] pi = z.stationary();
        Complex p = matrix(HERMITIAN, charge, head).timesRows(pi);
        for (int i = 0; i < pi.length; i++) {
            for (int j = 0; j <= i; j++) {
                double flow = pi[i] * modulus.value(i, j);
                double bound = pi[i] * modulus.error(i, j) + pi[j] * modulus.error(j, i) + 2 * flow * phaseError(w, charge, i, j);
                requireNear(HERMITIAN, p.real()[j][i], -p.imaginary()[j][i], p, i, j, bound, new Charged(charge, head));
            }
        }
    }

    /**
     * Tests {@link #UNCHARGED}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 50)
    @Label("without charge it is diffusion")
    default void withoutChargeItIsDiffusion(@ForAll("squareHeads") Head head) {
        Bounded diffusion = LogKernel.of(this, head).softmaxOfRows();
        Complex p = matrix(UNCHARGED, 0, head);
        for (int i = 0; i < diffusion.rows(); i++) {
            for (int j = 0; j < diffusion.columns(); j++) {
                requireNear(UNCHARGED, diffusion.value(i, j), 0, p, i, j, diffusion.error(i, j), head);
            }
        }
    }

    /**
     * Tests {@link #OPPOSITE}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 50)
    @Label("the opposite charge conjugates")
    default void theOppositeChargeConjugates(@ForAll("squareHeads") Head head, @ForAll("charges") double charge) {
        Bounded modulus = LogKernel.of(this, head).softmaxOfRows();
        Bounded w = LogKernel.direction(head, modulus.roundoff());
        Complex p = matrix(OPPOSITE, charge, head);
        Complex opposite = matrix(OPPOSITE, -charge, head);
        for (int i = 0; i < w.rows(); i++) {
            for (int j = 0; j < w.columns(); j++) {
                double bound = 2 * modulus.error(i, j) + 2 * modulus.value(i, j) * phaseError(w, charge, i, j);
                requireNear(OPPOSITE, p.real()[i][j], -p.imaginary()[i][j], opposite, i, j, bound, new Charged(charge, head));
            }
        }
    }

    /**
     * Tests {@link #U1}.
     *
     * @param head a square head with scores of a few units, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 60)
    @Label("a common shift of the queries rotates phases")
    default void aCommonShiftOfTheQueriesRotatesPhases(@ForAll("mildHeads") Head head, @ForAll("charges") double charge) {
        float[] shift = new float[head.d()];
        shift[0] = 3;
        Head moved = head.moved(shift, new float[head.d()]);
        Bounded modulus = LogKernel.of(this, head).softmaxOfRows();
        Bounded modulusMoved = LogKernel.of(this, moved).softmaxOfRows();
        Bounded w = LogKernel.direction(head, modulus.roundoff());
        Bounded wMoved = LogKernel.direction(moved, modulus.roundoff());
        Complex before = matrix(U1, charge, head);
        Complex after = matrix(U1, charge, moved);
        for (int i = 0; i < w.rows(); i++) {
            for (int j = 0; j < w.columns(); j++) {
                double rotation = charge * 2 * 3 * (head.keys()[i * head.d()] - head.keys()[j * head.d()]) / Math.sqrt(head.d());
                double real = before.real()[i][j] * Math.cos(rotation) - before.imaginary()[i][j] * Math.sin(rotation);
                double imaginary = before.real()[i][j] * Math.sin(rotation) + before.imaginary()[i][j] * Math.cos(rotation);
                double bound = modulus.error(i, j) + modulusMoved.error(i, j)
                        + modulus.value(i, j) * (phaseError(w, charge, i, j) + phaseError(wMoved, charge, i, j));
                requireNear(U1, real, imaginary, after, i, j, 2 * bound, new Charged(charge, head));
            }
        }
    }

    /**
     * Tests {@link #SPECTRUM}, x being the columns of the values.
     *
     * @param head a head with as many keys as queries, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 60)
    @Label("the spectrum of the Laplacian is in [0, 2]")
    default void theSpectrumOfTheLaplacianIsInZeroToTwo(@ForAll("squareHeads") Head head, @ForAll("charges") double charge) {
        Bounded z = LogKernel.of(this, head);
        Bounded modulus = z.softmaxOfRows();
        Bounded w = LogKernel.direction(head, z.roundoff());
        double[] pi = z.stationary();
        double[][] x = head.valueRows();
        Complex px = result(SPECTRUM, charge, head);
        for (int c = 0; c < head.valueColumns(); c++) {
            double form = 0;
            double imaginary = 0;
            double square = 0;
            double bound = 0;
            for (int i = 0; i < pi.length; i++) {
                form += pi[i] * x[i][c] * px.real()[i][c];
                imaginary += pi[i] * x[i][c] * px.imaginary()[i][c];
                square += pi[i] * x[i][c] * x[i][c];
                bound += pi[i] * Math.abs(x[i][c]) * resultError(modulus, w, charge, x, i, c);
            }
            double size = form;
            double limit = square + bound;
            SPECTRUM.holds(Math.abs(form) <= limit, new Charged(charge, head),
                    () -> "<x, P x>_pi is %s and should be from %s to %s".formatted(size, -limit, limit));
            SPECTRUM.near(0, imaginary, bound, new Charged(charge, head), () -> "the imaginary part of <x, P x>_pi");
        }
    }

    /**
     * Tests {@link #COMPLEX_PRODUCT}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     * @param charge the charge g
     */
    @Property(tries = 50)
    @Needs(Capability.MATRIX)
    @Label("complex results are the matrix times the values")
    default void complexResultsAreTheMatrixTimesTheValues(@ForAll("squareHeads") Head head, @ForAll("charges") double charge) {
        Bounded modulus = LogKernel.of(this, head).softmaxOfRows();
        Bounded w = LogKernel.direction(head, modulus.roundoff());
        double[][] x = head.valueRows();
        Complex p = matrix(COMPLEX_PRODUCT, charge, head);
        Complex px = result(COMPLEX_PRODUCT, charge, head);
        for (int i = 0; i < x.length; i++) {
            for (int c = 0; c < head.valueColumns(); c++) {
                double real = 0;
                double imaginary = 0;
                for (int j = 0; j < x.length; j++) {
                    real += p.real()[i][j] * x[j][c];
                    imaginary += p.imaginary()[i][j] * x[j][c];
                }
                requireNear(COMPLEX_PRODUCT, real, imaginary, px, i, c, 2 * resultError(modulus, w, charge, x, i, c),
                        new Charged(charge, head));
            }
        }
    }

    private Complex matrix(Law law, double charge, Head head) {
        OperatorUnderTest operator = operator(charge);
        return Complex.of(law.sized(operator.matrix(head), head.rows(), 2 * head.columns(), head), head.columns());
    }

    private Complex result(Law law, double charge, Head head) {
        OperatorUnderTest operator = operator(charge);
        return Complex.of(law.sized(operator.apply(head), head.rows(), 2 * head.valueColumns(), head), head.valueColumns());
    }

    private static double resultError(Bounded modulus, Bounded w, double charge, double[][] x, int i, int c) {
        double error = Bounded.FLUSHED;
        for (int j = 0; j < x.length; j++) {
            error += (modulus.error(i, j) + modulus.value(i, j) * (modulus.sumError() + phaseError(w, charge, i, j)))
                    * Math.abs(x[j][c]);
        }
        return error;
    }

    /** The error of {@code exp(i g w)}: that of its phase, of the reduction and of the rounding of the result; at most 2. */
    private static double phaseError(Bounded w, double charge, int i, int j) {
        double phase = Math.abs(charge * w.value(i, j));
        return Math.min(2, Math.abs(charge) * w.error(i, j) + w.roundoff() * (4 * phase + 8));
    }

    private static void requireNear(Law law, double real, double imaginary, Complex actual, int i, int j, double bound, Object input) {
        law.near(real, actual.real()[i][j], bound, input, () -> "the real part of [%d, %d]".formatted(i, j));
        law.near(imaginary, actual.imaginary()[i][j], bound, input, () -> "the imaginary part of [%d, %d]".formatted(i, j));
    }
}
