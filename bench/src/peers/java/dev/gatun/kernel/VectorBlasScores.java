package dev.gatun.kernel;

import dev.ludovic.netlib.blas.JavaBLAS;

/** netlib's matrix product in the Vector API, on the calling thread. */
final class VectorBlasScores implements ScoreProduct {

    private final JavaBLAS blas = JavaBLAS.getInstance();
    private final float[] q;
    private final float[] k;
    private final int tokens;
    private final int dimension;
    private final float[] product;

    VectorBlasScores(float[] q, float[] k, int tokens, int dimension) {
        if (!blas.getClass().getSimpleName().equals("VectorBLAS")) {
            throw new IllegalStateException("netlib took " + blas.getClass() + " in place of VectorBLAS");
        }
        this.q = q;
        this.k = k;
        this.tokens = tokens;
        this.dimension = dimension;
        product = new float[tokens * tokens];
    }

    /** Column by column what others have row by row, so the product asked for is {@code K Q^T}. */
    @Override
    public void run() {
        blas.sgemm("T", "N", tokens, tokens, dimension, 1f, k, dimension, q, dimension, 0f, product, tokens);
    }

    @Override
    public float[] result() {
        return product;
    }

    @Override
    public void close() {
    }
}
