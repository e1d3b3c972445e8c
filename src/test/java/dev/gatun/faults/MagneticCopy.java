package dev.gatun.faults;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.LogKernel;
import java.util.EnumSet;
import java.util.Set;

/** Magnetic diffusion whose matrix is formed, in float32 arithmetic; each step may be overridden by a fault. */
class MagneticCopy extends MatrixCopy {

    private final float charge;

    MagneticCopy(double charge) {
        super(LogKernel.SYMMETRIC, false);
        this.charge = (float) charge;
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.TEMPERATURE);
    }

    @Override
    public float[] apply(Head head) {
        float[][] p = weights(head);
        int width = head.valueColumns();
        float[] out = new float[2 * p.length * width];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                float phase = phase(charge, head, i, j);
                for (int c = 0; c < width; c++) {
                    float weighted = p[i][j] * head.values()[j * width + c];
                    out[2 * (i * width + c)] += weighted * cosine(phase);
                    out[2 * (i * width + c) + 1] += weighted * (float) Math.sin(phase);
                }
            }
        }
        return out;
    }

    float phase(float charge, Head head, int i, int j) {
        return charge * direction(head, i, j);
    }

    float direction(Head head, int i, int j) {
        Head cold = head.withBeta(1);
        return score(cold, i, i) - score(cold, j, j) - (score(cold, i, j) - score(cold, j, i));
    }

    float cosine(float phase) {
        return (float) Math.cos(phase);
    }
}
