package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.ejml.data.Complex_F64;

/**
 * How fast a chain forgets where it began: {@code 1 - |lambda|} of the largest eigenvalue beside the trivial one. The eigenvalues of
 * a chain are those of its communicating classes, each by itself.
 *
 * <p>A gap far above rounding follows from the outer eigenvalues of P. A smaller one would drown in the rounding of 1: it is the
 * smallest eigenvalue of {@code I - P}, by {@link GeneratorInverse}, or that of {@code I - P^m} where P nearly has the period m, and
 * eigenvalues lie near the other m-th roots of 1 as well.
 *
 * @param gap       {@code 1 - |lambda_2|}, positive
 * @param products  products with the transitions, or solves, that it took
 * @param converged whether the gap is right to 1e-6 of itself
 */
record Relaxation(double gap, int products, boolean converged) {

    /** Tokens up to which probabilities are kept: 128 MiB of them. */
    private static final int MAX_KEPT = 4096;

    /** Tokens up to which states are eliminated, some seconds; and up to which P is raised to a power. */
    private static final int MAX_ELIMINATED = 2048;
    private static final int MAX_RAISED = 1024;

    /** A gap from here on loses less than 1e-6 of itself to the rounding of 1. */
    private static final double MIN_PLAIN_GAP = 1e-7;

    /** The rounding of 1. */
    private static final double ROUNDING = 0x1p-52;

    /** The largest power of P that is tried. */
    private static final int MAX_POWER = 64;

    /** A chain of one token has no other eigenvalue than 1. */
    private static final Relaxation NONE = new Relaxation(1, 0, true);

    /** Of a chain with one closed class of period 1. */
    static Relaxation of(LogTransitions chain, CommunicatingClasses classes, StationaryDistribution law) {
        Relaxation found = NONE;
        double[] leaving = classes.open().isEmpty() ? null : leaving(chain, classes);
        for (int[] tokens : classes.open()) {
            found = found.or(tokens.length == 1 ? new Relaxation(leaving[tokens[0]], 0, true) : ofOpen(chain, tokens, leaving));
        }
        int[] closed = classes.members().getFirst();
        return closed.length == 1 ? found : found.or(ofClosed(chain, classes, closed, law));
    }

    /** That of two parts of a chain: the slower one counts. */
    Relaxation or(Relaxation other) {
        return new Relaxation(Math.min(gap, other.gap), products + other.products, converged && other.converged);
    }

    /** The rate at which each token is left for another class. */
    private static double[] leaving(LogTransitions chain, CommunicatingClasses classes) {
        int[] classOf = new int[chain.size()];
        for (int c = 0; c < classes.open().size(); c++) {
            for (int token : classes.open().get(c)) {
                classOf[token] = c + 1;
            }
        }
        double[] leaving = new double[chain.size()];
        chain.leaving((block, strip, from, scratch) -> {
            double[] powers = scratch.float64(0, LogStrips.length(leaving.length));
            LogStrips.powers(strip, from, leaving.length, powers);
            for (int i = block * Lanes.BLOCK, r = 0; r < Lanes.BLOCK && i < leaving.length; i++, r++) {
                for (int j = 0, at = r; j < leaving.length; j++, at += Lanes.BLOCK) {
                    leaving[i] += classOf[i] == classOf[j] ? 0 : powers[at];
                }
            }
        });
        return leaving;
    }

    // ---- a class that the chain leaves ----

    private static Relaxation ofOpen(LogTransitions chain, int[] tokens, double[] leaving) {
        double[][] logs = LogElimination.among(chain, tokens);
        double[][] p = powers(logs, null, logs);
        RitzValues plain = RitzValues.of(tokens.length, x -> product(p, x), null, null, Relaxation::plainGap);
        if (trusted(plain) || tokens.length > MAX_ELIMINATED) {
            return new Relaxation(beyondRounding(plain.gap()), plain.products(), trusted(plain));
        }
        return EscapeRate.of(p, among(tokens, leaving));
    }

    // ---- a class that it does not leave ----

    private static Relaxation ofClosed(LogTransitions chain, CommunicatingClasses classes, int[] tokens, StationaryDistribution law) {
        int size = tokens.length;
        double[] pi = among(tokens, law.pi());
        if (size > MAX_KEPT) {
            return plain(RitzValues.of(size, x -> expected(chain, tokens, x), ones(size), pi, Relaxation::plainGap));
        }
        double[] logWeight = Arrays.stream(among(tokens, law.logPi())).map(log -> log / 2).toArray();
        boolean weighted = Arrays.stream(logWeight).allMatch(Double::isFinite);
        double[][] logs = LogElimination.among(chain, tokens);
        // Of many tokens the logarithms are of no further use.
        double[][] p = powers(logs, weighted ? logWeight : null, size > MAX_ELIMINATED ? logs : new double[size][size]);
        double[] root = Arrays.stream(pi).map(Math::sqrt).toArray();
        RitzValues found = weighted ? RitzValues.of(size, x -> product(p, x), root, root, Relaxation::plainGap)
                : RitzValues.of(size, x -> product(p, x), ones(size), pi, Relaxation::plainGap);
        if (trusted(found) || size > MAX_ELIMINATED) {
            return plain(found);
        }
        // A uniform distribution is stationary within the tolerance of a solve, which may be far more than the gap.
        double[] logPi = law.method() == StationaryDistribution.Method.BISTOCHASTIC ? StationaryDistribution.eliminated(chain,
                classes) : law.logPi();
        return slowest(powers(logs, null, new double[size][size]), among(tokens, logPi), found);
    }

    /** The entries of some tokens. */
    private static double[] among(int[] tokens, double[] of) {
        return Arrays.stream(tokens).mapToDouble(i -> of[i]).toArray();
    }

    private static double[] ones(int size) {
        double[] ones = new double[size];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static Relaxation plain(RitzValues found) {
        return new Relaxation(beyondRounding(found.gap()), found.products(), trusted(found));
    }

    private static boolean trusted(RitzValues plain) {
        return plain.settled() && plain.gap() >= MIN_PLAIN_GAP && plain.steady(Relaxation::plainGap);
    }

    /**
     * The gap by the eigenvalues near 1 or, where there are any, near other roots of 1.
     *
     * <p>A stochastic matrix of order n has {@code 1 - lambda} in the sector {@code |Im| <= Re cot(pi / n)} (Dmitriev and Dynkin 1945).
     * So an eigenvalue of no smaller modulus than {@code 1 - mu} lies within {@code n |mu|} of 1, and the inverse has it among its
     * larger ones, or farther than {@code 1 / n} from 1, and the products have it.
     *
     * @param p     transitions
     * @param logPi log2 of their stationary distribution
     * @param plain the outer eigenvalues of p, as far as they were found
     */
    static Relaxation slowest(double[][] p, double[] logPi, RitzValues plain) {
        int size = p.length;
        int power = power(plain.values(), size);
        if (power == 0 || power > 1 && size > MAX_RAISED) {
            return new Relaxation(beyondRounding(plain.gap()), plain.products(), false);
        }
        int[] order = commonestFirst(logPi);
        double[] logWeight = Arrays.stream(logPi).map(log -> log / 2).toArray();
        GeneratorInverse inverse = new GeneratorInverse(power > 1 ? raised(p, power) : p, order, logWeight);
        if (!inverse.usable()) {
            return new Relaxation(positive(inverse.rate()), plain.products(), false);
        }
        double[] root = Arrays.stream(order).mapToDouble(i -> Math.pow(2, logWeight[i])).toArray();
        ToDoubleFunction<Complex_F64[]> gapOf = values -> gapOfInverse(values, inverse.rate(), size);
        RitzValues slow = RitzValues.of(size, x -> {
            double[] y = x.clone();
            inverse.solve(y);
            return y;
        }, root, root, gapOf);
        double gap = power == 1 ? slow.gap() : -Math.expm1(Math.log1p(-Math.min(slow.gap(), 1)) / power);
        ToDoubleFunction<Complex_F64[]> farOf = values -> plainGap(Arrays.stream(values)
                .filter(value -> fromOne(value, power) >= 1.0 / (2 * size)).toArray(Complex_F64[]::new));
        double far = farOf.applyAsDouble(plain.values());
        boolean found = slow.settled() && gap >= GeneratorInverse.MIN_RATE && slow.steady(gapOf);
        boolean first = gap <= far || plain.settled() && plain.steady(farOf);
        return new Relaxation(positive(Math.min(gap, far)), plain.products() + slow.products(), found && first);
    }

    /** The states, one of the largest mass first: without that one the inverse is at most n times as large as the slowest time. */
    private static int[] commonestFirst(double[] logPi) {
        int commonest = 0;
        int[] order = new int[logPi.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
            commonest = logPi[i] > logPi[commonest] ? i : commonest;
        }
        order[0] = commonest;
        order[commonest] = 0;
        return order;
    }

    /** The smallest m for which {@code lambda^m} is near 1 for every eigenvalue within rounding of the unit circle; 0 for none. */
    private static int power(Complex_F64[] values, int size) {
        int power = 1;
        for (Complex_F64 value : values) {
            if (value.getMagnitude() > 1 - MIN_PLAIN_GAP) {
                int step = power;
                while (power <= MAX_POWER && fromOne(value, power) >= 1.0 / (2 * size)) {
                    power += step;
                }
            }
        }
        return power <= MAX_POWER ? power : 0;
    }

    /** {@code |lambda^m - 1|}. */
    private static double fromOne(Complex_F64 value, int power) {
        double modulus = Math.pow(value.getMagnitude(), power);
        double angle = power * Math.atan2(value.imaginary, value.real);
        return Math.hypot(modulus * Math.cos(angle) - 1, modulus * Math.sin(angle));
    }

    /** {@code P^m}, whose entries are sums of products that are not negative. */
    private static double[][] raised(double[][] p, int power) {
        double[][] product = p;
        for (int bit = Integer.highestOneBit(power) / 2; bit > 0; bit /= 2) {
            product = product(product, product);
            product = (power & bit) == 0 ? product : product(product, p);
        }
        return product;
    }

    private static double[][] product(double[][] a, double[][] b) {
        double[][] product = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < a.length; k++) {
                if (a[i][k] > 0) {
                    ColumnProducts.add(a[i][k], b[k], product[i]);
                }
            }
        }
        return product;
    }

    private static double[] product(double[][] p, double[] x) {
        double[] y = new double[p.length];
        Arrays.setAll(y, i -> ColumnProducts.product(p[i], x));
        return y;
    }

    /** {@code 2^(log_ij + w_i - w_j)}, to {@code out}, which may be the logarithms. */
    private static double[][] powers(double[][] logs, double[] logWeight, double[][] out) {
        for (int i = 0; i < logs.length; i++) {
            for (int j = 0; j < logs.length; j++) {
                out[i][j] = Math.pow(2, logs[i][j] + (logWeight == null ? 0 : logWeight[i] - logWeight[j]));
            }
        }
        return out;
    }

    /** {@code sum_j P_ij x_j} over the tokens of a closed class, of transitions that are not kept. */
    private static double[] expected(LogTransitions chain, int[] tokens, double[] x) {
        double[] whole = new double[chain.size()];
        for (int t = 0; t < tokens.length; t++) {
            whole[tokens[t]] = x[t];
        }
        return among(tokens, chain.expected(whole));
    }

    // ---- gaps by eigenvalues ----

    static double plainGap(Complex_F64[] values) {
        return 1 - Arrays.stream(values).mapToDouble(Complex_F64::getMagnitude).max().orElse(0);
    }

    /** The smallest {@code 1 - |1 - mu|}, with {@code mu = rate / theta} for the larger theta. */
    private static double gapOfInverse(Complex_F64[] values, double rate, int size) {
        double largest = Arrays.stream(values).mapToDouble(Complex_F64::getMagnitude).max().orElse(0);
        double sector = Math.sin(Math.PI / size);
        double gap = Double.POSITIVE_INFINITY;
        for (Complex_F64 theta : values) {
            double modulus = theta.getMagnitude();
            // Values outside the sector are not found yet.
            if (modulus * 4 * size >= largest && theta.real >= 0.5 * sector * modulus) {
                double real = rate / modulus * (theta.real / modulus);
                double imaginary = rate / modulus * (theta.imaginary / modulus);
                double found = (2 * real - real * real - imaginary * imaginary) / (1 + Math.hypot(1 - real, imaginary));
                gap = found > 0 ? Math.min(gap, found) : gap;
            }
        }
        return gap;
    }

    /** A difference from 1 that is smaller than the rounding of 1 tells an upper bound alone. */
    private static double beyondRounding(double gap) {
        return gap > ROUNDING ? gap : ROUNDING;
    }

    /** A chain that forgets has a positive gap, even one below the range of float64. */
    private static double positive(double gap) {
        return gap > Double.MIN_NORMAL ? gap : Double.MIN_NORMAL;
    }
}
