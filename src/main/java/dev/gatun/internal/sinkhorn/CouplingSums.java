package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;

/** Sums over a coupling, in one pass over the kernel in float64, and the {@link Figures} that follow from them. */
public final class CouplingSums {

    /** Deviations below which {@code (1 + x) log(1 + x) - x} is computed by its series. */
    private static final double SMALL = 1e-3;

    /** The largest exponent that is passed on; larger powers are infinite as well. */
    private static final double MAX_EXPONENT = 2000;

    /** Totals above this are divided by 2 to the power of {@link #LARGE_UNIT}. */
    private static final double LARGE_TOTAL = 1e200;
    private static final int LARGE_UNIT = 128;

    private final int unit;
    private final double[] mu;
    private final double[] nu;
    private final double[] u;
    private final double[] v;
    private final double[] rowSums;
    private final double[] columnSums;
    private final double[] rowCosts;
    private final double[] rowProducts;
    private final double[] logMu;
    private final double[] logNu;
    private double mass;
    private double transport;
    private double klProduct;
    private double logarithms;

    /**
     * Sums over {@code exp(z_ij + u_i + v_j)}, tile by tile. Workers share the blocks of rows, and column sums add them in order.
     *
     * @param kernel   the log-kernel z in float64
     * @param mu       row marginals
     * @param nu       column marginals
     * @param naturalU row potentials in natural units
     * @param naturalV column potentials likewise
     */
    public CouplingSums(LogKernel kernel, double[] mu, double[] nu, double[] naturalU, double[] naturalV, HeadLoop.Pieces pieces) {
        this.unit = Math.max(Support.total(mu), Support.total(nu)) > LARGE_TOTAL ? LARGE_UNIT : 0;
        this.mu = scaled(mu);
        this.nu = scaled(nu);
        this.u = Potentials.inLogTwo(naturalU);
        this.v = Potentials.inLogTwo(naturalV);
        this.rowSums = new double[mu.length];
        this.columnSums = new double[nu.length];
        this.rowCosts = new double[mu.length];
        this.rowProducts = new double[mu.length];
        this.logMu = Potentials.logTwo(mu);
        this.logNu = Potentials.logTwo(nu);
        LogStrips strips = new LogStrips(kernel, null, null);
        double[][] partial = new double[Math.min(pieces.threads(), strips.blocks())][nu.length];
        for (int first = 0; first < strips.blocks(); first += partial.length) {
            int start = first;
            int count = Math.min(partial.length, strips.blocks() - first);
            pieces.each(count, (b, scratch) -> visit(strips, start + b, scratch, partial[b]));
            for (int b = 0; b < count; b++) {
                for (int j = 0; j < nu.length; j++) {
                    columnSums[j] += partial[b][j];
                }
            }
        }
        total();
    }

    private double[] scaled(double[] masses) {
        return Arrays.stream(masses).map(mass -> Math.scalb(mass, -unit)).toArray();
    }

    private void visit(LogStrips strips, int block, HeadLoop.Scratch scratch, double[] blockColumnSums) {
        Arrays.fill(blockColumnSums, 0.0);
        int firstRow = block * Lanes.BLOCK;
        int rows = Math.min(Lanes.BLOCK, u.length - firstRow);
        double[] exponents = scratch.float64(0, Lanes.DEPTH * Lanes.BLOCK);
        double[] powers = scratch.float64(1, Lanes.DEPTH * Lanes.BLOCK);
        int[] visited = {0, 0};
        strips.visit(block, scratch.tile, (first, columns, entries) -> {
            for (int c = 0, at = 0; c < columns; c++, at += Lanes.BLOCK) {
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    double exponent = r < rows ? entries[at + r] + u[firstRow + r] + v[first + c] - unit : Double.NEGATIVE_INFINITY;
                    exponents[at + r] = Math.min(exponent, MAX_EXPONENT);
                }
            }
            LogStrips.powers(exponents, 0, columns, powers);
            for (int c = 0, at = 0; c < columns; c++, at += Lanes.BLOCK) {
                for (int r = 0; r < rows; r++) {
                    int i = firstRow + r;
                    double entry = powers[at + r];
                    rowSums[i] += entry;
                    rowCosts[i] -= entry > 0 ? entry * entries[at + r] : 0;
                    rowProducts[i] += product(entry, exponents[at + r] + unit - logMu[i] - logNu[first + c],
                            mu[i] * Math.scalb(nu[first + c], unit));
                    blockColumnSums[first + c] += entry;
                }
            }
            visited[0] = visited[1] == 0 ? first : visited[0];
            visited[1] = first + columns;
        });
        double hidden = Support.total(Arrays.copyOf(nu, visited[0])) + Support.total(Arrays.copyOfRange(nu, visited[1], nu.length));
        for (int i = firstRow; i < firstRow + rows; i++) {
            rowProducts[i] += mu[i] > 0 && hidden > 0 ? mu[i] * Math.scalb(hidden, unit) : 0;
        }
    }

    /** {@code p log(p / q) - p + q} of an entry, without cancellation for p near q. */
    private static double product(double p, double logRatio, double q) {
        if (!(p > 0 && q > 0 && q < Double.POSITIVE_INFINITY)) {
            return q;
        }
        double x = logRatio * LogTwo.VALUE;
        return Math.abs(x) < SMALL ? q * x * x * (1.0 / 2 + x * (1.0 / 3 + x * (1.0 / 8 + x * (1.0 / 30 + x / 144))))
                : p * (x - 1) + q;
    }

    private void total() {
        for (int i = 0; i < rowSums.length; i++) {
            mass += rowSums[i];
            transport += rowCosts[i];
            klProduct += rowProducts[i];
            logarithms += rowSums[i] > 0 ? rowSums[i] * u[i] : 0;
        }
        for (int j = 0; j < columnSums.length; j++) {
            logarithms += columnSums[j] > 0 ? columnSums[j] * v[j] : 0;
        }
        logarithms -= transport;
    }

    /** The figures of a coupling. {@code dev.gatun.TransportFigures} has the same components and defines each. */
    public record Figures(double mass, double transportCost, double entropy, double klProduct, double klRows, double klColumns,
                          double objective) {
    }

    /** The figures of a solve with {@code options} at the inverse temperature {@code beta}, positive. */
    public Figures figures(SolveOptions options, double beta) {
        double entropy = mass - logarithms * LogTwo.VALUE;
        double cost = transport * LogTwo.VALUE / beta;
        double klRows = divergence(rowSums, mu, options.rowRelaxation());
        double klColumns = divergence(columnSums, nu, options.columnRelaxation());
        double regularised = options.ofMarginals() ? klProduct : -entropy;
        double objective = cost + regularised / beta + term(options.rowRelaxation(), klRows)
                + term(options.columnRelaxation(), klColumns);
        return new Figures(Math.scalb(mass, unit), Math.scalb(cost, unit), Math.scalb(entropy, unit),
                Math.scalb(klProduct, unit), Math.scalb(klRows, unit), Math.scalb(klColumns, unit), Math.scalb(objective, unit));
    }

    private static double term(double rho, double divergence) {
        return divergence == 0 ? 0 : rho * divergence;
    }

    /** {@code KL(p | q)}; 0 if the sums are enforced. */
    private static double divergence(double[] p, double[] q, double rho) {
        double sum = 0;
        for (int i = 0; i < p.length && rho < Double.POSITIVE_INFINITY; i++) {
            sum += q[i] > 0 ? q[i] * divergence(p[i] / q[i] - 1) : 0;
        }
        return sum;
    }

    /** {@code (1 + x) log(1 + x) - x}, without cancellation for x near 0. */
    private static double divergence(double x) {
        if (Math.abs(x) < SMALL) {
            return x * x * (1.0 / 2 - x * (1.0 / 6 - x * (1.0 / 12 - x * (1.0 / 20 - x / 30))));
        }
        return x == -1 ? 1 : (1 + x) * StrictMath.log1p(x) - x;
    }
}
