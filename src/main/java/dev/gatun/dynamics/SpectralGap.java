package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;
import org.ejml.data.Complex_F64;

/**
 * The spectral gap of a chain, {@code 1 - |lambda_2|}, where lambda_2 is the eigenvalue of largest modulus other than the trivial 1.
 * The eigenvalues of a chain are those of its communicating classes.
 *
 * <p>A gap far above rounding follows from the outer eigenvalues of P ({@link RitzValues}). A smaller one is lost in the rounding of 1:
 * it comes from {@link EscapeRate} or {@link InverseGap}.
 *
 * @param value     the gap, positive
 * @param products  the number of products with the transitions and of solves
 * @param converged whether the gap is accurate to 1e-6 of itself
 */
record SpectralGap(double value, int products, boolean converged) {

    /** Tokens up to which a class is stored: 128 MiB of probabilities. */
    private static final int MAX_STORED = 4096;

    /** Tokens up to which states are eliminated, which takes some seconds. */
    private static final int MAX_ELIMINATED = 2048;

    /** Gaps from here on lose less than 1e-6 of themselves to the rounding of 1. */
    static final double MIN_OUTER_GAP = 1e-7;

    /** The rounding of 1. */
    private static final double ROUNDING = 0x1p-52;

    /** The gap of a single token, which has no eigenvalue but 1. */
    private static final SpectralGap OF_ONE_TOKEN = new SpectralGap(1, 0, true);

    /** The gap of a chain with one closed class of period 1. */
    static SpectralGap of(LogTransitions chain, CommunicatingClasses classes, StationaryDistribution stationary) {
        SpectralGap gap = OF_ONE_TOKEN;
        double[] leaving = classes.open().isEmpty() ? null : leaving(chain, classes);
        for (int[] tokens : classes.open()) {
            gap = gap.and(tokens.length == 1 ? new SpectralGap(leaving[tokens[0]], 0, true) : ofOpen(chain, tokens, leaving));
        }
        int[] closed = classes.closed().getFirst();
        return closed.length == 1 ? gap : gap.and(ofClosed(chain, classes, closed, stationary));
    }

    /** The gap of two parts of a chain together: the smaller of their gaps. */
    SpectralGap and(SpectralGap other) {
        return new SpectralGap(Math.min(value, other.value), products + other.products, converged && other.converged);
    }

    /** The probability of leaving the class of each token. */
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

    /** The gap of a class that the chain leaves. */
    private static SpectralGap ofOpen(LogTransitions chain, int[] tokens, double[] leaving) {
        double[][] logs = LogElimination.among(chain, tokens);
        double[][] p = SquareMatrix.powers(logs, null, logs);
        RitzValues outer = RitzValues.of(tokens.length, x -> SquareMatrix.product(p, x), null, null, SpectralGap::outerGap);
        boolean accurate = accurate(outer);
        return accurate || tokens.length > MAX_ELIMINATED ? of(outer, accurate)
                : EscapeRate.of(p, among(tokens, leaving), chain.sharing());
    }

    /** The gap of the closed class. */
    private static SpectralGap ofClosed(LogTransitions chain, CommunicatingClasses classes, int[] tokens,
                                        StationaryDistribution stationary) {
        int size = tokens.length;
        double[] pi = among(tokens, stationary.pi());
        if (size > MAX_STORED) {
            RitzValues outer = RitzValues.of(size, x -> expected(chain, tokens, x), ones(size), pi, SpectralGap::outerGap);
            return of(outer, accurate(outer));
        }
        double[] logScale = Arrays.stream(among(tokens, stationary.logPi())).map(log -> log / 2).toArray();
        boolean scaled = Arrays.stream(logScale).allMatch(Double::isFinite);
        double[][] logs = LogElimination.among(chain, tokens);
        // The powers of a large class replace its logarithms, which are not needed again.
        double[][] p = SquareMatrix.powers(logs, scaled ? logScale : null, size > MAX_ELIMINATED ? logs : new double[size][size]);
        double[] root = Arrays.stream(pi).map(Math::sqrt).toArray();
        RitzValues outer = scaled ? RitzValues.of(size, x -> SquareMatrix.product(p, x), root, root, SpectralGap::outerGap)
                : RitzValues.of(size, x -> SquareMatrix.product(p, x), ones(size), pi, SpectralGap::outerGap);
        boolean accurate = accurate(outer);
        if (accurate || size > MAX_ELIMINATED) {
            return of(outer, accurate);
        }
        // The uniform distribution is stationary within the tolerance of a solve, which may far exceed the gap.
        double[] logPi = stationary.method() == StationaryDistribution.Method.BISTOCHASTIC
                ? StationaryDistribution.eliminated(chain, classes) : stationary.logPi();
        return InverseGap.of(SquareMatrix.powers(logs, null, new double[size][size]), among(tokens, logPi), outer,
                chain.sharing());
    }

    /** The entries of some tokens. */
    private static double[] among(int[] tokens, double[] entries) {
        return Arrays.stream(tokens).mapToDouble(i -> entries[i]).toArray();
    }

    private static double[] ones(int size) {
        double[] ones = new double[size];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** {@code sum_j P_ij x_j} over the tokens of a closed class whose transitions are not stored. */
    private static double[] expected(LogTransitions chain, int[] tokens, double[] x) {
        double[] whole = new double[chain.size()];
        for (int t = 0; t < tokens.length; t++) {
            whole[tokens[t]] = x[t];
        }
        return among(tokens, chain.expected(whole));
    }

    /** The gap {@code 1 - max |lambda|} of outer eigenvalues. */
    static double outerGap(Complex_F64[] values) {
        return 1 - Arrays.stream(values).mapToDouble(Complex_F64::getMagnitude).max().orElse(0);
    }

    /** The gap by outer eigenvalues: at least the rounding of 1, which a smaller difference from 1 does not resolve. */
    private static SpectralGap of(RitzValues outer, boolean accurate) {
        return new SpectralGap(aboveRounding(outer), outer.products(), accurate);
    }

    /** As above, if the eigenvalues do not determine the gap. */
    static SpectralGap unconverged(RitzValues outer) {
        return of(outer, false);
    }

    private static double aboveRounding(RitzValues outer) {
        return outer.gap() > ROUNDING ? outer.gap() : ROUNDING;
    }

    private static boolean accurate(RitzValues outer) {
        return outer.settled() && outer.gap() >= MIN_OUTER_GAP && outer.steady(SpectralGap::outerGap);
    }
}
