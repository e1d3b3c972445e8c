package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.BridgeResult;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornStatus;
import dev.gatun.Transitions;
import dev.gatun.dynamics.Messages;
import dev.gatun.dynamics.PathEntropy;
import dev.gatun.dynamics.ProductOfExperts;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws of messages along a chain, of the product of experts, and of the entropy of driven chains. */
@Label("messages")
class MessageLawsTest {

    /** Chains of every kind of tokens and mask. */
    private static Transitions chain(Scores scores, int kind, boolean causal, boolean hollow) {
        Scores seen = causal ? scores.withCausalMask() : scores;
        Scores masked = hollow && !causal && scores.rows() > 1 ? seen.withZeroDiagonal() : seen;
        Operator operator = switch (kind) {
            case 0 -> masked.attention();
            case 1 -> masked.backward();
            case 2 -> masked.diffusion(0.5);
            default -> masked.circulation(-1.5);
        };
        return operator.transitions(0);
    }

    /** Powers of ten from 1e-300 to 1 and zeros, with some mass at token {@code sure}. */
    private static double[] masses(Random random, int count, int sure) {
        double[] masses = new double[count];
        Arrays.setAll(masses, i -> random.nextInt(3) == 0 ? 0 : Math.pow(10, -random.nextInt(301)));
        masses[sure] += 1e-3;
        return masses;
    }

    /**
     * {@code Z = sum_i phi_t,i phi^_t,i} is the same at every time, and the posterior is the part of each token; it sums to 1. Token 0 has
     * mass at both ends, and the last token at the end: under every mask, token 0 leads to one of the two.
     */
    @Property(tries = 60)
    void theEvidenceIsTheSameAtEveryTime(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll @IntRange(max = 3) int kind,
                                         @ForAll boolean causal, @ForAll boolean hollow,
                                         @ForAll @IntRange(min = 1, max = 12) int steps, @ForAll long seed) {
        Random random = new Random(seed);
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Transitions chain = chain(tokens.scores(arena), kind, causal, hollow);
            double[] initial = masses(random, n, 0);
            double[] evidence = masses(random, n, 0);
            evidence[n - 1] += causal ? 0 : 1e-3;
            Messages messages = Messages.of(chain, steps, initial, evidence);
            for (int t = 0; t <= steps; t++) {
                double[] logMass = sum(messages.logPhi(t), messages.logPhiHat(t));
                double rounding = 1e-13 * (1 + magnitude(messages.logPhi(t)) + magnitude(messages.logPhiHat(t)));
                assertEquals(messages.logEvidence(), logSum(logMass), rounding);
                double[] rho = messages.posterior(t);
                assertEquals(1, ReferenceMatrix.sum(rho), 1e-12);
                for (int i = 0; i < n; i++) {
                    assertEquals(Math.exp(logMass[i] - messages.logEvidence()), rho[i], 4 * rounding);
                    assertTrue(rho[i] > 0 || logMass[i] - messages.logEvidence() < -700);
                }
            }
        }
    }

    private static double[] sum(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] + b[i]).toArray();
    }

    private static double magnitude(double[] logarithms) {
        return Arrays.stream(logarithms).filter(Double::isFinite).map(Math::abs).max().orElse(0);
    }

    private static double logSum(double[] logarithms) {
        double max = Arrays.stream(logarithms).max().orElseThrow();
        return max + Math.log(Arrays.stream(logarithms).map(log -> Math.exp(log - max)).sum());
    }

    /** Rows of driven transitions sum to 1, and a step takes the posterior of each time to that of the next. */
    @Property(tries = 30)
    void drivenTransitionsMoveThePosterior(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll @IntRange(max = 3) int kind,
                                           @ForAll boolean causal, @ForAll long seed) {
        Random random = new Random(seed);
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Messages messages = Messages.of(chain(tokens.scores(arena), kind, causal, false), 2, masses(random, n, n - 1),
                    masses(random, n, 0));
            for (int t = 0; t < 2; t++) {
                double[] rho = messages.posterior(t);
                double[] logPhi = messages.logPhi(t);
                double[] moved = new double[n];
                for (int i = 0; i < n; i++) {
                    double[] row = messages.transition(t, i);
                    assertEquals(logPhi[i] > Double.NEGATIVE_INFINITY ? 1 : 0, ReferenceMatrix.sum(row), 1e-13);
                    double here = rho[i];
                    Arrays.setAll(moved, j -> moved[j] + here * row[j]);
                }
                assertArrayEquals(messages.posterior(t + 1), moved, 1e-11);
            }
        }
    }

    /** The messages of a bridge have its marginals, and its path entropy is at least that of the last marginal from the reference. */
    @Property(tries = 30)
    void bridgesCostWhatTheirEndsAreOff(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                        @ForAll @IntRange(min = 1, max = 3) int steps, @ForAll long seed) {
        Random random = new Random(seed);
        int n = tokens.rows();
        double[] mu = distribution(random, n);
        double[] nu = distribution(random, n);
        try (Arena arena = Arena.ofConfined()) {
            BridgeResult bridge = tokens.scores(arena).attention().bridge(steps, Sinkhorn.tolerance(1e-5).withMarginals(mu, nu));
            assertEquals(SinkhornStatus.CONVERGED, bridge.heads().getFirst().status());
            Messages messages = Messages.of(bridge, 0);
            assertArrayEquals(mu, messages.posterior(0), 2e-5);
            assertArrayEquals(nu, messages.posterior(steps), 2e-5);
            PathEntropy entropy = PathEntropy.of(bridge, 0);
            double[] end = messages.posterior(0);
            for (int t = 0; t < steps; t++) {
                end = messages.chain().later(end);
            }
            double off = relativeEntropy(messages.posterior(steps), end);
            assertTrue(entropy.total() >= off - 1e-13, () -> "%s, but the ends are off by %s".formatted(entropy, off));
            assertEquals(ReferenceMatrix.sum(entropy.byStep()), entropy.total(), 1e-14);
            assertEquals(ofEnds(messages), entropy.total(), 1e-11);
        }
    }

    private static double[] distribution(Random random, int count) {
        double[] masses = random.doubles(count, 0.1, 1).toArray();
        double total = ReferenceMatrix.sum(masses);
        return Arrays.stream(masses).map(mass -> mass / total).toArray();
    }

    private static double relativeEntropy(double[] p, double[] q) {
        return IntStream.range(0, p.length).mapToDouble(i -> p[i] == 0 ? 0 : p[i] * Math.log(p[i] / q[i])).sum();
    }

    /** The path entropy is that of the joint distribution of both ends: given these, the driven chain is the reference. */
    private static double ofEnds(Messages messages) {
        int n = messages.chain().size();
        double[] rho = messages.posterior(0);
        double[] logPhi = messages.logPhi(messages.steps());
        double[] logPhi0 = messages.logPhi(0);
        double sum = 0;
        for (int j = 0; j < n; j++) {
            double[] reached = new double[n];
            reached[j] = 1;
            for (int t = 0; t < messages.steps(); t++) {
                reached = messages.chain().expected(reached);
            }
            for (int i = 0; i < n; i++) {
                double logRatio = logPhi[j] - logPhi0[i];
                sum += rho[i] * reached[i] * Math.exp(logRatio) * logRatio;
            }
        }
        return sum;
    }

    /** {@code KL(P | A>) + KL(P | A<) = -log Z - H(P)}, {@code Z <= max A>, max A<} and {@code 0 <= H(P) <= log N}. */
    @Property(tries = 60)
    void expertsGainWhatTheyDisagree(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = causal ? tokens.scores(arena).withCausalMask() : tokens.scores(arena);
            ProductOfExperts product = ProductOfExperts.of(scores, 0);
            Transitions forward = scores.attention().transitions(0);
            Transitions backward = scores.backward().transitions(0);
            // resolution() is 2^-20 of the largest score: 2^-32 of it is the float64 rounding of a log-probability, and 16 are allowed.
            // The errors of the sums are relative to log Z.
            double rounding = 16 * 0x1p-32 * LogTransitions.OF_TRANSITIONS.look(forward).resolution();
            for (int i = 0; i < n; i++) {
                double logZ = product.logAgreement()[i];
                double gains = product.gainOverForward()[i] + product.gainOverBackward()[i];
                assertEquals(-logZ - product.entropy()[i], gains, (1e-12 + rounding) * (1 - logZ));
                double surest = Math.min(max(forward.row(i)), max(backward.row(i)));
                assertTrue(logZ <= surest + (1e-12 + rounding) * (1 - logZ),
                        "%s, but one is no surer than %s".formatted(logZ, surest));
                assertTrue(product.entropy()[i] <= Math.log(n) + 1e-13);
            }
        }
    }

    private static double max(double[] logTwo) {
        return Arrays.stream(logTwo).max().orElseThrow() * Math.log(2);
    }

    /** {@code P+_ij = A>+_ij A<+_ij / Z_i}, in float64 from scores of any size. */
    @Property(tries = 40)
    void theProductOfExpertsIsDiffusion(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = causal ? tokens.scores(arena).withCausalMask() : tokens.scores(arena);
            double[] agreement = ProductOfExperts.of(scores, 0).logAgreement();
            Transitions forward = scores.attention().transitions(0);
            Transitions backward = scores.backward().transitions(0);
            Transitions diffusion = scores.diffusion().transitions(0);
            for (int i = 0; i < tokens.rows(); i++) {
                double[] a = forward.row(i);
                double[] b = backward.row(i);
                double logZ = agreement[i] / Math.log(2);
                double[] p = Arrays.stream(diffusion.row(i)).map(log -> Math.pow(2, log)).toArray();
                double[] product = IntStream.range(0, p.length).mapToDouble(j -> Math.pow(2, a[j] + b[j] - logZ)).toArray();
                assertArrayEquals(p, product, 1e-9);
            }
        }
    }

    /** Permuting the tokens permutes every result. */
    @Property(tries = 20)
    void expertsAndMessagesFollowTheTokens(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll long seed) {
        int[] order = Orders.shuffled(seed, tokens.rows());
        Random random = new Random(seed);
        double[] initial = distribution(random, order.length);
        double[] evidence = distribution(random, order.length);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            Scores other = tokens.permuted(order).scores(arena);
            Messages messages = Messages.of(scores.attention().transitions(0), 3, initial, evidence);
            Messages permuted = Messages.of(other.attention().transitions(0), 3, of(initial, order), of(evidence, order));
            assertEquals(messages.logEvidence(), permuted.logEvidence(), 1e-12);
            assertArrayEquals(of(messages.posterior(1), order), permuted.posterior(1), 1e-13);
            assertArrayEquals(of(ProductOfExperts.of(scores, 0).logAgreement(), order),
                    ProductOfExperts.of(other, 0).logAgreement(), 1e-11);
        }
    }

    private static double[] of(double[] values, int[] order) {
        return Arrays.stream(order).mapToDouble(i -> values[i]).toArray();
    }
}
