package dev.gatun.reference;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The dynamics of a row-stochastic matrix by definition: its stationary law, currents, entropy production and gap. The support
 * is taken at its word: an entry that has underflowed to 0 is no edge.
 */
public final class ReferenceDynamics {

    /** More digits than float64 has, and exponents without end: a product of many small rates is not lost. */
    private static final MathContext DIGITS = new MathContext(18);

    private static final double DETAILED_BALANCE = 1e-12;

    /** The communicating classes of the support: those that nothing leaves, and the others. */
    private record Classes(List<int[]> closed, List<int[]> open) {
    }

    private ReferenceDynamics() {
    }

    /**
     * The law in which a token picked at random ends: the stationary law when there is one closed class, and otherwise that of
     * each class times the probability to be absorbed there. Tokens are eliminated after Grassmann, Taksar and Heyman (1985),
     * those outside closed classes first: no step subtracts or looks at the diagonal, so that every entry is right to its own
     * size. In doubles where each token leads to each other and no rate comes near to vanishing, in decimals else: a second or two
     * at 256 tokens.
     */
    public static double[] stationary(double[][] p) {
        Classes classes = classes(p);
        double[] inDoubles = classes.open().isEmpty() && classes.closed().size() == 1 ? stationaryInDoubles(p) : null;
        return inDoubles == null ? stationaryInDecimals(p, classes) : inDoubles;
    }

    /** The law of a chain of one class; null where a rate comes near to what a double can hold. */
    private static double[] stationaryInDoubles(double[][] p) {
        int n = p.length;
        double[][] rates = ReferenceMatrix.copy(p);
        double[] leaving = new double[n];
        for (int k = n - 1; k > 0; k--) {
            for (int j = 0; j < k; j++) {
                leaving[k] += rates[k][j];
            }
            if (leaving[k] < 1e-100) {
                return null;
            }
            for (int i = 0; i < k; i++) {
                double through = rates[i][k] / leaving[k];
                for (int j = 0; j < k; j++) {
                    rates[i][j] += through * rates[k][j];
                }
            }
        }
        double[] law = new double[n];
        law[0] = 1;
        for (int k = 1; k < n; k++) {
            for (int i = 0; i < k; i++) {
                law[k] += law[i] * rates[i][k] / leaving[k];
            }
        }
        double total = Arrays.stream(law).sum();
        return total < 1e200 ? Arrays.stream(law).map(mass -> mass / total).toArray() : null;
    }

    private static double[] stationaryInDecimals(double[][] p, Classes classes) {
        BigDecimal[][] rates = decimals(p);
        BigDecimal[] mass = new BigDecimal[p.length];
        Arrays.fill(mass, BigDecimal.ONE.divide(BigDecimal.valueOf(p.length), DIGITS));
        List<Integer> left = new ArrayList<>(IntStream.range(0, p.length).boxed().toList());
        for (int[] open : classes.open()) {
            for (int k : open) {
                left.remove((Integer) k);
                BigDecimal[] jumps = jumps(rates, left, k);
                absorb(mass, k, jumps, left);
                eliminate(rates, k, jumps, left);
            }
        }
        double[] law = new double[p.length];
        for (int[] closed : classes.closed()) {
            fill(law, closed, lawOf(rates, closed), sum(mass, closed));
        }
        return law;
    }

    /** How many closed communicating classes the support has: the stationary law is unique when it is one. */
    public static int closedClasses(double[][] p) {
        return classes(p).closed().size();
    }

    /** The largest period of a closed class: the greatest common divisor of the lengths of its cycles. */
    public static int period(double[][] p) {
        return classes(p).closed().stream().mapToInt(closed -> periodOf(restrict(p, closed))).max().orElseThrow();
    }

    /** {@code J_ij = rho_i P_ij - rho_j P_ji}. */
    public static double[][] currents(double[][] p, double[] rho) {
        double[][] currents = new double[p.length][p.length];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                currents[i][j] = rho[i] * p[i][j] - rho[j] * p[j][i];
            }
        }
        return currents;
    }

    /** {@code max |J_ij|}. */
    public static double maxCurrent(double[][] p, double[] rho) {
        return Arrays.stream(currents(p, rho)).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
    }

    /** {@code 1/2 sum_ij |J_ij|}. */
    public static double totalCurrent(double[][] p, double[] rho) {
        return Arrays.stream(currents(p, rho)).flatMapToDouble(Arrays::stream).map(Math::abs).sum() / 2;
    }

    /**
     * {@code 1/2 sum_ij J_ij log(rho_i P_ij / (rho_j P_ji))} in nats per step, at any rho: a pair without flow counts 0, and one
     * with flow one way only is infinite.
     */
    public static double entropyProduction(double[][] p, double[] rho) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < i; j++) {
                sum += entropyOfPair(rho[i], p[i][j], rho[j], p[j][i]);
            }
        }
        return sum;
    }

    /**
     * {@code beta sum_ij rho_i P_ij (s_ij - s_ji)}, the entropy production of a softmax of beta s, whose support is symmetric, at
     * its stationary law.
     */
    public static double entropyProductionOfScores(double[][] s, double[][] p, double[] rho, double beta) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                double flow = rho[i] * p[i][j];
                sum += flow == 0 ? 0 : flow * (s[i][j] - s[j][i]);
            }
        }
        return beta * sum;
    }

    /**
     * {@code 1 - |lambda|} of the largest eigenvalue once a single 1 is taken off, to some 1e-15: exactly 0 with several closed
     * classes or a period, 1 for one token. The eigenvalues are those of the communicating classes, one by one, so that a
     * triangular matrix has its diagonal.
     */
    public static double spectralGap(double[][] p) {
        Classes classes = classes(p);
        if (classes.closed().size() > 1 || period(p) > 1) {
            return 0;
        }
        double largest = largestBelowOne(restrict(p, classes.closed().getFirst()));
        for (int[] open : classes.open()) {
            largest = Math.max(largest, largestModulus(restrict(p, open), false));
        }
        return Math.max(0, 1 - largest);
    }

    /**
     * How much of the skew part a = (s - s^T)/2 is no gradient: {@code 1 - 2 N |g|^2 / |a|^2}, g the row means of a, as the share
     * of what is left without the gradient, {@code |a_ij - (g_i - g_j)|^2 / |a|^2}. Symmetric scores have a = 0 and the share 0.
     */
    public static double curlFraction(double[][] s) {
        int n = ReferenceMatrix.requireSquare(s, "a curl fraction");
        double[][] a = ReferenceMatrix.scale(0.5, ReferenceMatrix.add(s, ReferenceMatrix.scale(-1, ReferenceMatrix.transpose(s))));
        double[] g = ReferenceMatrix.multiply(a, ReferenceMatrix.constant(n, 1. / n));
        double[] minusG = Arrays.stream(g).map(entry -> -entry).toArray();
        double all = squares(a);
        return all == 0 ? 0 : squares(ReferenceMatrix.shift(a, minusG, g)) / all;
    }

    /** {@code sum log(P_ij / P_ji)} over the steps i to j of a cycle back to where it began; infinite if one cannot be undone. */
    public static double cycleAffinity(double[][] p, int... cycle) {
        double sum = 0;
        for (int step = 0; step < cycle.length; step++) {
            int i = cycle[step];
            int j = cycle[(step + 1) % cycle.length];
            if (p[i][j] == 0) {
                throw new IllegalArgumentException("no step from token " + i + " to token " + j);
            }
            sum += logRatio(p[i][j], p[j][i]);
        }
        return sum;
    }

    /**
     * {@code sum_t sum_ij rho_t,i P_t,ij log(P_t,ij / P_ij)}: the relative entropy of the paths of a driven chain from those of
     * the reference that starts alike. Infinite when it goes where the reference cannot.
     */
    public static double pathRelativeEntropy(double[][] reference, double[][][] transitions, double[][] rho) {
        double sum = 0;
        for (int t = 0; t < transitions.length; t++) {
            for (int i = 0; i < reference.length; i++) {
                for (int j = 0; j < reference.length; j++) {
                    double flow = rho[t][i] * transitions[t][i][j];
                    sum += flow == 0 ? 0 : flow * logRatio(transitions[t][i][j], reference[i][j]);
                }
            }
        }
        return sum;
    }

    private static BigDecimal[][] decimals(double[][] p) {
        BigDecimal[][] decimals = new BigDecimal[p.length][p.length];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                decimals[i][j] = p[i][j] == 0 ? BigDecimal.ZERO : new BigDecimal(p[i][j], DIGITS);
            }
        }
        return decimals;
    }

    /** What k's next jump to the tokens that are left has for probabilities; the entries elsewhere are null. */
    private static BigDecimal[] jumps(BigDecimal[][] rates, List<Integer> left, int k) {
        BigDecimal exit = BigDecimal.ZERO;
        for (int j : left) {
            exit = exit.add(rates[k][j], DIGITS);
        }
        BigDecimal[] jumps = new BigDecimal[rates.length];
        for (int j : left) {
            jumps[j] = rates[k][j].divide(exit, DIGITS);
        }
        return jumps;
    }

    private static void absorb(BigDecimal[] mass, int k, BigDecimal[] jumps, List<Integer> left) {
        for (int j : left) {
            mass[j] = mass[j].add(mass[k].multiply(jumps[j], DIGITS), DIGITS);
        }
    }

    /** The chain watched on the tokens that are left, k no longer among them: what went to k goes on as k does. */
    private static void eliminate(BigDecimal[][] rates, int k, BigDecimal[] jumps, List<Integer> left) {
        for (int i : left) {
            for (int j : left) {
                if (i != j && rates[i][k].signum() > 0 && jumps[j].signum() > 0) {
                    rates[i][j] = rates[i][j].add(rates[i][k].multiply(jumps[j], DIGITS), DIGITS);
                }
            }
        }
    }

    /** The stationary law of a closed class up to a factor. */
    private static BigDecimal[] lawOf(BigDecimal[][] rates, int[] closed) {
        List<Integer> left = new ArrayList<>(Arrays.stream(closed).boxed().toList());
        while (left.size() > 1) {
            int k = left.removeLast();
            eliminate(rates, k, jumps(rates, left, k), left);
        }
        BigDecimal[] law = new BigDecimal[rates.length];
        law[closed[0]] = BigDecimal.ONE;
        for (int m = 1; m < closed.length; m++) {
            law[closed[m]] = balance(rates, law, closed, m);
        }
        return law;
    }

    /** What flows into token m of the class from those before it, over the rate at which it goes back to them. */
    private static BigDecimal balance(BigDecimal[][] rates, BigDecimal[] law, int[] closed, int m) {
        BigDecimal in = BigDecimal.ZERO;
        BigDecimal exit = BigDecimal.ZERO;
        for (int before = 0; before < m; before++) {
            int i = closed[before];
            in = in.add(law[i].multiply(rates[i][closed[m]], DIGITS), DIGITS);
            exit = exit.add(rates[closed[m]][i], DIGITS);
        }
        return in.divide(exit, DIGITS);
    }

    private static BigDecimal sum(BigDecimal[] values, int[] tokens) {
        return Arrays.stream(tokens).mapToObj(i -> values[i]).reduce(BigDecimal.ZERO, (x, y) -> x.add(y, DIGITS));
    }

    private static void fill(double[] law, int[] closed, BigDecimal[] shares, BigDecimal weight) {
        BigDecimal sum = sum(shares, closed);
        for (int i : closed) {
            law[i] = weight.multiply(shares[i], DIGITS).divide(sum, DIGITS).doubleValue();
        }
    }

    private static Classes classes(double[][] p) {
        requireStochastic(p);
        boolean[][] reaches = reaches(p);
        Classes classes = new Classes(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < p.length; i++) {
            int token = i;
            int[] members = IntStream.range(0, p.length).filter(j -> reaches[token][j] && reaches[j][token]).toArray();
            if (members[0] == i) {
                boolean closed = IntStream.range(0, p.length).allMatch(j -> !reaches[token][j] || reaches[j][token]);
                (closed ? classes.closed() : classes.open()).add(members);
            }
        }
        return classes;
    }

    /** Which tokens lead to which in any number of steps, 0 among them. */
    private static boolean[][] reaches(double[][] p) {
        boolean[][] reaches = new boolean[p.length][p.length];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                reaches[i][j] = i == j || p[i][j] > 0;
            }
        }
        for (int k = 0; k < p.length && !all(reaches); k++) {
            for (int i = 0; i < p.length; i++) {
                for (int j = 0; reaches[i][k] && j < p.length; j++) {
                    reaches[i][j] |= reaches[k][j];
                }
            }
        }
        return reaches;
    }

    private static boolean all(boolean[][] reaches) {
        for (boolean[] row : reaches) {
            for (boolean reached : row) {
                if (!reached) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Of one class: a step from i to j closes cycles whose lengths differ by {@code steps_i + 1 - steps_j}. */
    private static int periodOf(double[][] p) {
        int[] steps = stepsFromTheFirst(p);
        int period = 0;
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                if (p[i][j] > 0) {
                    period = greatestCommonDivisor(period, Math.abs(steps[i] + 1 - steps[j]));
                }
            }
        }
        return period;
    }

    private static int[] stepsFromTheFirst(double[][] p) {
        int[] steps = new int[p.length];
        Arrays.fill(steps, 1, p.length, p.length);
        int[] before = null;
        while (!Arrays.equals(before, steps)) {
            before = steps.clone();
            for (int i = 0; i < p.length; i++) {
                for (int j = 0; j < p.length; j++) {
                    steps[j] = p[i][j] > 0 ? Math.min(steps[j], steps[i] + 1) : steps[j];
                }
            }
        }
        return steps;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    private static double entropyOfPair(double rhoI, double pIJ, double rhoJ, double pJI) {
        double there = rhoI * pIJ;
        double back = rhoJ * pJI;
        if (there == back) {
            return 0;
        }
        if (Math.min(there, back) >= Double.MIN_NORMAL) {
            return (there - back) * logRatio(there, back);
        }
        return (there - back) * (Math.log(rhoI) + Math.log(pIJ) - Math.log(rhoJ) - Math.log(pJI));
    }

    /** {@code log(x / y)}, right to its own size. */
    private static double logRatio(double x, double y) {
        return x < 2 * y && y < 2 * x ? Math.log1p((x - y) / y) : Math.log(x) - Math.log(y);
    }

    private static double squares(double[][] a) {
        return Arrays.stream(a).flatMapToDouble(Arrays::stream).map(entry -> entry * entry).sum();
    }

    /** The largest modulus of an eigenvalue of an irreducible chain but the 1: of {@code P - 1 pi^T}, which has 0 in its place. */
    private static double largestBelowOne(double[][] p) {
        double[] pi = stationary(p);
        boolean reversible = isReversible(p, pi);
        double[][] deflated = new double[p.length][p.length];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                deflated[i][j] = !reversible ? p[i][j] - pi[j]
                        : Math.sqrt(p[i][j]) * Math.sqrt(p[j][i]) - Math.sqrt(pi[i]) * Math.sqrt(pi[j]);
            }
        }
        return largestModulus(deflated, reversible);
    }

    /** Whether every current is 0 next to its own flows. */
    private static boolean isReversible(double[][] p, double[] pi) {
        double[][] currents = currents(p, pi);
        boolean reversible = true;
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                reversible &= Math.abs(currents[i][j]) <= DETAILED_BALANCE * pi[i] * p[i][j];
            }
        }
        return reversible;
    }

    private static double largestModulus(double[][] matrix, boolean symmetric) {
        EigenDecomposition_F64<DMatrixRMaj> solver = DecompositionFactory_DDRM.eig(matrix.length, false, symmetric);
        if (!solver.decompose(new DMatrixRMaj(matrix))) {
            throw new IllegalStateException("no decomposition");
        }
        return IntStream.range(0, matrix.length).mapToDouble(m -> solver.getEigenvalue(m).getMagnitude()).max().orElseThrow();
    }

    private static double[][] restrict(double[][] p, int[] tokens) {
        return Arrays.stream(tokens).mapToObj(i -> Arrays.stream(tokens).mapToDouble(j -> p[i][j]).toArray())
                .toArray(double[][]::new);
    }

    private static void requireStochastic(double[][] p) {
        if (ReferenceMatrix.requireSquare(p, "a chain") == 0) {
            throw new IllegalArgumentException("a chain of no tokens");
        }
        for (double[] row : p) {
            if (!(Math.abs(ReferenceMatrix.sum(row) - 1) <= 1e-6) || Arrays.stream(row).anyMatch(entry -> entry < 0)) {
                throw new IllegalArgumentException("the chain is not row-stochastic");
            }
        }
    }
}
