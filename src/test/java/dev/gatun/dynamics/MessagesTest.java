package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.BridgeResult;
import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.Transitions;
import dev.gatun.Workers;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages against hand calculation, against sums over paths, over many steps, and of bridges. */
@Tag("any-width")
class MessagesTest {

    private static final double[][] TWO_TOKENS = {{0.75, 0.25}, {0.5, 0.5}};

    private static final double NOTHING = Double.NEGATIVE_INFINITY;

    private final Arena arena = Arena.ofAuto();

    /** {@code (P^2)_01 = 3/4 1/4 + 1/4 1/2 = 5/16}, of which 3/16 go by token 0. */
    @Test
    void twoStepsOfTwoTokens() {
        Messages messages = Messages.of(Transitions.of(TWO_TOKENS), 2, new double[] {1, 0}, new double[] {0, 1});
        assertEquals(Math.log(5 / 16.), messages.logEvidence(), 1e-15);
        assertNear(new double[] {0, NOTHING}, messages.logPhiHat(0));
        assertNear(logs(3 / 4., 1 / 4.), messages.logPhiHat(1));
        assertNear(logs(11 / 16., 5 / 16.), messages.logPhiHat(2));
        assertNear(logs(5 / 16., 3 / 8.), messages.logPhi(0));
        assertNear(logs(1 / 4., 1 / 2.), messages.logPhi(1));
        assertNear(new double[] {NOTHING, 0}, messages.logPhi(2));
        assertNear(new double[] {1, 0}, messages.posterior(0));
        assertNear(new double[] {3 / 5., 2 / 5.}, messages.posterior(1));
        assertNear(new double[] {0, 1}, messages.posterior(2));
        assertNear(new double[] {3 / 5., 2 / 5.}, messages.transition(0, 0));
        assertNear(new double[] {1 / 3., 2 / 3.}, messages.transition(0, 1));
        assertNear(new double[] {0, 1}, messages.transition(1, 1));
    }

    private static double[] logs(double... masses) {
        return Arrays.stream(masses).map(Math::log).toArray();
    }

    private static void assertNear(double[] expected, double[] actual) {
        assertArrayEquals(expected, actual, 1e-14);
    }

    /** Every path of five steps among three tokens, one by one. */
    @Test
    void theSumOverAllPaths() {
        int steps = 5;
        double[][] p = {{0.1, 0.6, 0.3}, {0.7, 0, 0.3}, {0.2, 0.2, 0.6}};
        double[] initial = {0.5, 0, 2};
        double[] evidence = {0.3, 1e-3, 0};
        double[][] mass = new double[steps + 1][3];
        double all = 0;
        for (int code = 0; code < 729; code++) {
            int[] path = digits(code, steps + 1);
            double weight = initial[path[0]] * evidence[path[steps]];
            for (int t = 0; t < steps; t++) {
                weight *= p[path[t]][path[t + 1]];
            }
            for (int t = 0; t <= steps; t++) {
                mass[t][path[t]] += weight;
            }
            all += weight;
        }
        Messages messages = Messages.of(Transitions.of(p), steps, initial, evidence);
        assertEquals(Math.log(all), messages.logEvidence(), 1e-14);
        for (int t = 0; t <= steps; t++) {
            double total = all;
            assertNear(Arrays.stream(mass[t]).map(m -> m / total).toArray(), messages.posterior(t));
        }
    }

    private static int[] digits(int code, int count) {
        int[] digits = new int[count];
        for (int t = 0, rest = code; t < count; t++, rest /= 3) {
            digits[t] = rest % 3;
        }
        return digits;
    }

    /** Without evidence, the posterior is the distribution of the chain itself. */
    @Test
    void withoutEvidenceThePosteriorIsTheReference() {
        Transitions chain = attention(70, 1.5).transitions(0);
        double[] rho = masses(1, 70);
        Messages messages = Messages.of(chain, 4, rho, ReferenceMatrix.constant(70, 1));
        assertEquals(0, messages.logEvidence(), 1e-14);
        for (int t = 0; t <= 4; t++) {
            assertArrayEquals(new double[70], messages.logPhi(t), 1e-14);
            assertArrayEquals(rho, messages.posterior(t), 1e-15);
            rho = chain.later(rho);
        }
        assertArrayEquals(Arrays.stream(chain.row(3)).map(log -> Math.pow(2, log)).toArray(), messages.transition(2, 3), 1e-15);
    }

    /** The evidence leaves a single path, of probability 1e-3000. */
    @Test
    void theOnlyPathIsFoundHoweverUnlikely() {
        double[][] leaky = {{1, 0}, {0.999, 0.001}};
        Messages messages = Messages.of(Transitions.of(leaky), 1000, new double[] {0.5, 0.5}, new double[] {0, 1});
        assertEquals(Math.log(0.5) + 1000 * Math.log(0.001), messages.logEvidence(), 1e-10);
        for (int t = 0; t <= 1000; t += 50) {
            assertArrayEquals(new double[] {0, 1}, messages.posterior(t));
            assertEquals((1000 - t) * Math.log(0.001), messages.logPhi(t)[1], 1e-10);
            assertEquals(Math.log(0.5) + t * Math.log(0.001), messages.logPhiHat(t)[1], 1e-10);
            assertEquals(NOTHING, messages.logPhi(t)[0]);
        }
    }

    /** The same for a head under the causal mask, in which only the last token leads to itself. */
    @Test
    void aCausalHeadHeldAtItsLastToken() {
        int n = 65;
        Transitions chain = Tokens.random(8, n, n, 8, 1).scores(arena).withCausalMask().attention().transitions(0);
        double[] last = new double[n];
        last[n - 1] = 1;
        Messages messages = Messages.of(chain, 1000, ReferenceMatrix.constant(n, 1. / n), last);
        double staying = chain.row(n - 1)[n - 1] * Math.log(2);
        assertEquals(1000 * staying - Math.log(n), messages.logEvidence(), 1e-9);
        for (int t = 0; t <= 1000; t += 250) {
            assertArrayEquals(last, messages.posterior(t));
        }
    }

    /** After a thousand steps the start is forgotten, and Z is the stationary probability of the last token. */
    @Test
    void aThousandStepsForget() {
        int n = 70;
        Transitions chain = attention(n, 0.7).transitions(0);
        double[] pi = StationaryDistribution.of(chain).pi();
        double[] end = new double[n];
        end[17] = 1;
        Messages messages = Messages.of(chain, 1000, masses(4, n), end);
        assertEquals(Math.log(pi[17]), messages.logEvidence(), 1e-12);
        assertArrayEquals(pi, messages.posterior(500), 1e-14);
    }

    /** Two tokens change places at each step. */
    @Test
    void zerosStayZeros() {
        Transitions chain = Transitions.of(new double[][] {{0, 1}, {1, 0}});
        Messages messages = Messages.of(chain, 999, new double[] {1, 0}, new double[] {0.25, 0.75});
        assertEquals(Math.log(0.75), messages.logEvidence(), 1e-15);
        for (int t = 0; t < 999; t++) {
            assertArrayEquals(t % 2 == 0 ? new double[] {1, 0} : new double[] {0, 1}, messages.posterior(t));
            assertEquals(NOTHING, messages.logPhiHat(t)[1 - t % 2]);
        }
        assertArrayEquals(new double[] {0, 1}, messages.transition(998, 0));
        Messages blocked = Messages.of(chain, 1, new double[] {1, 0}, new double[] {0, 1});
        assertArrayEquals(new double[2], blocked.transition(0, 1), "from token 1 nothing comes to token 1");
    }

    /** The messages of a bridge have both its marginals, whatever their total, and its driven transitions. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void messagesOfABridgeMeetItsMarginals(int steps) {
        int n = 70;
        Scores scores = Tokens.random(steps, n, n, 8, 1.2).scores(arena);
        double[] mu = Arrays.stream(masses(1, n)).map(mass -> 5 * mass).toArray();
        double[] nu = Arrays.stream(masses(2, n)).map(mass -> 5 * mass).toArray();
        Sinkhorn solve = Sinkhorn.tolerance(1e-6);
        for (Operator chain : new Operator[] {scores.attention(), scores.backward(), scores.diffusion(1), scores.circulation(0.3),
                scores.sinkhorn(Divergence.SYMMETRIC, solve).requireConverged().operator()}) {
            BridgeResult bridge = chain.bridge(steps, solve.withMarginals(mu, nu)).requireConverged();
            Messages messages = Messages.of(bridge, 0);
            assertEquals(Math.log(5), messages.logEvidence(), 5e-6);
            for (int t = 0; t <= steps; t++) {
                double[] rho = Arrays.stream(bridge.heads().getFirst().marginals()[t]).map(mass -> mass / 5).toArray();
                assertArrayEquals(rho, messages.posterior(t), 2e-5 / n);
            }
            assertArrayEquals(masses(1, n), messages.posterior(0), 1e-5 / n);
            assertArrayEquals(masses(2, n), messages.posterior(steps), 1e-5 / n);
            assertDrives(bridge.transition(steps - 1), messages, steps - 1);
        }
    }

    private void assertDrives(Operator transition, Messages messages, int t) {
        int n = transition.rows();
        Matrix entries = Matrix.allocate(arena, n, n);
        transition.matrix(entries);
        double[] moved = new double[n];
        double[] rho = messages.posterior(t);
        for (int i = 0; i < n; i++) {
            double[] row = messages.transition(t, i);
            double here = rho[i];
            assertEquals(1, ReferenceMatrix.sum(row), 1e-14);
            assertArrayEquals(IntStream.range(0, n).mapToDouble(j -> row[j]).toArray(), doubles(entries.toArray(), i * n, n), 3e-6);
            Arrays.setAll(moved, j -> moved[j] + here * row[j]);
        }
        assertArrayEquals(messages.posterior(t + 1), moved, 1e-15);
    }

    private static double[] doubles(float[] values, int from, int count) {
        return IntStream.range(from, from + count).mapToDouble(at -> values[at]).toArray();
    }

    /** Tokens without mass at either end have none at any time. */
    @Test
    void messagesOfABridgeBetweenFewTokens() {
        int n = 9;
        double[] mu = new double[n];
        mu[2] = 1;
        double[] nu = new double[n];
        nu[0] = 0.25;
        nu[7] = 0.75;
        BridgeResult bridge = Tokens.random(4, n, n, 4, 1).scores(arena).attention()
                .bridge(3, Sinkhorn.tolerance(1e-6).withMarginals(mu, nu)).requireConverged();
        Messages messages = Messages.of(bridge, 0);
        assertArrayEquals(mu, messages.posterior(0));
        assertArrayEquals(nu, messages.posterior(3), 1e-6);
        assertEquals(0, messages.posterior(3)[5]);
        assertEquals(NOTHING, messages.logPhi(3)[5]);
    }

    /** Chains whose entries are not stored: logarithms of the streamed products, up to rounding. */
    @Test
    void manyTokensAreStreamed() {
        int n = 1100;
        Transitions chain = attention(n, 1).transitions(0);
        double[] rho = masses(6, n);
        double[] f = masses(7, n);
        Messages messages = Messages.of(chain, 2, rho, f);
        double[] later = chain.later(chain.later(rho));
        assertRelative(later, exponentials(messages.logPhiHat(2)));
        assertRelative(chain.expected(chain.expected(f)), exponentials(messages.logPhi(0)));
        assertEquals(Math.log(product(later, f)), messages.logEvidence(), 1e-13);
        assertEquals(1, ReferenceMatrix.sum(messages.transition(1, 1099)), 1e-13);
    }

    private static double[] exponentials(double[] logarithms) {
        return Arrays.stream(logarithms).map(Math::exp).toArray();
    }

    private static void assertRelative(double[] expected, double[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(1, actual[i] / expected[i], 1e-12);
        }
    }

    private static double product(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    @Test
    void threadsChangeNothing() {
        int n = 130;
        Scores scores = Tokens.random(5, n, n, 8, 1).scores(arena);
        Messages alone = Messages.of(scores.attention().transitions(0), 6, masses(1, n), masses(2, n));
        for (int threads : new int[] {2, 5}) {
            try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
                Messages shared = Messages.of(scores.withWorkers(Workers.of(executor, threads)).attention().transitions(0), 6,
                        masses(1, n), masses(2, n));
                assertEquals(alone.logEvidence(), shared.logEvidence());
                for (int t = 0; t <= 6; t++) {
                    assertArrayEquals(alone.logPhi(t), shared.logPhi(t));
                    assertArrayEquals(alone.logPhiHat(t), shared.logPhiHat(t));
                }
            }
        }
    }

    @Test
    void refusesWhatIsNoMessage() {
        Transitions chain = Transitions.of(TWO_TOKENS);
        double[] ones = {1, 1};
        assertRefused("steps must be at least 1, not 0", chain, 0, ones, ones);
        assertRefused("the initial distribution has 3 entries; expected one for each of 2 tokens", chain, 1, new double[3], ones);
        assertRefused("the evidence has 1 entries; expected one for each of 2 tokens", chain, 1, ones, new double[1]);
        assertRefused("the initial distribution is 0 for every token; expected some mass", chain, 1, new double[2], ones);
        assertRefused("the evidence is 0 for every token; expected some mass", chain, 1, ones, new double[2]);
        for (double bad : new double[] {-1e-300, Double.NaN, Double.POSITIVE_INFINITY}) {
            String of = " of token 1 is %s; expected a finite number of at least 0".formatted(bad);
            assertRefused("the initial distribution" + of, chain, 1, new double[] {1, bad}, ones);
            assertRefused("the evidence" + of, chain, 1, ones, new double[] {1, bad});
        }
    }

    private static void assertRefused(String message, Transitions chain, int steps, double[] initial, double[] evidence) {
        assertEquals(message, assertThrows(IllegalArgumentException.class,
                () -> Messages.of(chain, steps, initial, evidence)).getMessage());
    }

    /** Evidence that is not reached from the start, and evidence that is not reached from any token. */
    @Test
    void refusesAnEndThatIsNotReached() {
        double[][] down = {{1, 0, 0}, {0.5, 0.5, 0}, {0.5, 0.5, 0}};
        double[] first = {1, 0, 0};
        assertRefused("no path of 3 steps leads from a token of the initial distribution to one of the evidence",
                Transitions.of(down), 3, first, new double[] {0, 1, 0});
        assertRefused("no path of 2 steps leads from a token of the initial distribution to one of the evidence",
                Transitions.of(down), 2, new double[] {1, 1, 1}, new double[] {0, 0, 1});
    }

    @Test
    void refusesTimesTokensAndHeadsThatAreNotThere() {
        Messages messages = Messages.of(Transitions.of(TWO_TOKENS), 2, new double[] {1, 1}, new double[] {1, 1});
        for (int absent : new int[] {-1, 3}) {
            refusesTime(absent, () -> messages.posterior(absent));
            refusesTime(absent, () -> messages.logPhi(absent));
            refusesTime(absent, () -> messages.logPhiHat(absent));
        }
        assertEquals("time 2 does not exist; expected 0 to 1",
                assertThrows(IndexOutOfBoundsException.class, () -> messages.transition(2, 0)).getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> messages.transition(1, 2));
        BridgeResult bridge = attention(5, 1).bridge(2, Sinkhorn.tolerance(1e-4));
        for (int absent : new int[] {-1, 1}) {
            assertEquals("head " + absent + " does not exist: there are 1",
                    assertThrows(IndexOutOfBoundsException.class, () -> Messages.of(bridge, absent)).getMessage());
        }
    }

    private static void refusesTime(int time, Executable call) {
        assertEquals("time " + time + " does not exist; expected 0 to 2",
                assertThrows(IndexOutOfBoundsException.class, call).getMessage());
    }

    @Test
    void refusesAHeadWithoutABridge() {
        Operator chain = Tokens.random(3, 2, 2, 4, 1).scores(arena).withCausalMask().attention();
        BridgeResult none = chain.bridge(2,
                Sinkhorn.tolerance(1e-6).withMarginals(new double[] {0.75, 0.25}, new double[] {0.5, 0.5}));
        assertEquals("head 0 has no bridge: " + none.heads().getFirst().reason(),
                assertThrows(IllegalStateException.class, () -> Messages.of(none, 0)).getMessage());
    }

    private Operator attention(int n, double spread) {
        return Tokens.random(n, n, n, 8, spread).scores(arena).attention();
    }

    private static double[] masses(long seed, int count) {
        double[] masses = new Random(seed).doubles(count, 0.05, 1.05).toArray();
        double total = ReferenceMatrix.sum(masses);
        return Arrays.stream(masses).map(mass -> mass / total).toArray();
    }
}
