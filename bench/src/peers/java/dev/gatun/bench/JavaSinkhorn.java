package dev.gatun.bench;

/** Sinkhorn's iterations on logarithms as anyone would write them in Java: loops over arrays of doubles. */
final class JavaSinkhorn implements Provider {

    private final SinkhornInputs inputs;
    private final double[][] z;
    private final double[] u;
    private final double[] v;

    JavaSinkhorn(SinkhornInputs inputs) {
        this.inputs = inputs;
        this.z = new double[inputs.tokens()][inputs.tokens()];
        this.u = new double[inputs.tokens()];
        this.v = new double[inputs.tokens()];
    }

    @Override
    public void run() {
        score();
        java.util.Arrays.fill(v, 0.0);
        for (int i = 0; i < SinkhornInputs.ITERATIONS; i++) {
            fitRows();
            fitColumns();
        }
    }

    private void score() {
        int d = inputs.dimension();
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < z.length; j++) {
                double sum = 0;
                for (int c = 0; c < d; c++) {
                    sum += (double) inputs.q()[i * d + c] * inputs.k()[j * d + c];
                }
                z[i][j] = sum * SinkhornInputs.SCALE;
            }
        }
    }

    private void fitRows() {
        for (int i = 0; i < z.length; i++) {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < z.length; j++) {
                greatest = Math.max(greatest, z[i][j] + v[j]);
            }
            double sum = 0;
            for (int j = 0; j < z.length; j++) {
                sum += Math.exp(z[i][j] + v[j] - greatest);
            }
            u[i] = -greatest - Math.log(sum);
        }
    }

    private void fitColumns() {
        double[] greatest = new double[v.length];
        double[] sums = new double[v.length];
        java.util.Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < v.length; j++) {
                greatest[j] = Math.max(greatest[j], z[i][j] + u[i]);
            }
        }
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < v.length; j++) {
                sums[j] += Math.exp(z[i][j] + u[i] - greatest[j]);
            }
        }
        for (int j = 0; j < v.length; j++) {
            v[j] = -greatest[j] - Math.log(sums[j]);
        }
    }

    @Override
    public float[] result() {
        float[] result = new float[v.length];
        for (int j = 0; j < result.length; j++) {
            result[j] = (float) v[j];
        }
        return result;
    }

    @Override
    public void close() {
    }
}
