package dev.gatun.bench;

/** {@link PlainSinkhorn} as a provider. */
final class JavaSinkhorn implements Provider {

    private final PlainSinkhorn loops;

    JavaSinkhorn(SinkhornInputs inputs) {
        loops = new PlainSinkhorn(inputs.tokens(), inputs.dimension(), SinkhornInputs.SCALE, inputs.q(), inputs.k());
    }

    @Override
    public void run() {
        loops.iterate(SinkhornInputs.ITERATIONS);
    }

    @Override
    public float[] result() {
        double[] v = loops.columnPotentials();
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
