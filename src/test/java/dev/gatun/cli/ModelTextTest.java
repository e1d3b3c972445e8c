package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.EncoderPlan;
import dev.gatun.encoder.TokenBatch;
import dev.gatun.model.TrainedModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads of a trained model on a text, in place of queries, keys and values. */
@Tag("any-width")
class ModelTextTest {

    private static final String TEXT = "The Panama Canal joins two oceans.";
    private static final int TOKENS = 9;
    private static final int LAYERS = 6;
    private static final int HEADS = 12;
    private static final int COMPONENTS = 32;

    private static Path model;

    @TempDir
    Path folder;

    @BeforeAll
    static void copyTheModel() {
        model = TrainedModels.path("all-minilm-l6-v2");
    }

    /** A command on the text, with more arguments. */
    private static Outcome onText(String command, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(command, "--model", model, "--text", TEXT));
        all.addAll(Arrays.asList(arguments));
        return Outcome.of(all.toArray());
    }

    /** Writes queries, keys and values of layer 1 as the library has them. */
    private Path[] layerOne() {
        EncoderModel encoder = EncoderModel.load(model);
        TokenBatch batch = new TokenBatch(TOKENS, 1);
        batch.add(encoder.tokenizer().tokenize(TEXT));
        try (Arena arena = Arena.ofConfined()) {
            Heads[] heads = new Heads[3];
            Arrays.setAll(heads, i -> Heads.allocate(arena, HEADS, TOKENS, COMPONENTS));
            EncoderPlan.of(encoder, TOKENS, 1).heads(batch, 1, heads[0], heads[1], heads[2]);
            Path[] files = new Path[3];
            Arrays.setAll(files, i -> NpyFiles.float32(folder.resolve("qkv".charAt(i) + ".npy"),
                    heads[i].segment().toArray(ValueLayout.JAVA_FLOAT), HEADS, TOKENS, COMPONENTS));
            return files;
        }
    }

    @Test
    void headsAreThoseOfTheLibrary() {
        Path[] qkv = layerOne();
        Path out = folder.resolve("out.npy");
        Outcome.of("apply", "--operator", "bistochastic", "--q", qkv[0], "--k", qkv[1], "--v", qkv[2], "--out", out).assertDone();
        double[] expected = NpyFiles.read(out).values();

        onText("apply", "--operator", "bistochastic", "--layer", 1, "--out", out).assertDone();
        assertArrayEquals(new int[] {HEADS, TOKENS, COMPONENTS}, NpyFiles.read(out).shape());
        assertArrayEquals(expected, NpyFiles.read(out).values());

        onText("apply", "--operator", "bistochastic", "--layer", 1, "--v", qkv[1], "--out", out).assertDone();
        assertFalse(Arrays.equals(expected, NpyFiles.read(out).values()));

        onText("apply", "--operator", "bistochastic", "--out", out).assertDone();
        assertArrayEquals(new int[] {LAYERS, HEADS, TOKENS, COMPONENTS}, NpyFiles.read(out).shape());
        assertArrayEquals(expected, Arrays.copyOfRange(NpyFiles.read(out).values(), expected.length, 2 * expected.length));

        onText("apply", "--operator", "bistochastic", "--layer", 1, "--head", 7, "--out", out).assertDone();
        int head = TOKENS * COMPONENTS;
        assertArrayEquals(new int[] {TOKENS, COMPONENTS}, NpyFiles.read(out).shape());
        assertArrayEquals(Arrays.copyOfRange(expected, 7 * head, 8 * head), NpyFiles.read(out).values());
    }

    @Test
    void aTextMayBeInAFile() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), TEXT);
        String inline = onText("hopfield", "--layer", 0).assertDone().out();
        assertEquals(inline, Outcome.of("hopfield", "--model", model, "--text-file", text, "--layer", 0).assertDone().out());
        assertTrue(inline.contains("\"energyMean\""), inline);
    }

    @Test
    void tablesAndJsonNameTokens() throws IOException {
        Path json = folder.resolve("a.json");
        String table = onText("analyze", "--layer", 2, "--head", 5, "--json", json).assertDone().out();
        assertTrue(table.startsWith("all-minilm-l6-v2: 1 head of 9 tokens"), table);
        assertTrue(table.contains("layer 2, head 5: "), table);
        assertTrue(table.contains("  most visited: [CLS] (0) "), table);
        String tokens = "\"tokens\":[\"[CLS]\",\"the\",\"panama\",\"canal\",\"joins\",\"two\",\"oceans\",\".\",\"[SEP]\"]";
        assertTrue(compact(Files.readString(json)).contains(tokens));

        String dynamics = compact(onText("dynamics", "--operator", "attention", "--layer", 2, "--head", 5).assertDone().out());
        assertTrue(dynamics.startsWith("{\"heads\":[{\"head\":[2,5],"), dynamics);
        assertTrue(dynamics.contains("\"fromToken\":\"[CLS]\",\"toToken\":\"[SEP]\""), dynamics);
        assertTrue(dynamics.contains("\"tokenTexts\":[\"[CLS]\""), dynamics);
        assertTrue(dynamics.endsWith(tokens + "}"), dynamics);

        for (String command : List.of("sinkhorn", "spectrum --operator diffusion --count 2")) {
            List<Object> words = new ArrayList<>(List.of(command.split(" ")));
            words.addAll(List.of("--model", model, "--text", TEXT, "--layer", 0));
            String out = compact(Outcome.of(words.toArray()).assertDone().out());
            assertTrue(out.endsWith(tokens + "}"), out);
            assertTrue(out.contains("\"head\":[0,11]"), out);
        }
    }

    private static String compact(String json) {
        return json.replaceAll("\\s+", "");
    }

    @Test
    void theBeginningOfALongTextIsAnalysed() {
        Outcome whole = Outcome.of("hopfield", "--model", model, "--text", "word ".repeat(510), "--layer", 0, "--head", 0).assertDone();
        Outcome cut = Outcome.of("hopfield", "--model", model, "--text", "word ".repeat(600), "--layer", 0, "--head", 0);
        cut.assertEnded(0, "all-minilm-l6-v2 takes at most 512 tokens: of the 602 tokens of the text, only the beginning is used");
        assertEquals(whole.out(), cut.out());
    }

    @Test
    void tablesAreAscii() {
        String table = Outcome.of("analyze", "--model", model, "--text", "\u904b\u6cb3", "--layer", 0, "--head", 0).assertDone().out();
        assertTrue(table.chars().allMatch(character -> character < 0x7f), table);
        assertTrue(table.contains("\\u6cb3 (2) "), table);
    }

    @Test
    void whatMakesNoSenseIsRefused() throws IOException {
        Path q = NpyFiles.random(folder.resolve("q.npy"), 1, 4, 3);
        onText("sinkhorn", "--q", q, "--k", q).assertRefused("--model: its heads take the place of queries and keys, without --q, --k");
        Outcome.of("sinkhorn", "--model", model).assertRefused("--model: which text? Give --text or --text-file");
        onText("sinkhorn", "--text-file", q).assertRefused("--model: which text?");
        onText("sinkhorn", "--head", 0).assertRefused("--head: of which layer?");
        onText("sinkhorn", "--layer", 6).assertRefused("--layer must be 0 to 5 for all-minilm-l6-v2, not 6");
        onText("sinkhorn", "--layer", 5, "--head", -1).assertRefused("--head must be 0 to 11 for all-minilm-l6-v2, not -1");
        Outcome.of("analyze", "--text", "x").assertRefused("--text, --text-file, --layer and --head are for a model");
        Outcome.of("sinkhorn", "--q", q, "--k", q, "--layer", 1).assertRefused("are for a model");
        Path notText = Files.write(folder.resolve("latin"), "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        Outcome.of("sinkhorn", "--model", model, "--text-file", notText).assertRefused("latin: is not UTF-8");
        Path absent = folder.resolve("absent");
        Outcome.of("sinkhorn", "--model", model, "--text-file", absent).assertRefused("absent: does not exist");
        Outcome.of("sinkhorn", "--model", q, "--text", TEXT).assertRefused("q.npy");
        Outcome.of("sinkhorn", "--model", "no-such-model", "--text", TEXT).assertRefused("no-such-model", "all-minilm-l6-v2");
        Path text = Files.writeString(folder.resolve("text.txt"), TEXT);
        Outcome.of("matrix", "--operator", "attention", "--model", model, "--text-file", text, "--out", text)
                .assertRefused("text.txt: cannot be written: is an input");
        assertEquals(TEXT, Files.readString(text));
    }
}
