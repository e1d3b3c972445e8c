package dev.gatun.faults;

import dev.gatun.laws.ChainUnderTest;

/** The figures of a chain by elimination and by definition, in float64 arithmetic; each step may be overridden by a fault. */
class ChainCopy implements ChainUnderTest {

    @Override
    public Figures figures(double[][] transitions) {
        double[] law = law(transitions);
        double[][] currents = new double[law.length][law.length];
        double entropy = 0;
        for (int i = 0; i < law.length; i++) {
            for (int j = 0; j < law.length; j++) {
                double flow = law[i] * transitions[i][j];
                double back = law[j] * transitions[j][i];
                currents[i][j] = current(flow, back);
                entropy += produced(flow, back);
            }
        }
        return new Figures(law, currents, entropy / 2);
    }

    /** After Grassmann, Taksar and Heyman (1985): no step subtracts. */
    double[] law(double[][] transitions) {
        int n = transitions.length;
        double[][] rates = new double[n][];
        for (int i = 0; i < n; i++) {
            rates[i] = transitions[i].clone();
        }
        double[] leaving = new double[n];
        for (int k = n - 1; k > 0; k--) {
            for (int j = 0; j < k; j++) {
                leaving[k] += rates[k][j];
            }
            for (int i = 0; i < k; i++) {
                for (int j = 0; j < k; j++) {
                    rates[i][j] += rates[i][k] / leaving[k] * rates[k][j];
                }
            }
        }
        return masses(rates, leaving);
    }

    double[] masses(double[][] rates, double[] leaving) {
        double[] law = new double[leaving.length];
        law[0] = 1;
        double total = 1;
        for (int k = 1; k < law.length; k++) {
            for (int i = 0; i < k; i++) {
                law[k] += law[i] * rates[i][k] / leaving[k];
            }
            total += law[k];
        }
        for (int k = 0; k < law.length; k++) {
            law[k] /= total;
        }
        return law;
    }

    double current(double flow, double back) {
        return flow - back;
    }

    double produced(double flow, double back) {
        return flow == back ? 0 : (flow - back) * Math.log(flow / back);
    }
}
