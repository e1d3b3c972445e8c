package dev.gatun.faults;

import dev.gatun.laws.ChainUnderTest;

/** The figures of a chain by elimination and by definition, in float64 arithmetic; each step may be overridden by a fault. */
class ChainCopy implements ChainUnderTest {

    @Override
    public Figures figures(double[][] transitions) {
        double[] stationary = stationary(transitions);
        double[][] currents = new double[stationary.length][stationary.length];
        double entropy = 0;
        for (int i = 0; i < stationary.length; i++) {
            for (int j = 0; j < stationary.length; j++) {
                double flow = stationary[i] * transitions[i][j];
                double backward = stationary[j] * transitions[j][i];
                currents[i][j] = current(flow, backward);
                entropy += produced(flow, backward);
            }
        }
        return new Figures(stationary, currents, entropy / 2);
    }

    /** After Grassmann, Taksar and Heyman (1985): no step subtracts. */
    double[] stationary(double[][] transitions) {
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
        double[] stationary = new double[leaving.length];
        stationary[0] = 1;
        double total = 1;
        for (int k = 1; k < stationary.length; k++) {
            for (int i = 0; i < k; i++) {
                stationary[k] += stationary[i] * rates[i][k] / leaving[k];
            }
            total += stationary[k];
        }
        for (int k = 0; k < stationary.length; k++) {
            stationary[k] /= total;
        }
        return stationary;
    }

    double current(double flow, double backward) {
        return flow - backward;
    }

    double produced(double flow, double backward) {
        return flow == backward ? 0 : (flow - backward) * Math.log(flow / backward);
    }
}
