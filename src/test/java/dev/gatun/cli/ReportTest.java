package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.model.TrainedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of heads: its figures are those of the other commands, and what does not exist has a reason. */
@Tag("any-width")
class ReportTest {

    private static final int TOKENS = 9;
    private static final int COMPONENTS = 5;
    private static final int HEADS = 2;
    private static final List<Object> SCORING = List.of("--beta", 1.5, "--scale", 0.4);

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path v;
    private Path out;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, HEADS, TOKENS, COMPONENTS);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 1, TOKENS, COMPONENTS);
        v = NpyFiles.random(folder.resolve("v.npy"), 3, 1, TOKENS, 4);
        out = folder.resolve("r.html");
    }

    /** Runs a command on queries and keys with more arguments. */
    private Outcome run(String command, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of(command, "--q", q, "--k", k));
        arguments.addAll(SCORING);
        arguments.addAll(Arrays.asList(more));
        return Outcome.of(arguments.toArray());
    }

    private ReportPage report(Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("--out", out));
        arguments.addAll(Arrays.asList(more));
        assertEquals("", run("report", arguments.toArray()).assertDone().out());
        return ReportPage.read(out);
    }

    private static JsonNode json(Outcome outcome) {
        return ReportPage.json(outcome.assertDone().out());
    }

    /** Every member of {@code expected}, except those named, is in {@code actual}. */
    private static void assertMembers(JsonNode expected, JsonNode actual, String... except) {
        for (Map.Entry<String, JsonNode> member : expected.properties()) {
            if (!Set.of(except).contains(member.getKey())) {
                assertEquals(member.getValue(), actual.get(member.getKey()), member.getKey());
            }
        }
    }

    @Test
    void figuresAreThoseOfTheOtherCommands() throws IOException {
        ReportPage page = report("--v", v, "--alpha", 0.5, "--charge", 0.4);
        JsonNode dynamics = json(run("dynamics", "--operator", "attention", "--currents", 40, "--cycles", 5));
        JsonNode hopfield = json(run("hopfield", "--v", v));
        Path file = folder.resolve("analysis.json");
        run("analyze", "--json", file).assertDone();
        JsonNode analysis = ReportPage.json(Files.readString(file));
        for (int head = 0; head < HEADS; head++) {
            JsonNode told = page.head(head);
            assertEquals(dynamics.at("/heads/" + head + "/head"), told.get("head"));
            assertMembers(dynamics.at("/heads/" + head), told.get("dynamics"), "head", "currents", "cycles");
            assertMembers(hopfield.at("/heads/" + head), told.get("hopfield"), "head");
            assertEquals("", told.at("/dynamics/reason").asText());
            assertEquals("", told.at("/hopfield/reason").asText());
            assertEquals("ness", told.get("regime").asText());
            JsonNode figures = told.get("figures");
            for (String name : List.of("leastScore", "greatestScore", "negativeShare", "eta")) {
                assertEquals(analysis.at("/heads/" + head + "/" + name), figures.get(name), name);
            }
            for (String name : List.of("entropyProduction", "spectralGap", "curlFraction")) {
                assertEquals(dynamics.at("/heads/" + head + "/" + name), figures.get(name), name);
            }
            assertFlows(dynamics.at("/heads/" + head), told);
        }
        for (JsonNode figure : page.data().get("figures")) {
            assertTrue(page.head(0).get("figures").has(figure.get("name").asText()), figure::toString);
            assertTrue(page.html().contains("id=\"def-" + figure.get("definition").asText() + "\""), figure::toString);
        }
    }

    private static void assertFlows(JsonNode expected, JsonNode told) {
        assertEquals(TOKENS * (TOKENS - 1) / 2, told.get("currents").size());
        for (int i = 0; i < told.get("currents").size(); i++) {
            JsonNode current = told.get("currents").get(i);
            assertMembers(current, expected.get("currents").get(i), "current");
            assertFloat(expected.get("currents").get(i).get("current"), current.get("current"));
        }
        assertEquals(5, told.get("cycles").size());
        for (int i = 0; i < told.get("cycles").size(); i++) {
            JsonNode cycle = told.get("cycles").get(i);
            assertEquals(expected.get("cycles").get(i).get("tokens"), cycle.get("tokens"));
            assertFloat(expected.get("cycles").get(i).get("affinity"), cycle.get("affinity"));
            assertEquals(expected.get("cycles").get(i).get("current"), cycle.get("weight"));
        }
    }

    /** The number that is told is the expected one, rounded to float32. */
    private static void assertFloat(JsonNode expected, JsonNode told) {
        assertEquals((float) expected.asDouble(), Float.parseFloat(told.asText()));
    }

    @Test
    void couplingsAreThoseOfSinkhorn() {
        ReportPage page = report("--tolerance", 1e-6);
        Path u = folder.resolve("u.npy");
        Path potentials = folder.resolve("w.npy");
        for (Map.Entry<String, String> coupling : Map.of("bistochastic", "forward", "bistochastic-backward", "backward",
                "bistochastic-diffusion", "symmetric").entrySet()) {
            JsonNode solves = json(run("sinkhorn", "--divergence", coupling.getValue(), "--tolerance", 1e-6, "--trace", "--out-u", u,
                    "--out-v", potentials));
            for (int head = 0; head < HEADS; head++) {
                JsonNode told = page.head(head).at("/couplings/" + coupling.getKey());
                for (String name : List.of("status", "iterations", "rowError", "columnError", "contraction")) {
                    assertEquals(solves.at("/heads/" + head + "/" + name), told.get(name), name);
                }
                assertEquals("", told.get("reason").asText());
                assertTrace(solves.at("/heads/" + head + "/trace"), told.get("trace"));
                assertRounded(NpyFiles.read(u).values(), head * TOKENS, page.part(told.get("u")));
                assertRounded(NpyFiles.read(potentials).values(), head * TOKENS, page.part(told.get("v")));
            }
        }
        assertEquals(page.head(1).at("/couplings/bistochastic/iterations").asDouble(),
                page.head(1).at("/figures/iterations").asDouble());
    }

    private static void assertTrace(JsonNode expected, JsonNode told) {
        assertTrue(expected.size() > 1, expected::toString);
        assertEquals(expected.size(), told.size());
        for (int step = 0; step < told.size(); step++) {
            assertEquals(expected.get(step).get("iteration"), told.get(step).get("pass"));
            assertEquals(expected.get(step).get("kind"), told.get(step).get("step"));
            assertFloat(expected.get(step).get("error"), told.get(step).get("error"));
        }
    }

    /** The float32 numbers are the float64 numbers from {@code first} on, rounded. */
    private static void assertRounded(double[] expected, int first, float[] numbers) {
        assertEquals(TOKENS, numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            assertEquals((float) expected[first + i], numbers[i]);
        }
    }

    @Test
    void numbersAreTheInputsBitForBit() {
        ReportPage page = report();
        for (int head = 0; head < HEADS; head++) {
            int size = TOKENS * COMPONENTS;
            assertArrayEquals(Arrays.copyOfRange(NpyFiles.normal(1, HEADS * size), head * size, (head + 1) * size),
                    page.part(page.head(head).get("q")));
            assertArrayEquals(NpyFiles.normal(2, size), page.part(page.head(head).get("k")));
        }
        assertEquals(page.head(0).get("k"), page.head(1).get("k"));
        assertEquals(TOKENS, page.data().get("n").asInt());
        assertEquals(COMPONENTS, page.data().get("d").asInt());
        assertEquals(0.4, page.data().at("/options/scale").asDouble());
        assertEquals(1.5, page.data().at("/options/beta").asDouble());
        assertEquals("q.npy", Path.of(page.data().get("title").asText()).getFileName().toString());
        assertTrue(page.data().get("tokens").isNull());
    }

    @Test
    void distributionsAreThoseOfDynamicsAndBridge() throws IOException {
        Path pi = folder.resolve("pi.npy");
        run("dynamics", "--operator", "attention", "--out-law", pi).assertDone();
        double[] first = {1. / 3, 1. / 3, 1. / 3, 0, 0, 0, 0, 0, 0};
        double[] last = {0, 0, 0, 0, 0, 0, 1. / 3, 1. / 3, 1. / 3};
        Path from = NpyFiles.float64(folder.resolve("from.npy"), first, TOKENS);
        Path to = NpyFiles.float64(folder.resolve("to.npy"), last, TOKENS);
        Path rho = folder.resolve("rho.npy");
        JsonNode bridges = json(run("bridge", "--mu0", from, "--mu1", to, "--steps", 12, "--out", rho));
        ReportPage page = report();
        for (int head = 0; head < HEADS; head++) {
            JsonNode told = page.head(head);
            assertRounded(NpyFiles.read(pi).values(), head * TOKENS, page.part(told.get("stationary")));
            double produced = 0;
            for (float part : page.part(told.get("entropyProductionByToken"))) {
                produced += part;
            }
            assertEquals(told.at("/figures/entropyProduction").asDouble(), produced, 1e-6);
            JsonNode bridge = told.get("bridge");
            assertMembers(bridges.at("/heads/" + head), bridge, "head");
            assertEquals(12, bridge.get("steps").asInt());
            assertEquals("tokens 0\u20132", bridge.get("from").asText());
            assertEquals("tokens 6\u20138", bridge.get("to").asText());
            float[] marginals = page.part(bridge.get("rho"));
            assertEquals(13 * TOKENS, marginals.length);
            for (int i = 0; i < marginals.length; i++) {
                assertEquals((float) NpyFiles.read(rho).values()[head * marginals.length + i], marginals[i]);
            }
        }
    }

    @Test
    void coordinatesAreThoseOfSpectrum() {
        Path vectors = folder.resolve("c.npy");
        ReportPage page = report("--alpha", 1, "--charge", 0.4);
        JsonNode real = json(run("spectrum", "--operator", "diffusion", "--alpha", 1, "--count", TOKENS, "--out-vectors", vectors));
        double[] coordinates = NpyFiles.read(vectors).values();
        JsonNode complex = json(run("spectrum", "--operator", "magnetic", "--alpha", 1, "--charge", 0.4, "--count", TOKENS,
                "--out-vectors", vectors));
        double[] pairs = NpyFiles.read(vectors).values();
        for (int head = 0; head < HEADS; head++) {
            JsonNode told = page.head(head).get("diffusion");
            assertEquals(real.at("/heads/" + head + "/eigenvalues"), told.get("spectrum"));
            assertEquals(real.at("/heads/" + head + "/groups"), told.get("groups"));
            assertEquals(8, told.get("values").size());
            assertEquals(told.get("spectrum").get(1), told.get("values").get(0));
            float[] numbers = page.part(told.get("coordinates"));
            JsonNode magnetic = page.head(head).get("magnetic");
            assertEquals(complex.at("/heads/" + head + "/eigenvalues"), magnetic.get("spectrum"));
            assertEquals(magnetic.get("spectrum").get(0), magnetic.get("values").get(0));
            float[] re = page.part(magnetic.get("real"));
            float[] im = page.part(magnetic.get("imaginary"));
            assertEquals(TOKENS * 8, re.length);
            for (int i = 0; i < TOKENS; i++) {
                for (int m = 0; m < 8; m++) {
                    assertEquals((float) coordinates[(head * TOKENS + i) * TOKENS + m + 1], numbers[8 * i + m]);
                    assertEquals((float) pairs[2 * ((head * TOKENS + i) * TOKENS + m)], re[8 * i + m]);
                    assertEquals((float) pairs[2 * ((head * TOKENS + i) * TOKENS + m) + 1], im[8 * i + m]);
                }
            }
        }
    }

    @Test
    void aCausalMaskLeavesReasons() {
        JsonNode head = report("--causal").head(0);
        assertTrue(head.at("/dynamics/absorbing").asBoolean());
        assertEquals("sublinear-limit", head.at("/couplings/bistochastic/status").asText());
        assertFalse(head.at("/couplings/bistochastic/reason").asText().isEmpty());
        assertEquals("tokens 6\u20138", head.at("/bridge/from").asText());
        assertEquals("converged", head.at("/bridge/status").asText());
        for (String part : List.of("diffusion", "magnetic")) {
            assertEquals(head.at("/" + part + "/values").isEmpty(), !head.at("/" + part + "/reason").asText().isEmpty(), part);
        }
    }

    /** Then the first token sees nothing, and no chain, coupling and embedding exists. */
    @Test
    void bothMasksLeaveScoresAlone() {
        ReportPage page = report("--causal", "--zero-diagonal");
        JsonNode head = page.head(0);
        assertTrue(page.data().at("/options/zeroDiagonal").asBoolean());
        assertEquals(TOKENS * COMPONENTS, page.part(head.get("q")).length);
        assertTrue(head.at("/dynamics/reason").asText().contains("token 0 sees nothing"), head::toString);
        assertTrue(head.get("stationary").isNull());
        assertTrue(head.at("/figures/entropyProduction").isNull());
        assertEquals(0, head.get("currents").size());
        assertEquals("infeasible", head.at("/couplings/bistochastic/status").asText());
        assertTrue(head.at("/couplings/bistochastic/u").isNull());
        assertTrue(head.at("/bridge/rho").isNull());
        for (String reason : List.of("couplings/bistochastic", "bridge", "hopfield")) {
            assertFalse(head.at("/" + reason + "/reason").asText().isEmpty(), reason);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--causal", "--zero-diagonal"})
    void oneTokenHasAPage(String mask) {
        NpyFiles.random(q, 1, 1, COMPONENTS);
        NpyFiles.random(k, 2, 1, COMPONENTS);
        ReportPage page = mask.isEmpty() ? report() : report(mask);
        JsonNode head = page.head(0);
        assertEquals(1, page.data().get("n").asInt());
        assertEquals(0, head.get("currents").size());
        assertEquals(0, head.at("/diffusion/values").size());
        assertEquals("token 0", head.at("/bridge/to").asText());
        assertEquals(mask.equals("--zero-diagonal"), !head.at("/bridge/reason").asText().isEmpty());
    }

    @Test
    void scoresMayBeGiven() {
        float[] entries = NpyFiles.normal(4, TOKENS * TOKENS);
        entries[3] = Float.NEGATIVE_INFINITY;
        Path s = NpyFiles.float32(folder.resolve("s.npy"), entries, TOKENS, TOKENS);
        Outcome.of("report", "--scores", s, "--out", out).assertDone();
        ReportPage page = ReportPage.read(out);
        assertArrayEquals(entries, page.part(page.head(0).get("s")));
        assertEquals(1, page.data().at("/options/scale").asDouble());
        assertFalse(page.head(0).has("q"));
        assertTrue(page.head(0).at("/figures/eta").isNull());
        assertFalse(page.head(0).at("/hopfield/reason").asText().isEmpty());
    }

    /** A page of scores with a bias is the page of their sums. */
    @Test
    void aBiasIsAdded() {
        float[] bias = NpyFiles.normal(5, TOKENS * TOKENS);
        Path b = NpyFiles.float32(folder.resolve("b.npy"), bias, TOKENS, TOKENS);
        ReportPage page = report("--bias", b);
        float[] s = page.part(page.head(1).get("s"));
        float[] queries = NpyFiles.normal(1, HEADS * TOKENS * COMPONENTS);
        float[] keys = NpyFiles.normal(2, TOKENS * COMPONENTS);
        double product = 0;
        for (int c = 0; c < COMPONENTS; c++) {
            product += (double) queries[(TOKENS + 4) * COMPONENTS + c] * keys[7 * COMPONENTS + c];
        }
        assertEquals((float) (0.4 * product + bias[4 * TOKENS + 7]), s[4 * TOKENS + 7]);
    }

    @Test
    void namesAreNoMarkup() throws IOException {
        Path hostile = folder.resolve("<img src=x onerror=alert(1)>&\"'<!--gatun:data-->\u202e.npy");
        Files.copy(q, hostile);
        Outcome.of("report", "--q", hostile, "--k", k, "--out", out).assertDone();
        ReportPage page = ReportPage.read(out);
        assertEquals(hostile.toString(), page.data().get("title").asText());
        assertFalse(page.html().contains("<img"), "a name became an element");
        assertTrue(page.html().contains("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;&lt;!--gatun:data--&gt;"));
    }

    @Test
    void tokensAreNoMarkup() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "</script><script>alert(1)</script> \u05e9\u05dc\u05d5\u05dd <!-- ]]>");
        Outcome.of("report", "--model", TrainedModels.path("all-minilm-l6-v2"), "--text-file", text, "--layer", 3, "--head", 5, "--out",
                out).assertDone();
        ReportPage page = ReportPage.read(out);
        assertEquals("[CLS]", page.data().get("tokens").get(0).asText());
        assertEquals("<", page.data().get("tokens").get(1).asText());
        assertEquals(page.data().get("n").asInt(), page.data().get("tokens").size());
        assertEquals("[3,5]", page.head(0).get("head").toString());
        assertTrue(page.data().get("layers").asBoolean());
        assertEquals("", page.head(0).at("/hopfield/reason").asText());
    }

    @Test
    void whatCannotBeDrawnIsOneLine() throws IOException {
        Path many = NpyFiles.random(folder.resolve("many.npy"), 1, 1025, 1);
        Outcome.of("report", "--q", many, "--k", many, "--out", out)
                .assertRefused("many.npy", "there are 1025 tokens", "at most 1024", "choose fewer tokens");
        run("report", "--across", "--out", out).assertRefused("--across leaves no token to compare with itself, as a report does");
        Outcome.of("report", "--q", many, "--k", NpyFiles.random(folder.resolve("few.npy"), 1, 7, 1), "--out", out)
                .assertRefused("there are 1025 queries and 7 keys", "a report");
        Outcome.of("report", "--q", q, "--out", out).assertRefused("report takes --q and --k, or --scores");
        Outcome.of("report").assertRefused("--out");
        assertFalse(Files.exists(out));
        run("report", "--out", q).assertRefused("q.npy: cannot be written: is an input");
        run("report", "--out", folder).assertRefused(folder + ": cannot be written: is a directory");
        run("report", "--out", folder.resolve("no").resolve("r.html")).assertRefused("r.html", "does not exist");
        run("report", "--charge", "NaN", "--out", out).assertRefused("--charge");
    }

    @Test
    void theSampleNamesItsTokens() {
        Outcome.of("report", "--out", out).assertDone();
        ReportPage page = ReportPage.read(out);
        assertEquals("sample of all-MiniLM-L6-v2", page.data().get("title").asText());
        assertEquals(64, page.data().get("tokens").size());
        assertEquals("goes", page.data().get("tokens").get(2).asText());
        assertEquals(6, page.data().get("heads").size());
        assertTrue(page.html().contains("d3js.org v7"), "the notice of D3");
    }

    @Test
    void threadsChangeNothing() throws IOException {
        report("--threads", 1);
        byte[] one = Files.readAllBytes(out);
        report("--threads", 3);
        assertArrayEquals(one, Files.readAllBytes(out));
    }
}
