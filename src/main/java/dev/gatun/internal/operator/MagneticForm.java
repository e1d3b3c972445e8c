package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.kernel.LogTwo;

/**
 * Magnetic diffusion, {@code P^g = D^-1 H} with {@code H_ij = W_ij exp(i g w_ij)}, W normalised by alpha (Fanuel et al. 2017).
 *
 * @param charge g
 * @param beta   the inverse temperature of the scores
 */
public record MagneticForm(double charge, double alpha, double beta) implements OperatorForm {

    /** The factor of inner products below which every modulus is 1 to its last bit; phases would be lost before it is 0. */
    public static final double MIN_FACTOR = 0x1p-900;

    @Override
    public String label() {
        return "magnetic";
    }

    @Override
    public boolean isComplex() {
        return true;
    }

    @Override
    public boolean needsSelfScores() {
        return true;
    }

    @Override
    public boolean needsVisibleSelf() {
        return true;
    }

    @Override
    public boolean hasConjugate() {
        return true;
    }

    /** The factor by which potentials and phases multiply the errors of the log-kernels. */
    @Override
    public double growth() {
        return Math.max(Math.max(1, Math.abs(alpha)), 2 * Math.PI * Math.abs(kappa()));
    }

    /** Turns of phase for a unit of the log-kernels' difference. */
    public double kappa() {
        return charge * LogTwo.VALUE / (2 * Math.PI * beta);
    }

    @Override
    public void requireMeasurable(HeadScores inputs, int head) {
        head(inputs, head).kernel();
    }

    @Override
    public MagneticHead head(HeadScores inputs, int head) {
        return new MagneticHead(this, inputs);
    }
}
