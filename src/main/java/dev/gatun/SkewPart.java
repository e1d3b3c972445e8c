package dev.gatun;

/**
 * The skew part {@code a = (s - s^T) / 2} of the scores of one head, and how much of it is no gradient, from Gram products of
 * {@code d x d}: the matrix of scores is not formed.
 *
 * <p>With {@code x = (q + k) / 2} and {@code y = (q - k) / 2} it is {@code a_ij = tau (<y_i, x_j> - <x_i, y_j>)}. Taking the means off x
 * and y takes off the gradient {@code g_i - g_j}, g being the row means of a, and nothing else: what is left is measured by itself,
 * and a small curl is not lost in the difference of large numbers.
 *
 * @param gradient {@code |g_i - g_j|^2 = 2 N |g|^2}, without the factor tau^2
 * @param curl     {@code |a_ij - (g_i - g_j)|^2}, likewise
 * @param whole    {@code |s|^2} of centred scores, likewise
 */
record SkewPart(double gradient, double curl, double whole) {

    /** Squares of skew parts below this part of the scores' are what rounding queries and keys to floats may have made. */
    private static final double NOTHING = 1e-13;

    /**
     * Of queries and keys.
     *
     * @param q {@code n x d}
     * @param k {@code n x d}
     */
    static SkewPart of(float[] q, float[] k, int n, int d) {
        double[] x = new double[n * d];
        double[] y = new double[n * d];
        for (int e = 0; e < n * d; e++) {
            x[e] = ((double) q[e] + k[e]) / 2;
            y[e] = ((double) q[e] - k[e]) / 2;
        }
        double[] meanX = mean(x, n, d);
        double[] meanY = mean(y, n, d);
        double gradient = 2 * n * squaredGradient(x, y, meanX, meanY, n, d);
        subtract(x, meanX, n, d);
        subtract(y, meanY, n, d);
        double[] xx = gram(x, x, n, d);
        double[] yy = gram(y, y, n, d);
        double[] yx = gram(y, x, n, d);
        double apart = 0;
        double together = 0;
        double whole = 0;
        for (int a = 0; a < d; a++) {
            for (int b = 0; b < d; b++) {
                apart += xx[a * d + b] * yy[a * d + b];
                together += yx[a * d + b] * yx[b * d + a];
                whole += (xx[a * d + b] + yy[a * d + b]) * (xx[a * d + b] + yy[a * d + b]);
            }
        }
        return new SkewPart(gradient, Math.max(0, 2 * (apart - together)), whole);
    }

    private static double[] mean(double[] vectors, int n, int d) {
        double[] mean = new double[d];
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < d; c++) {
                mean[c] += vectors[i * d + c] / n;
            }
        }
        return mean;
    }

    private static void subtract(double[] vectors, double[] mean, int n, int d) {
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < d; c++) {
                vectors[i * d + c] -= mean[c];
            }
        }
    }

    /** {@code |g|^2} of {@code g_i = <y_i, mean x> - <x_i, mean y>}. */
    private static double squaredGradient(double[] x, double[] y, double[] meanX, double[] meanY, int n, int d) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double g = 0;
            for (int c = 0; c < d; c++) {
                g += y[i * d + c] * meanX[c] - x[i * d + c] * meanY[c];
            }
            sum += g * g;
        }
        return sum;
    }

    /** {@code sum_i u_i v_i^T}. */
    private static double[] gram(double[] u, double[] v, int n, int d) {
        double[] gram = new double[d * d];
        for (int i = 0; i < n; i++) {
            for (int a = 0; a < d; a++) {
                double factor = u[i * d + a];
                for (int b = 0; b < d; b++) {
                    gram[a * d + b] += factor * v[i * d + b];
                }
            }
        }
        return gram;
    }

    /** The part of the skew part that is no gradient: 0 also where there is no skew part. */
    double curlFraction() {
        double skew = gradient + curl;
        return skew <= NOTHING * whole ? 0 : curl / skew;
    }
}
