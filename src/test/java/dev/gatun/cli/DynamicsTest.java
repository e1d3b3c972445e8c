package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.NpyFiles.Contents;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceDynamics;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSoftmax;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("any-width")
class DynamicsTest {

    private static final int TOKENS = 9;
    private static final int COMPONENTS = 5;
    private static final int HEADS = 4;
    private static final double TAU = 0.4;
    private static final double BETA = 1.5;

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path pi;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 2, TOKENS, COMPONENTS);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 1, TOKENS, COMPONENTS);
        pi = folder.resolve("pi.npy");
    }

    private Outcome run(String operator, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("dynamics", "--operator", operator, "--q", q, "--k", k, "--scale", TAU,
                "--beta", BETA, "--tolerance", "1e-6"));
        arguments.addAll(Arrays.asList(more));
        return Outcome.of(arguments.toArray());
    }

    @ParameterizedTest
    @CsvSource({"attention, 0, 1, 1e-11", "attention-column, 0, 1, 1e-11", "backward, 0, 1, 1e-11", "backward-column, 0, 1, 1e-11",
        "diffusion, 0, 1, 1e-11", "diffusion, 1, 1, 1e-11", "bistochastic, 0, 1, 1e-5", "bistochastic-backward, 0, 1, 1e-5",
        "bistochastic-diffusion, 0, 1, 1e-5", "circulation, 0, -2, 1e-11", "circulation, 0, 0, 1e-11"})
    void figuresAreThoseOfTheDefinitions(String operator, double alpha, double circulation, double bound) {
        String json = run(operator, "--alpha", alpha, "--circulation", circulation, "--out-law", pi).assertDone().out();
        Contents written = NpyFiles.read(pi);
        assertEquals("<f8", written.type());
        assertArrayEquals(new int[] {2, 2, TOKENS}, written.shape());
        for (int head = 0; head < HEADS; head++) {
            double[][] p = chain(operator, head, alpha, circulation, false);
            double[] pi = ReferenceDynamics.stationary(p);
            boolean symmetric = operator.endsWith("diffusion") || operator.equals("circulation") && circulation == 0;
            assertArrayEquals(pi, part(written, head), bound);
            assertEquals(symmetric ? "\"equilibrium\"" : "\"ness\"", member(json, "regime", head));
            assertClose(ReferenceDynamics.entropyProduction(p, pi), json, "entropyProduction", head, bound);
            assertClose(ReferenceDynamics.maxCurrent(p, pi), json, "maxCurrent", head, bound);
            assertClose(ReferenceDynamics.totalCurrent(p, pi), json, "totalCurrent", head, bound);
            assertClose(flow(p, pi), json, "flow", head, bound);
            assertClose(ReferenceDynamics.spectralGap(p), json, "spectralGap", head, bound);
            assertClose(-1 / Math.log(1 - ReferenceDynamics.spectralGap(p)), json, "relaxationTime", head, bound);
            assertClose(symmetric ? 0 : ReferenceDynamics.curlFraction(scores(head)), json, "curlFraction", head, bound);
            assertEquals("true", member(json, "gapConverged", head));
            assertEquals("1", member(json, "closedClasses", head));
            assertEquals("1", member(json, "period", head));
            assertEquals("false", member(json, "vacuous", head));
            assertTrue(number(json, "residual", head) <= bound);
            assertTrue(json.contains("\"head\": [" + head / 2 + ", " + head % 2 + "]"), json);
        }
    }

    /** Queries times 2^40 and keys divided by it have the same scores and figures. */
    @Test
    void unitsOfQueriesAndKeysDoNotMatter() {
        String json = run("attention").assertDone().out();
        scale(q, 40, 2, 2);
        scale(k, -40, 2, 1);
        assertEquals(json, run("attention").assertDone().out());
    }

    private static void scale(Path file, int exponent, int batch, int heads) {
        double[] entries = NpyFiles.read(file).values();
        float[] scaled = new float[entries.length];
        for (int e = 0; e < scaled.length; e++) {
            scaled[e] = (float) Math.scalb(entries[e], exponent);
        }
        NpyFiles.float32(file, scaled, batch, heads, TOKENS, COMPONENTS);
    }

    @Test
    void currentsAndCyclesAreThoseOfTheChain() {
        String json = run("attention", "--currents", 12, "--cycles", 2).assertDone().out();
        List<String> heads = Pattern.compile("\"head\":").splitAsStream(json).skip(1).toList();
        for (int head = 0; head < HEADS; head++) {
            double[][] p = chain("attention", head, 0, 1, false);
            double[] pi = ReferenceDynamics.stationary(p);
            double[][] currents = ReferenceDynamics.currents(p, pi);
            List<double[]> listed = entries(heads.get(head), "from", "to", "current", "flow", "affinity");
            assertEquals(12, listed.size());
            assertEquals(ReferenceDynamics.maxCurrent(p, pi), listed.getFirst()[2], 1e-12);
            for (int m = 0; m < listed.size(); m++) {
                int i = (int) listed.get(m)[0];
                int j = (int) listed.get(m)[1];
                assertTrue(m == 0 || listed.get(m)[2] <= listed.get(m - 1)[2]);
                assertEquals(currents[i][j], listed.get(m)[2], 1e-12);
                assertEquals(pi[i] * p[i][j] + pi[j] * p[j][i], listed.get(m)[3], 1e-12);
                assertEquals(Math.log(pi[i] * p[i][j] / (pi[j] * p[j][i])), listed.get(m)[4], 1e-9);
            }
            requireCycles(heads.get(head), p, currents);
        }
    }

    private static void requireCycles(String head, double[][] p, double[][] currents) {
        List<double[]> figures = entries(head.substring(head.indexOf("\"cycles\"")), "current", "affinity");
        List<int[]> cycles = Pattern.compile("\"tokens\": \\[([^]]*)]").matcher(head).results()
                .map(found -> Arrays.stream(found.group(1).split(", ")).mapToInt(Integer::parseInt).toArray()).toList();
        assertEquals(2, cycles.size());
        for (int m = 0; m < 2; m++) {
            int[] cycle = cycles.get(m);
            assertTrue(figures.get(m)[0] > 0);
            assertEquals(ReferenceDynamics.cycleAffinity(p, cycle), figures.get(m)[1], 1e-9);
            for (int step = 0; step < cycle.length; step++) {
                double along = currents[cycle[step]][cycle[(step + 1) % cycle.length]];
                assertTrue(figures.get(m)[0] <= along + 1e-12);
            }
        }
    }

    @Test
    void noListsAreMadeWhereNoneIsAskedFor() {
        String json = run("attention", "--currents", 0, "--cycles", 0).assertDone().out();
        assertEquals(HEADS, matches("\"currents\": \\[\\s*],\\s+\"cycles\": \\[\\s*]", json), json);
        String reversible = run("diffusion", "--currents", 1).assertDone().out();
        assertEquals(HEADS, matches("\"cycles\": \\[\\s*]", reversible), reversible);
        assertEquals(HEADS, matches("\"affinity\": ", reversible), reversible);
    }

    @Test
    void aCausalChainIsAbsorbedByItsFirstToken() {
        String json = run("attention", "--causal", "--out-law", pi).assertDone().out();
        double[] first = new double[TOKENS];
        first[0] = 1;
        for (int head = 0; head < HEADS; head++) {
            assertArrayEquals(first, part(NpyFiles.read(pi), head));
            assertEquals("true", member(json, "vacuous", head));
            assertEquals("true", member(json, "absorbing", head));
            assertEquals("0.0", member(json, "entropyProduction", head));
            assertEquals("0.0", member(json, "totalCurrent", head));
            double[][] p = chain("attention", head, 0, 1, true);
            assertEquals(ReferenceDynamics.spectralGap(p), number(json, "spectralGap", head), 1e-9);
        }
    }

    @Test
    void aLawOfOnesOwnIsDriven() {
        double[] masses = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        double[] own = Arrays.stream(masses).map(mass -> mass / 45).toArray();
        Path rho = NpyFiles.float64(folder.resolve("rho.npy"), masses, TOKENS);
        String json = run("attention", "--rho", rho, "--out-law", pi).assertDone().out();
        for (int head = 0; head < HEADS; head++) {
            double[][] p = chain("attention", head, 0, 1, false);
            assertEquals("\"driven\"", member(json, "regime", head));
            assertClose(ReferenceDynamics.entropyProduction(p, own), json, "entropyProduction", head);
            assertClose(ReferenceDynamics.maxCurrent(p, own), json, "maxCurrent", head);
            assertClose(ReferenceDynamics.totalCurrent(p, own), json, "totalCurrent", head);
            assertClose(drift(p, own), json, "drift", head);
            assertArrayEquals(ReferenceDynamics.stationary(p), part(NpyFiles.read(pi), head), 1e-12);
        }
    }

    @Test
    void aStationaryLawOfEachHeadIsNotDriven() {
        String stationary = run("attention", "--out-law", pi).assertDone().out();
        String own = run("attention", "--rho", pi).assertDone().out();
        for (int head = 0; head < HEADS; head++) {
            assertEquals("\"ness\"", member(own, "regime", head));
            assertClose(number(stationary, "entropyProduction", head), own, "entropyProduction", head);
        }
        assertNotEquals(member(own, "entropyProduction", 0), member(own, "entropyProduction", 1));
    }

    /** Column sums are 1 within the tolerance of the solve only, and so the uniform distribution is stationary within that. */
    @Test
    void theToleranceOfABistochasticOperatorDrivesNothing() {
        double[] uniform = new double[TOKENS];
        Arrays.fill(uniform, 1);
        Path rho = NpyFiles.float64(folder.resolve("rho.npy"), uniform, TOKENS);
        String json = Outcome.of("dynamics", "--operator", "bistochastic", "--q", q, "--k", k, "--tolerance", "1e-3", "--rho", rho)
                .assertDone().out();
        for (int head = 0; head < HEADS; head++) {
            assertEquals("\"ness\"", member(json, "regime", head));
            assertTrue(number(json, "residual", head) > 1e-5, json);
        }
    }

    @Test
    void aOneWayFlowIsInfinite() {
        double[] first = new double[TOKENS];
        first[0] = 5e-324;
        Path rho = NpyFiles.float64(folder.resolve("rho.npy"), first, TOKENS);
        String json = run("attention", "--rho", rho).assertDone().out();
        for (int head = 0; head < HEADS; head++) {
            assertEquals("\"inf\"", member(json, "entropyProduction", head));
            assertEquals("\"driven\"", member(json, "regime", head));
            double[][] p = chain("attention", head, 0, 1, false);
            assertEquals(1 - p[0][0], number(json, "totalCurrent", head), 1e-12);
        }
    }

    @Test
    void twoTokensThatOnlySeeEachOtherNeverForget() {
        NpyFiles.random(q, 1, 2, 3);
        NpyFiles.random(k, 2, 2, 3);
        String json = run("attention", "--zero-diagonal").assertDone().out();
        assertEquals("2", member(json, "period", 0));
        assertEquals("0.0", member(json, "spectralGap", 0));
        assertEquals("\"inf\"", member(json, "relaxationTime", 0));
        assertEquals("\"equilibrium\"", member(json, "regime", 0));
    }

    /** Two tokens that see each other with {@code e^-500}: a gap that {@code 1 - lambda} cannot represent. */
    @Test
    void gapsFarBelowRoundingAreFound() {
        NpyFiles.float32(q, new float[] {1, 0, 0, 1}, 2, 2);
        String json = Outcome.of("dynamics", "--operator", "attention", "--q", q, "--k", q, "--scale", 1, "--beta", 500)
                .assertDone().out();
        double gap = 2 * Math.exp(-500);
        assertEquals("true", member(json, "gapConverged", 0));
        assertEquals(1, number(json, "spectralGap", 0) / gap, 1e-6);
        assertEquals(1, number(json, "relaxationTime", 0) * gap, 1e-6);
        String beyond = Outcome.of("dynamics", "--operator", "attention", "--q", q, "--k", q, "--scale", 1, "--beta", 5000)
                .assertDone().out();
        assertEquals("false", member(beyond, "gapConverged", 0));
        assertTrue(number(beyond, "spectralGap", 0) > 0, beyond);
        assertTrue(Double.isFinite(number(beyond, "relaxationTime", 0)), beyond);
    }

    /** Neighbours on a line, of steps with the variance {@code 1 / (tau beta)}: the gap is that of diffusion. */
    @Test
    void theGapOfALongLineIsFound() {
        int tokens = 700;
        float[] queries = new float[2 * tokens];
        float[] keys = new float[2 * tokens];
        for (int i = 0; i < tokens; i++) {
            float x = i - tokens / 2;
            queries[2 * i] = x;
            queries[2 * i + 1] = 1;
            keys[2 * i] = x;
            keys[2 * i + 1] = -x * x / 2;
        }
        NpyFiles.float32(q, queries, tokens, 2);
        NpyFiles.float32(k, keys, tokens, 2);
        String json = run("attention", "--cycles", 0).assertDone().out();
        assertEquals("true", member(json, "gapConverged", 0));
        double diffusive = Math.pow(Math.PI / tokens, 2) / (2 * TAU * BETA);
        assertEquals(diffusive, number(json, "spectralGap", 0), diffusive / 100);
    }

    @Test
    void threadsChangeNothing() {
        NpyFiles.random(q, 1, 3, 130, 4);
        NpyFiles.random(k, 2, 3, 130, 4);
        String one = run("bistochastic", "--threads", 1).assertDone().out();
        assertEquals(one, run("bistochastic", "--threads", 3).assertDone().out());
    }

    @Test
    void whatIsNoChainIsOneSentence() {
        run("magnetic", "--out-law", pi).assertRefused("magnetic has complex entries", "no Markov chain");
        run("attention", "--causal", "--zero-diagonal", "--out-law", pi).assertRefused("q.npy, ", "token 0 sees nothing");
        run("attention", "--currents", -1).assertRefused("--currents must be at least 0, not -1");
        run("attention", "--cycles", -1).assertRefused("--cycles must be at least 0, not -1");
        run("softmax").assertRefused("'softmax' is unknown");
        NpyFiles.random(k, 2, 2, 1, 7, COMPONENTS);
        run("attention", "--out-law", pi).assertRefused("there are 9 queries and 7 keys", "a Markov chain");
        assertFalse(Files.exists(pi));
    }

    @Test
    void lawsThatAreNoneAreNamed() {
        Path rho = folder.resolve("rho.npy");
        NpyFiles.float64(rho, new double[] {1, 2}, 2);
        run("attention", "--rho", rho).assertRefused("rho.npy: has 2 entries", "9 tokens");
        NpyFiles.float64(rho, new double[] {1, 2, 3, 4, 5, 6, 7, 8, -9}, 9);
        run("attention", "--rho", rho).assertRefused("rho.npy: holds -9.0 at entry 8");
        NpyFiles.float64(rho, new double[9], 9);
        run("attention", "--rho", rho).assertRefused("rho.npy: has a total mass of 0.0");
        NpyFiles.float64(rho, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 9);
        run("attention", "--rho", rho, "--out-law", rho).assertRefused("rho.npy: ", "is an input");
    }

    @Test
    void aPlanThatDoesNotConvergeHasNoDynamics() {
        Outcome outcome = run("bistochastic", "--max-iterations", 1, "--out-law", pi);
        outcome.assertEnded(1, "bistochastic needs a Sinkhorn solve that converges", "4 of 4");
        assertEquals("", outcome.out());
        assertFalse(Files.exists(pi));
    }

    private double[][] scores(int head) {
        return ReferenceScores.scores(tokens(q, head), tokens(k, head / 2), TAU);
    }

    private static double[][] tokens(Path file, int head) {
        double[] all = NpyFiles.read(file).values();
        double[][] tokens = new double[TOKENS][];
        for (int i = 0; i < TOKENS; i++) {
            int from = (head * TOKENS + i) * COMPONENTS;
            tokens[i] = Arrays.copyOfRange(all, from, from + COMPONENTS);
        }
        return tokens;
    }

    /** The row-stochastic matrix of the chain: of a column-stochastic operator, its transpose. */
    private double[][] chain(String operator, int head, double alpha, double circulation, boolean causal) {
        double[][] queries = tokens(q, head);
        double[][] keys = tokens(k, head / 2);
        double[][] s = scores(head);
        return switch (operator) {
            case "attention" -> ReferenceSoftmax.attention(queries, keys, TAU, BETA, causal);
            case "attention-column" ->
                    ReferenceMatrix.transpose(ReferenceSoftmax.attentionColumn(queries, keys, TAU, BETA, causal));
            case "backward" -> ReferenceSoftmax.backward(queries, keys, TAU, BETA, causal);
            case "backward-column" -> ReferenceMatrix.transpose(ReferenceSoftmax.backwardColumn(queries, keys, TAU, BETA, causal));
            case "circulation" -> ReferenceSoftmax.circulation(queries, keys, TAU, BETA, circulation, causal);
            case "diffusion" -> ReferenceDiffusion.transition(queries, keys, TAU, BETA, alpha, causal);
            case "bistochastic" -> coupling(ReferenceScores.forward(s));
            case "bistochastic-backward" -> coupling(ReferenceScores.backward(s));
            case "bistochastic-diffusion" -> coupling(ReferenceScores.symmetric(s));
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static double[][] coupling(double[][] divergence) {
        return ReferenceSinkhorn.bistochasticAccurately(ReferenceScores.logKernel(divergence, BETA)).plan();
    }

    private static double flow(double[][] p, double[] rho) {
        double flow = 0;
        for (int i = 0; i < p.length; i++) {
            flow += rho[i] * (1 - p[i][i]);
        }
        return flow;
    }

    private static double drift(double[][] p, double[] rho) {
        double[] later = ReferenceMatrix.multiply(rho, p);
        double moved = 0;
        for (int i = 0; i < rho.length; i++) {
            moved += Math.abs(later[i] - rho[i]) / 2;
        }
        return moved / flow(p, rho);
    }

    private static double[] part(Contents contents, int head) {
        return Arrays.copyOfRange(contents.values(), head * TOKENS, (head + 1) * TOKENS);
    }

    /** The text of a member of head {@code head}. */
    private static String member(String json, String name, int head) {
        return Pattern.compile("(?m)^ {6}\"" + name + "\": (.*?),?$").matcher(json).results().skip(head).findFirst()
                .orElseThrow(() -> new AssertionError(name + " is missing in " + json)).group(1);
    }

    private static double number(String json, String name, int head) {
        return Double.parseDouble(member(json, name, head));
    }

    private static void assertClose(double expected, String json, String name, int head) {
        assertClose(expected, json, name, head, 1e-8);
    }

    private static void assertClose(double expected, String json, String name, int head, double bound) {
        assertEquals(expected, number(json, name, head), bound * Math.abs(expected) + 1e-14, name);
    }

    /** The objects with exactly these numeric members in this order. */
    private static List<double[]> entries(String json, String... names) {
        String members = String.join(",\\s+", Arrays.stream(names).map(name -> "\"" + name + "\": ([^,\\s]+)").toList());
        return Pattern.compile(members + "\\s+}").matcher(json).results().map(found -> {
            double[] entry = new double[names.length];
            Arrays.setAll(entry, m -> Double.parseDouble(found.group(m + 1)));
            return entry;
        }).toList();
    }

    private static long matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
