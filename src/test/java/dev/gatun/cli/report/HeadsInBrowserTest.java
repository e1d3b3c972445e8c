package dev.gatun.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.io.Npy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of heads in a browser: what its pictures show is what the library computes, and its controls change what they should. */
@Tag("any-width")
@Tag("slow")
class HeadsInBrowserTest {

    private static final Path SAMPLE = Path.of("src/main/resources/dev/gatun/sample");
    private static final int DIMENSION = 32;
    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-5);
    private static final HeadsSettings SETTINGS = new HeadsSettings(1 / Math.sqrt(DIMENSION), 1, 1, false, false, 0, 0.25, SOLVE);

    /** The page computes in float64 from float32 queries and keys, the library in float32; a solve has its own tolerance. */
    private static final double ENTRIES = 1e-5;

    /** Tokens of heads of the sample. */
    private static final int TOKENS = 64;

    @TempDir
    static Path folder;

    /** The page of the sample, which all tests read. */
    private static Path sample;

    private Browser browser;

    @BeforeEach
    void start() {
        browser = Browser.get();
        browser.prefer("light");
    }

    @AfterEach
    void leave() {
        browser.prefer("light");
    }

    @Test
    void theSampleOpensWithoutRequestsAndErrors() throws IOException {
        Path page = sample();
        browser.open(page);
        assertEquals(6, browser.number("return document.querySelectorAll('#tiles .tile').length"));
        drawEverything();
        assertEquals(1, browser.number("return performance.getEntriesByName('gatun.opened').length"), "marks of the page's opening");
        browser.assertQuiet(page);
    }

    /** Draws what is out of sight, too. */
    private void drawEverything() {
        for (String id : List.of("overview", "head", "diffusion-map", "currents", "potentials", "bridge", "glossary")) {
            browser.run("document.getElementById(arguments[0]).scrollIntoView()", id);
            browser.frame();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"attention", "attention-column", "backward", "backward-column", "diffusion", "bistochastic",
        "bistochastic-backward", "bistochastic-diffusion"})
    void cellsAreTheEntriesOfTheOperator(String regime) throws IOException {
        browser.open(sample());
        browser.run("gatun.page.open(2, false)");
        float[] entries = entries(regime, 2);
        for (int[] cell : List.of(new int[] {0, 0}, new int[] {5, 9}, new int[] {63, 1}, new int[] {30, 31})) {
            Map<?, ?> shown = cell(regime, cell[0], cell[1]);
            assertEquals(entries[cell[0] * TOKENS + cell[1]], number(shown.get("value")), ENTRIES, regime);
            assertEquals(shown.get("expected"), shown.get("pixel"), () -> "colour of " + regime);
        }
    }

    /** The largest entry has the last colour of the map, which is yellow, and an entry near zero the first one, which is violet. */
    @Test
    void largeEntriesAreYellowAndSmallOnesViolet() throws IOException {
        browser.open(sample());
        browser.run("gatun.page.open(2, false)");
        float[] entries = entries("attention", 2);
        int largest = 0;
        int least = 0;
        for (int i = 0; i < entries.length; i++) {
            largest = entries[i] > entries[largest] ? i : largest;
            least = entries[i] < entries[least] ? i : least;
        }
        assertEquals(List.of(253L, 231L, 37L), cell("attention", largest / TOKENS, largest % TOKENS).get("pixel"));
        assertEquals(List.of(68L, 1L, 84L), cell("attention", least / TOKENS, least % TOKENS).get("pixel"));
        browser.run("document.querySelector('input[name=scale][value=log]').click()");
        browser.frame();
        Map<?, ?> shown = cell("attention", least / TOKENS, least % TOKENS);
        assertEquals(shown.get("expected"), shown.get("pixel"));
    }

    @Test
    void theSliderOfCirculationRecomputes() throws IOException {
        browser.open(sample());
        browser.run("gatun.page.open(1, false)");
        try (Arena arena = Arena.ofConfined()) {
            for (double c : new double[] {1, 0, 0.5, 2}) {
                browser.run("""
                        const slider = document.getElementById('circulation');
                        slider.value = arguments[0];
                        slider.dispatchEvent(new Event('input', { bubbles: true }))""", c);
                Matrix expected = Matrix.allocate(arena, TOKENS, TOKENS);
                scores(1, arena).circulation(c).matrix(expected);
                assertEquals(expected.get(5, 9), number(cell("circulation", 5, 9).get("value")), ENTRIES, () -> "c = " + c);
                Map<?, ?> shown = cell("circulation", 40, 3);
                assertEquals(expected.get(40, 3), number(shown.get("value")), ENTRIES, () -> "c = " + c);
                assertEquals(shown.get("expected"), shown.get("pixel"));
            }
        }
    }

    /** Sorted by entropy production, tiles follow the figures of the data; opening one shows that head. */
    @Test
    void tilesAreSorted() throws IOException {
        browser.open(sample());
        List<Double> figures = numbers("return JSON.parse(document.getElementById('data').textContent).heads"
                + ".map(head => head.figures.entropyProduction)");
        choose("colour-by", "entropyProduction");
        for (String order : List.of("up", "down", "model")) {
            choose("sort", order);
            List<Double> tiles = numbers("return [...document.querySelectorAll('#tiles .tile')].map(tile => Number(tile.dataset.head))");
            assertEquals(6, tiles.stream().distinct().count());
            for (int i = 1; i < tiles.size(); i++) {
                double before = order.equals("model") ? tiles.get(i - 1) : figures.get(tiles.get(i - 1).intValue());
                double after = order.equals("model") ? tiles.get(i) : figures.get(tiles.get(i).intValue());
                assertTrue(order.equals("down") ? before >= after : before <= after, order + ": " + tiles);
            }
        }
        browser.run("document.querySelectorAll('#tiles .tile')[4].click()");
        assertEquals(4, browser.number("return gatun.page.state.head"));
    }

    /** Reordered tokens move together: the cell of a pair keeps its value and its colour, and gets another place. */
    @ParameterizedTest
    @CsvSource({"diffusion", "stationary"})
    void tokensAreReordered(String order) throws IOException {
        browser.open(sample());
        Map<?, ?> before = cell("attention", 5, 9);
        choose("order", order);
        browser.frame();
        Map<?, ?> after = cell("attention", 5, 9);
        assertEquals(before.get("value"), after.get("value"));
        assertEquals(after.get("expected"), after.get("pixel"));
        assertNotEquals(List.of(before.get("row"), before.get("column")), List.of(after.get("row"), after.get("column")));
        assertEquals(TOKENS, numbers("return gatun.page.order()").stream().distinct().count());
    }

    @Test
    void tokensAreTextAndNotMarkup() throws IOException {
        List<String> tokens = List.of("</script><img src=x onerror=\"document.title='taken'\">", "<!--gatun:numbers-->",
                "\u05e9\u05dc\u05d5\u05dd\u202e", "\ud83d", "\u2028\u0000", "x".repeat(1000));
        Path page = random("<marquee>heads</marquee>", tokens, tokens.size());
        browser.open(page, 800, 900);
        drawEverything();
        browser.run("""
                for (const element of document.querySelectorAll('[tabindex], button')) {
                    element.dispatchEvent(new PointerEvent('pointerenter'));
                    element.focus();
                }""");
        browser.frame();
        assertEquals("<marquee>heads</marquee>", browser.text("return document.title"));
        assertEquals(0, browser.number("return document.querySelectorAll('img, marquee').length"));
        assertEquals(tokens.getFirst(), browser.text("return JSON.parse(document.getElementById('data').textContent).tokens[0]"));
        assertFalse(sticksOut());
        browser.assertQuiet(page);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void fewTokensHaveAPage(int tokens) throws IOException {
        Path page = random("few", Collections.nCopies(tokens, "word"), tokens);
        browser.open(page);
        drawEverything();
        assertEquals(1.0 / tokens, number(cell("bistochastic", 0, 0).get("value")), tokens == 1 ? ENTRIES : 1);
        browser.assertQuiet(page);
    }

    /** Scores of hundreds: coordinates are beyond float32, and the page computes the same entropy production as the library. */
    @Test
    void hugeScoresHaveAPage() throws IOException {
        Path page = random("huge", Collections.nCopies(20, "word"), 20, 9);
        browser.open(page);
        drawEverything();
        cell("circulation", 0, 0);
        assertEquals("1.00, entropy production " + browser.text("return gatun.charts.number(gatun.page.data.heads[0].figures"
                + ".entropyProduction)"), browser.text("return document.getElementById('circulation-value').textContent"));
        browser.assertQuiet(page);
    }

    /** Where tokens may not see themselves, pictures that compare them with themselves are missing, and couplings are of the scores. */
    @Test
    void forbiddenSelfScoresLeavePicturesOut() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Heads entries = normal(arena, 9, 9, new Random(2), 1);
            for (int i = 0; i < 9; i++) {
                entries.matrix(0).set(i, i, Float.NEGATIVE_INFINITY);
            }
            Scores scores = Scores.ofEntries(entries);
            HeadsPage made = new HeadsPage("apart", null, new HeadsPage.Shape(1, 0, 9, 9, false), SETTINGS);
            made.addEntries(new int[] {0, 0}, scores, entries.matrix(0));
            Path page = write("apart.html", made);
            browser.open(page);
            for (String regime : List.of("attention", "diffusion", "bistochastic-diffusion", "direction")) {
                browser.run("document.querySelector(`[data-regime=${arguments[0]}]`).scrollIntoView({ behavior: 'instant' })", regime);
                browser.frame();
            }
            assertEquals(List.of("attention-column", "backward", "diffusion", "magnetic", "bistochastic-diffusion", "bidivergence",
                    "direction"), browser.list("return [...document.querySelectorAll('.map.missing')].map(map => map.dataset.regime)"));
            Matrix expected = Matrix.allocate(arena, 9, 9);
            scores.sinkhorn(SOLVE).operator().matrix(expected);
            Map<?, ?> shown = cell("bistochastic", 3, 7);
            assertEquals(expected.get(3, 7), number(shown.get("value")), ENTRIES);
            assertEquals(shown.get("expected"), shown.get("pixel"));
            browser.assertQuiet(page);
        }
    }

    /** All digits of the figures of tiles can be seen. */
    @ParameterizedTest
    @ValueSource(ints = {390, 1024, 1600})
    void figuresOfTilesAreWhole(int width) throws IOException {
        browser.open(sample(), width, 900);
        assertEquals(0, browser.number("""
                document.querySelectorAll('.tile-value').forEach(value => value.textContent = '−0.00123');
                return [...document.querySelectorAll('.tile')].filter(tile => [...tile.children].some(child =>
                    child.getBoundingClientRect().right > tile.getBoundingClientRect().right + 1
                        || child.scrollWidth > child.clientWidth && getComputedStyle(child).overflow !== 'visible')).length"""));
    }

    @ParameterizedTest
    @ValueSource(ints = {420, 800, 1600})
    void thePageFitsTheWindow(int width) throws IOException {
        browser.open(sample(), width, 900);
        drawEverything();
        assertFalse(sticksOut());
    }

    private boolean sticksOut() {
        return (Boolean) browser.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth");
    }

    private static Path sample() throws IOException {
        sample = sample == null ? writeSample() : sample;
        return sample;
    }

    private static Path writeSample() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Heads q = Npy.readHeads(SAMPLE.resolve("q.npy"), arena);
            Heads k = Npy.readHeads(SAMPLE.resolve("k.npy"), arena);
            HeadsPage page = new HeadsPage("the sample", Collections.nCopies(TOKENS, "token"),
                    new HeadsPage.Shape(q.count(), k.count(), TOKENS, DIMENSION, false), SETTINGS);
            for (int head = 0; head < q.count(); head++) {
                page.add(new int[] {0, head}, Scores.of(Heads.of(q.matrix(head)), Heads.of(k.matrix(head))), head, null);
            }
            return write("sample.html", page);
        }
    }

    private static Path random(String title, List<String> tokens, int count) throws IOException {
        return random(title, tokens, count, 1);
    }

    private static Path random(String title, List<String> tokens, int count, double deviation) throws IOException {
        Random random = new Random(1);
        try (Arena arena = Arena.ofConfined()) {
            Heads[] pair = {normal(arena, count, DIMENSION, random, deviation), normal(arena, count, DIMENSION, random, deviation)};
            HeadsPage page = new HeadsPage(title, tokens, new HeadsPage.Shape(1, 1, count, DIMENSION, false), SETTINGS);
            page.add(new int[] {0, 0}, Scores.of(pair[0], pair[1]), 0, pair[1]);
            return write("random.html", page);
        }
    }

    private static Heads normal(Arena arena, int rows, int columns, Random random, double deviation) {
        Heads heads = Heads.allocate(arena, rows, columns);
        for (int at = 0; at < rows * columns; at++) {
            heads.matrix(0).set(at / columns, at % columns, (float) (deviation * random.nextGaussian()));
        }
        return heads;
    }

    private static Path write(String name, HeadsPage page) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("", page.parts()));
    }

    private static Scores scores(int head, Arena arena) throws IOException {
        return Scores.of(Heads.of(Npy.readHeads(SAMPLE.resolve("q.npy"), arena).matrix(head)),
                Heads.of(Npy.readHeads(SAMPLE.resolve("k.npy"), arena).matrix(head)));
    }

    private static float[] entries(String regime, int head) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.allocate(arena, TOKENS, TOKENS);
            Scores scores = scores(head, arena);
            switch (regime) {
                case "attention" -> scores.attention().matrix(out);
                case "attention-column" -> scores.attentionColumn().matrix(out);
                case "backward" -> scores.backward().matrix(out);
                case "backward-column" -> scores.backwardColumn().matrix(out);
                case "diffusion" -> scores.diffusion().matrix(out);
                case "bistochastic" -> scores.sinkhorn(SOLVE).operator().matrix(out);
                case "bistochastic-backward" -> scores.sinkhorn(Divergence.BACKWARD, SOLVE).operator().matrix(out);
                case "bistochastic-diffusion" -> scores.sinkhorn(Divergence.SYMMETRIC, SOLVE).operator().matrix(out);
                default -> throw new IllegalArgumentException(regime);
            }
            return out.toArray();
        }
    }

    private Map<?, ?> cell(String regime, int i, int j) {
        return (Map<?, ?>) browser.run("return gatun.page.cell(arguments[0], arguments[1], arguments[2])", regime, i, j);
    }

    private static double number(Object value) {
        return ((Number) value).doubleValue();
    }

    private List<Double> numbers(String script) {
        List<Double> numbers = new ArrayList<>();
        browser.list(script).forEach(value -> numbers.add(number(value)));
        return numbers;
    }

    private void choose(String control, String value) {
        browser.run("""
                const control = document.getElementById(arguments[0]);
                control.value = arguments[1];
                control.dispatchEvent(new Event('change', { bubbles: true }));
                control.dispatchEvent(new Event('input', { bubbles: true }))""", control, value);
    }
}
