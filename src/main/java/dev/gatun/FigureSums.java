package dev.gatun;

import dev.gatun.kernel.Lanes;

/** The sums over a coupling that {@link TransportFigures} is made of: one pass over the kernel in float64. */
final class FigureSums {

    private static final double LOG_TWO = Math.log(2);

    /** Deviations below which {@code (1 + x) log(1 + x) - x} is taken from its series. */
    private static final double SMALL = 1e-3;

    private final double[] mu;
    private final double[] nu;
    private final double[] u;
    private final double[] v;
    private final double[] rowSums;
    private final double[] columnSums;
    private final double[] rowCosts;
    private double mass;
    private double transport;
    private double logarithms;

    /**
     * @param naturalU potentials in natural units
     * @param naturalV likewise
     */
    FigureSums(KernelSweep sweep, double[] mu, double[] nu, double[] naturalU, double[] naturalV) {
        this.mu = mu;
        this.nu = nu;
        this.u = Potentials.inLogTwo(naturalU);
        this.v = Potentials.inLogTwo(naturalV);
        this.rowSums = new double[mu.length];
        this.columnSums = new double[nu.length];
        this.rowCosts = new double[mu.length];
        sweep.each(v, this::visit, this::add);
        total();
    }

    private void visit(KernelSweep.Block block) {
        double[] costs = new double[Lanes.BLOCK];
        block.sumLogKernel(costs);
        for (int r = 0; r < block.rowCount(); r++) {
            int i = block.firstRow() + r;
            boolean empty = u[i] == Double.NEGATIVE_INFINITY || block.logSums[r] == Double.NEGATIVE_INFINITY;
            rowSums[i] = empty ? 0 : Math.pow(2, u[i] + block.logSums[r]);
            block.factors[r] = empty ? 0 : rowSums[i] / block.sums[r];
            rowCosts[i] = empty ? 0 : -block.factors[r] * costs[r];
        }
        block.sumColumns();
    }

    private void add(KernelSweep.Block block) {
        for (int j = 0; j < columnSums.length; j++) {
            columnSums[j] += block.ofColumns[j];
        }
    }

    private void total() {
        for (int i = 0; i < rowSums.length; i++) {
            mass += rowSums[i];
            transport += rowCosts[i];
            logarithms += rowSums[i] > 0 ? rowSums[i] * u[i] : 0;
        }
        for (int j = 0; j < columnSums.length; j++) {
            logarithms += columnSums[j] > 0 ? columnSums[j] * v[j] : 0;
        }
        logarithms -= transport;
    }

    /** The figures of a solve with {@code options} at the inverse temperature {@code beta}. */
    TransportFigures figures(Sinkhorn options, double beta) {
        double entropy = mass - logarithms * LOG_TWO;
        double cost = transport * LOG_TWO / beta;
        double klProduct = Support.total(mu) * Support.total(nu) - entropy - crossEntropy(rowSums, mu) - crossEntropy(columnSums, nu);
        double klRows = divergence(rowSums, mu, options.rowRelaxation());
        double klColumns = divergence(columnSums, nu, options.columnRelaxation());
        double regularised = options.reference() == Sinkhorn.Reference.MARGINALS ? klProduct : -entropy;
        double objective = cost + regularised / beta + term(options.rowRelaxation(), klRows)
                + term(options.columnRelaxation(), klColumns);
        return new TransportFigures(mass, cost, entropy, klProduct, klRows, klColumns, objective);
    }

    private static double term(double rho, double divergence) {
        return divergence == 0 ? 0 : rho * divergence;
    }

    /** {@code sum p log q}. */
    private static double crossEntropy(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += p[i] > 0 ? p[i] * Math.log(q[i]) : 0;
        }
        return sum;
    }

    /** {@code KL(p | q)}; 0 where it is enforced to be. */
    private static double divergence(double[] p, double[] q, double rho) {
        double sum = 0;
        for (int i = 0; i < p.length && rho < Double.POSITIVE_INFINITY; i++) {
            sum += q[i] > 0 ? q[i] * divergence(p[i] / q[i] - 1) : 0;
        }
        return sum;
    }

    /** {@code (1 + x) log(1 + x) - x}, near 0 without cancellation. */
    private static double divergence(double x) {
        if (Math.abs(x) < SMALL) {
            return x * x * (1.0 / 2 - x * (1.0 / 6 - x * (1.0 / 12 - x * (1.0 / 20 - x / 30))));
        }
        return x == -1 ? 1 : (1 + x) * Math.log1p(x) - x;
    }
}
