package dev.gatun.kernel;

import static org.bytedeco.openblas.global.openblas_full.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_full.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_full.CblasTrans;
import static org.bytedeco.openblas.global.openblas_full.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_full.openblas_set_num_threads;

/** OpenBLAS's matrix product, on the calling thread. */
final class OpenBlasScores extends NativeScores {

    OpenBlasScores(float[] q, float[] k, int tokens, int dimension) {
        super(q, k, tokens, dimension);
        openblas_set_num_threads(1);
    }

    @Override
    public void run() {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, tokens, tokens, dimension,
                1f, q, dimension, k, dimension, 0f, product, tokens);
    }
}
