package dev.gatun;

import dev.gatun.internal.operator.MagneticForm;
import dev.gatun.internal.view.Checks;

/**
 * Magnetic diffusion, {@code P^g = D^-1 H} with {@code H_ij = W_ij exp(i g w_ij)}: complex, row moduli summing to 1. Made
 * by {@link Scores#magnetic(double, double)}.
 *
 * <p>Complex results lie in float matrices of twice the columns, real and imaginary parts side by side (the layout of
 * complex64). At charge 0 the imaginary parts are zero and the real parts are those of diffusion.
 */
public final class MagneticOperator extends KernelOperator {

    private final MagneticForm form;

    MagneticOperator(Scores scores, MagneticForm form) {
        super(scores, form);
        this.form = form;
    }

    static MagneticOperator of(Scores scores, double charge, double alpha) {
        Scores raised = scores.withFactorFrom(MagneticForm.MIN_FACTOR);
        MagneticForm form = new MagneticForm(charge, alpha, raised.inputs().beta());
        Checks.finite(form.kappa(), "charge / beta");
        return new MagneticOperator(raised, form);
    }

    @Override
    public MagneticOperator withWorkers(Workers newWorkers) {
        return new MagneticOperator(scores.withWorkers(newWorkers), form);
    }
}
