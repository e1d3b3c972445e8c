package dev.gatun.dynamics;

import dev.gatun.kernel.ColumnProducts;

/** The orthogonalisation of Arnoldi's method (1951): {@code A v_m = sum_{k<=m} h_km v_k + rest}, with an orthonormal basis v. */
final class Arnoldi {

    private Arnoldi() {
    }

    /**
     * Replaces {@code A v_m} by its part orthogonal to the basis, in two passes of Gram and Schmidt.
     *
     * @param basis     orthonormal vectors {@code v_0 .. v_m}
     * @param image     {@code A v_m}
     * @param projected column m of H, to which the coefficients are added
     */
    static void orthogonalise(double[][] basis, int m, double[] image, double[][] projected) {
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k <= m; k++) {
                double part = ColumnProducts.product(basis[k], image);
                projected[k][m] += part;
                ColumnProducts.add(-part, basis[k], image);
            }
        }
    }

    /** {@code |x|}. */
    static double length(double[] x) {
        return Math.sqrt(ColumnProducts.product(x, x));
    }
}
