package dev.gatun.faults;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Declined;
import dev.gatun.laws.Head;
import dev.gatun.laws.LogKernel;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** Sinkhorn's iteration on logarithms, whose coupling is formed; each step may be overridden by a fault. */
class SinkhornCopy extends MatrixCopy {

    static final double TOLERANCE = 1e-5;

    SinkhornCopy() {
        super(LogKernel.SCORES, false);
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.OTHER_KEYS, Capability.QUERY_GAUGE, Capability.MARGINALS);
    }

    @Override
    float[][] weights(Head head) {
        float[][] z = logWeights(head);
        double[] mu = rowMasses(head);
        double[] nu = columnMasses(head);
        double[] u = new double[mu.length];
        double[] v = new double[nu.length];
        for (int iteration = 0; iteration < 300; iteration++) {
            for (int i = 0; i < u.length; i++) {
                u[i] = potential(mu[i], z[i], v);
            }
            for (int j = 0; j < v.length; j++) {
                v[j] = potential(nu[j], column(z, j), u);
            }
            float[][] coupling = coupling(z, u, v);
            if (rowError(coupling, mu) <= TOLERANCE / 2 && isFinite(u, mu)) {
                return coupling;
            }
        }
        throw new Declined("300 iterations were not enough");
    }

    private static boolean isFinite(double[] u, double[] mu) {
        for (int i = 0; i < u.length; i++) {
            if (Double.isNaN(u[i]) || mu[i] > 0 && Double.isInfinite(u[i])) {
                return false;
            }
        }
        return true;
    }

    double[] rowMasses(Head head) {
        return head.rowMasses();
    }

    double[] columnMasses(Head head) {
        return head.columnMasses();
    }

    /** {@code log mass - log sum_k exp(z_k + other_k)}; minus infinity for no mass. */
    double potential(double mass, float[] z, double[] other) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < z.length; k++) {
            greatest = Math.max(greatest, z[k] + other[k]);
        }
        double sum = 0;
        for (int k = 0; k < z.length; k++) {
            sum += Math.exp(z[k] + other[k] - greatest);
        }
        return mass == 0 ? Double.NEGATIVE_INFINITY : Math.log(mass) - greatest - Math.log(sum);
    }

    float[][] coupling(float[][] z, double[] u, double[] v) {
        float[][] coupling = new float[u.length][v.length];
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < v.length; j++) {
                coupling[i][j] = (float) Math.exp(z[i][j] + u[i] + v[j]);
            }
        }
        return coupling;
    }

    double rowError(float[][] coupling, double[] mu) {
        double error = 0;
        for (int i = 0; i < mu.length; i++) {
            double sum = 0;
            for (float entry : coupling[i]) {
                sum += entry;
            }
            error = Math.max(error, mu[i] == 0 ? 0 : Math.abs(sum / mu[i] - 1));
        }
        return error;
    }

    private static float[] column(float[][] z, int j) {
        float[] column = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            column[i] = z[i][j];
        }
        return column;
    }

    static double[] lifted(double[] masses) {
        return Arrays.stream(masses).map(mass -> mass + 1e-7).toArray();
    }
}
