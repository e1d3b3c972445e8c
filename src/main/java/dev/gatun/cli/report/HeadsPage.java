package dev.gatun.cli.report;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.cli.output.JsonWriter;
import dev.gatun.cli.report.NumberBlock.Part;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A page of heads: their figures as JSON, and queries, keys, potentials, distributions and coordinates as one block of float32 numbers.
 * The page computes matrices from them. Heads are added one after the other, and what a head does not have is left out with the reason.
 */
public final class HeadsPage {

    /** The largest number of tokens whose matrices a page draws. */
    public static final int MAX_TOKENS = 1024;

    private static final String SKELETON = "heads.html";

    /** Each script uses those before it. */
    private static final String[] SCRIPTS = {"markov.js", "heatmap.js", "charts.js", "state.js", "elements.js", "drawing.js", "overview.js",
        "regimes.js", "pictures.js", "embedding.js", "dynamics.js", "coupling.js", "bridge.js", "heads.js"};

    private final String title;
    private final List<String> tokens;
    private final HeadsSettings settings;
    private final Extent extent;
    private final NumberBlock block = new NumberBlock();
    private final Map<Integer, Part> keys = new HashMap<>();
    private final JsonWriter json = JsonWriter.compact().beginObject();

    /**
     * What the heads of a page have in common.
     *
     * @param heads    the number of heads
     * @param keyHeads the number of heads of keys; 0 if scores are given by their entries
     * @param rows     N, the number of tokens
     * @param columns  d, the components of queries and keys, or N if scores are given by their entries
     * @param layers   whether the place of a head is its layer and its number in it
     */
    public record Shape(int heads, int keyHeads, int rows, int columns, boolean layers) {

        /** The numbers for the scores of one head: queries and keys, or entries. */
        private long given() {
            return (long) rows * columns * (keyHeads == 0 ? 1 : 2);
        }
    }

    /**
     * A page without heads.
     *
     * @param title    what the heads are of
     * @param tokens   the tokens as text, or null
     * @param shape    the number and the sizes of the heads
     * @param settings the parameters of all heads
     * @throws IllegalArgumentException if there are too many tokens for a page, or too many heads of so many
     */
    public HeadsPage(String title, List<String> tokens, Shape shape, HeadsSettings settings) {
        this.title = title;
        this.tokens = tokens;
        this.settings = settings;
        this.extent = Extent.of(shape.heads, shape.rows, shape.given());
        requireDrawable(shape);
        begin(shape);
    }

    private void requireDrawable(Shape shape) {
        if (shape.rows > MAX_TOKENS) {
            throw new IllegalArgumentException(("there are %s tokens, and a page draws the matrices of at most %s: choose fewer tokens,"
                    + " such as a shorter text").formatted(shape.rows, MAX_TOKENS));
        }
        long numbers = extent.numbers(shape.heads, shape.rows, shape.given());
        if (numbers > NumberBlock.MAX_NUMBERS) {
            throw new IllegalArgumentException(("the page would hold %s numbers, and at most %s are possible: choose fewer heads, such as"
                    + " one layer of a model, or fewer tokens").formatted(numbers, NumberBlock.MAX_NUMBERS));
        }
    }

    private void begin(Shape shape) {
        json.name("title").value(title).name("tokens");
        if (tokens == null) {
            Part.write(json, null);
        } else {
            json.beginArray();
            tokens.forEach(json::value);
            json.end();
        }
        json.name("n").value(shape.rows).name("d").value(shape.columns).name("layers").value(shape.layers).name("options");
        settings.write(json);
        OverviewFigure.writeAll(json.name("figures"));
        json.name("heads").beginArray();
    }

    /**
     * Computes the figures of a head of queries and keys, and adds it.
     *
     * @param position batch entry and head, or layer and head
     * @param scores   the scores of this head alone
     * @param keyHead  the number of its head of keys, which it may share with others
     * @param values   its values as one head, or null
     */
    public void add(int[] position, Scores scores, int keyHead, Heads values) {
        json.beginObject();
        Part.write(json.name("q"), block.add(scores.queries().matrix(0).toArray()));
        Part.write(json.name("k"), keys.computeIfAbsent(keyHead, head -> block.add(scores.keys().matrix(0).toArray())));
        new HeadPart(position, scores, values, settings, extent, block).write(json);
        json.end();
    }

    /**
     * Computes the figures of a head of any scores, and adds it.
     *
     * @param position batch entry and head
     * @param scores   the scores of this head alone
     * @param entries  the same scores, N x N in units of scores; minus infinity forbids a pair
     */
    public void addEntries(int[] position, Scores scores, Matrix entries) {
        json.beginObject();
        Part.write(json.name("s"), block.add(entries.toArray()));
        new HeadPart(position, scores, null, settings, extent, block).write(json);
        json.end();
    }

    /**
     * The page, once all heads have been added.
     *
     * @return its parts, which follow each other
     * @throws IllegalStateException if D3 is not on the class path
     */
    public List<String> parts() {
        return PageTemplate.of(SKELETON)
                .withText("title", title)
                .withResource("style", "page.css")
                .withD3("d3")
                .withJson("data", json())
                .with("numbers", numbers())
                .withScripts("scripts", SCRIPTS)
                .parts();
    }

    /** The data, once all heads have been added. */
    String json() {
        return json.end().name("numbers").value(block.count()).end().toString();
    }

    /** The block of numbers in base64. */
    String numbers() {
        return block.base64();
    }
}
