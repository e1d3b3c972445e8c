package dev.gatun.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

/** oneDNN's BLAS-like matrix product, on the calling thread. */
final class OneDnnGemmScores extends NativeScores {

    OneDnnGemmScores(float[] q, float[] k, int tokens, int dimension) {
        super(q, k, tokens, dimension);
        OneDnn.useCallerAlone();
    }

    @Override
    public void run() {
        int status = dnnl_sgemm((byte) 'N', (byte) 'T', tokens, tokens, dimension,
                1f, q, dimension, k, dimension, 0f, product, tokens);
        if (status != dnnl_success) {
            throw new IllegalStateException("dnnl_sgemm returned " + status);
        }
    }
}
