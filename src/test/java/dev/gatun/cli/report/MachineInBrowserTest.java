package dev.gatun.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The page of a machine in a browser: marks are where their figures say, earlier runs appear, nothing is loaded or complained about. */
@Tag("any-width")
@Tag("slow")
class MachineInBrowserTest {

    private static final String HOSTILE = "</script><img src=x onerror=document.title='taken'>.json";

    /** Pixels. */
    private static final double PRECISION = 0.01;

    @TempDir
    Path folder;

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

    /** A run of a machine with these limits: two kernels, of which the second one waits for the first-level cache, and an operator. */
    private static String run(String label, double multiplyAdds, double share) {
        return """
                {"label": "%s", "machine": {"architecture": "cpu", "jvm": "a machine", "compiler": "C2", "vectorBits": 512,
                 "vectorRegisters": 32, "registerTile": "4 x 4", "vectorised": true}, "threads": 1,
                 "limits": [{"name": "multiply-adds", "rate": %s, "unit": "GFLOP/s"},
                            {"name": "read of 16 KiB", "rate": 80, "unit": "GB/s", "bytes": 16384},
                            {"name": "memory read", "rate": 10, "unit": "GB/s"}],
                 "kernels": [{"name": "score tile", "rate": 90, "unit": "GFLOP/s", "share": %s, "operations": 524288, "bytes": 49408},
                             {"name": "exponentials", "rate": 4, "unit": "entries/ns", "share": 0.3, "operations": 49152, "bytes": 49408}],
                 "operators": [{"name": "attention", "shape": [8, 1024, 64], "rate": 70, "unit": "GFLOP/s", "share": 0.7,
                                "operations": 2147483648, "bytes": 8388608}]}
                """.formatted(label, multiplyAdds, share);
    }

    private Path page(String... runs) throws Exception {
        return Files.writeString(folder.resolve("machine.html"),
                MachinePage.of("A machine", "{\"runs\": [" + String.join(",", runs) + "]}"));
    }

    @Test
    void opensWithoutRequestsAndErrors() throws Exception {
        Path page = page(run("this run", 100, 0.9), run("before.json", 50, 0.8));
        browser.open(page);
        assertEquals("A machine", browser.text("return document.title"));
        assertEquals(6, marks("#roofline").size());
        assertEquals(6, marks("#shares").size());
        browser.assertQuiet(page);
    }

    /** The axes are read off their ticks: a mark is where the figures are on the scale that the reader sees. */
    @ParameterizedTest
    @CsvSource({"1200, score tile", "1200, exponentials", "1200, 'attention (8, 1024, 64)'", "420, 'attention (8, 1024, 64)'"})
    void aMarkOfTheRooflineIsAtItsFigures(int width, String title) throws Exception {
        browser.open(page(run("this run", 100, 0.9)), width, 900);
        double operations = title.equals("score tile") ? 524288 : title.equals("exponentials") ? 49152 : 2147483648.0;
        double bytes = title.startsWith("attention") ? 8388608 : 49408;
        double speed = title.equals("score tile") ? 90 : title.equals("exponentials") ? 30 : 70;
        assertEquals(onAxis("#roofline", "x", true, operations / bytes), place("#roofline", title, 0, "e"), PRECISION);
        assertEquals(onAxis("#roofline", "y", true, speed), place("#roofline", title, 0, "f"), PRECISION);
    }

    /** The exponentials wait for the cache: 49152 operations on 49408 bytes at 80 GB/s are at most 79.6 GFLOP/s, not 100. */
    @Test
    void theShareIsThatOfTheLowerLimit() throws Exception {
        browser.open(page(run("this run", 100, 0.9)));
        double limit = 80.0 * 49152 / 49408;
        assertEquals(onAxis("#shares", "x", false, 100 * 30 / limit), place("#shares", "exponentials", 0, "e"), PRECISION);
        assertEquals(onAxis("#shares", "x", false, 90), place("#shares", "score tile", 0, "e"), PRECISION);
        assertEquals("79.6", cell("2  exponentials", 6));
        assertEquals("38%", cell("2  exponentials", 7));
        browser.run("const measure = document.getElementById('measure'); measure.value = 'speed';"
                + " measure.dispatchEvent(new Event('change'))");
        assertEquals(onAxis("#shares", "x", false, 30), place("#shares", "exponentials", 0, "e"), PRECISION);
    }

    @Test
    void earlierRunsAppearAndAreHidden() throws Exception {
        browser.open(page(run("this run", 100, 0.9), run("before.json", 50, 0.8)));
        assertEquals(onAxis("#roofline", "y", true, 40), place("#roofline", "score tile", 1, "f"), PRECISION);
        assertEquals(onAxis("#shares", "x", false, 80), place("#shares", "score tile", 1, "e"), PRECISION);
        assertEquals(List.of("this run", "before.json"),
                browser.list("return [...document.querySelectorAll('#runs label')].map(label => label.textContent)"));
        assertEquals("80%", cell("1  score tile", 9));
        browser.run("document.querySelectorAll('#runs input')[1].click()");
        assertEquals(3, marks("#roofline").size());
        assertEquals(3, marks("#shares").size());
        browser.run("document.querySelectorAll('#runs input').forEach((box, at) => { if (at === 0) box.click() })");
        assertEquals(0, marks("#shares").size());
        assertEquals(List.of(), browser.messages());
    }

    /** A file that an older version wrote has no operations and bytes: its figures are in the table and side by side. */
    @Test
    void aRunWithoutBytesIsNotOnTheRoofline() throws Exception {
        String old = run("old.json", 50, 0.8).replaceAll(",\\s+\"operations\": \\d+,\\s+\"bytes\": \\d+", "");
        assertFalse(old.contains("operations"), old);
        Path page = page(run("this run", 100, 0.9), old);
        browser.open(page);
        assertEquals(3, marks("#roofline").size());
        assertEquals(6, marks("#shares").size());
        browser.assertQuiet(page);
    }

    @Test
    void namesAreTextAndNotMarkup() throws Exception {
        Path page = page(run("this run", 100, 0.9), run(HOSTILE, 50, 0.8), run("\u05e9\u05dc\u05d5\u05dd.json", 50, 0.7));
        browser.open(page);
        browser.run("document.querySelectorAll('.mark').forEach(mark => mark.focus())");
        assertEquals("A machine", browser.text("return document.title"));
        assertEquals(0, browser.number("return document.querySelectorAll('img').length"));
        assertEquals(HOSTILE, browser.text("return document.querySelectorAll('#runs bdi')[1].textContent"));
        browser.assertQuiet(page);
    }

    @Test
    void themesFollowTheSystemAndTheButton() throws Exception {
        Path page = page(run("this run", 100, 0.9));
        browser.prefer("dark");
        browser.open(page);
        String dark = background();
        browser.run("document.getElementById('theme').click()");
        String light = background();
        assertNotEquals(dark, light);
        assertEquals("rgb(255, 255, 255)", light);
        browser.prefer("light");
        browser.open(page);
        assertEquals(light, background());
    }

    /** Paper is light, whatever the screen is, and narrower. */
    @Test
    void aPrintIsLightAndThenAsBefore() throws Exception {
        browser.prefer("dark");
        browser.open(page(run("this run", 100, 0.9)));
        String dark = background();
        double width = pictureWidth();
        browser.run("dispatchEvent(new Event('beforeprint'))");
        assertEquals("rgb(255, 255, 255)", background());
        assertEquals(680, pictureWidth());
        browser.run("dispatchEvent(new Event('afterprint'))");
        assertEquals(dark, background());
        assertEquals(width, pictureWidth());
    }

    private double pictureWidth() {
        return browser.number("return document.querySelector('#roofline svg').width.baseVal.value");
    }

    private String background() {
        return browser.text("return getComputedStyle(document.body).backgroundColor");
    }

    @Test
    void theKeyboardWalksThroughTheMarks() throws Exception {
        browser.open(page(run("this run", 100, 0.9), run("before.json", 50, 0.8)));
        browser.run("document.querySelector('#shares .mark[tabindex=\"0\"]').focus()");
        assertEquals(List.of("score tile", "this run"), tip().subList(0, 2));
        browser.press(Keys.ARROW_RIGHT);
        assertEquals(List.of("score tile", "before.json"), tip().subList(0, 2));
        browser.press(Keys.ARROW_RIGHT);
        assertEquals(List.of("exponentials", "this run"), tip().subList(0, 2));
        assertEquals(1, browser.number("return document.querySelectorAll('#shares .mark[tabindex=\"0\"]').length"));
        browser.press(Keys.ESCAPE);
        assertTrue((Boolean) browser.run("return document.getElementById('tip').hidden"));
    }

    @Test
    void thePointerTellsTheFigures() throws Exception {
        browser.open(page(run("this run", 100, 0.9)));
        browser.hover("#roofline .mark[data-title='exponentials']");
        assertEquals(List.of("exponentials", "this run", "4 entries/ns", "30 GFLOP/s of at most 79.6, 38%", "0.995 operations per byte"),
                tip());
    }

    /** Nothing sticks out of the window, and marks stay inside of their picture. */
    @ParameterizedTest
    @ValueSource(ints = {400, 800, 1600})
    void thePageFitsTheWindow(int width) throws Exception {
        browser.open(page(run("this run", 100, 0.9), run("before.json", 50, 0.8)), width, 900);
        assertFalse((Boolean) browser.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth"));
        assertEquals(0, browser.number("""
                return [...document.querySelectorAll('.picture .mark')].filter(mark => {
                    const [own, all] = [mark.querySelector('path').getBoundingClientRect(), mark.closest('svg').getBoundingClientRect()];
                    return own.left < all.left || own.right > all.right || own.top < all.top || own.bottom > all.bottom;
                }).length"""));
    }

    private List<?> marks(String picture) {
        return browser.list("return [...document.querySelectorAll(arguments[0] + ' .mark')].map(mark => mark.dataset.title)", picture);
    }

    private List<?> tip() {
        return browser.list("return [...document.querySelectorAll('#tip > div')].map(line => line.textContent)");
    }

    /** The text of a cell of the table of figures, column 0 being the name. */
    private String cell(String name, int column) {
        return browser.text("""
                const row = [...document.querySelectorAll('#figures tbody tr')].find(row => row.cells[0].textContent === arguments[0]);
                return row.cells[arguments[1]].textContent""", name, column);
    }

    /** A mark's place in its picture: {@code e} is to the right, {@code f} down. */
    private double place(String picture, String title, int run, String direction) {
        return browser.number("""
                const mark = [...document.querySelectorAll(arguments[0] + ' .mark')]
                    .find(mark => mark.dataset.title === arguments[1] && Number(mark.dataset.run) === arguments[2]);
                return mark.transform.baseVal.consolidate().matrix[arguments[3]]""", picture, title, run, direction);
    }

    /** Where a value is on an axis, by the first and the last tick that have a label. */
    private double onAxis(String picture, String axis, boolean logarithmic, double value) {
        List<?> ticks = browser.list("""
                const ticks = [...document.querySelectorAll(arguments[0] + ` [data-axis=${arguments[1]}] .tick`)]
                    .filter(tick => tick.textContent !== '');
                return [ticks[0], ticks[ticks.length - 1]].flatMap(tick => {
                    const matrix = tick.transform.baseVal.consolidate().matrix;
                    return [parseFloat(tick.textContent), arguments[1] === 'x' ? matrix.e : matrix.f];
                })""", picture, axis);
        double[] at = ticks.stream().mapToDouble(number -> ((Number) number).doubleValue()).toArray();
        double share = logarithmic ? Math.log(value / at[0]) / Math.log(at[2] / at[0]) : (value - at[0]) / (at[2] - at[0]);
        return at[1] + share * (at[3] - at[1]);
    }
}
