package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.ElementType;
import dev.gatun.Matrix;
import dev.gatun.encoder.EncoderModel;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.encoder.Pooling;
import dev.gatun.encoder.Regimes;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.io.Npy;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
class EmbedTest {

    private static final String TEXT = "Ships rise to the lake.";

    @TempDir
    private static Path folder;

    private static Path model;
    private static TextEncoder encoder;

    @BeforeAll
    static void load() {
        model = MiniLmFiles.copy(folder);
        encoder = TextEncoder.open(model);
    }

    @Test
    void aTextAsJson() throws Exception {
        JsonNode json = new ObjectMapper().readTree(embed("--text", TEXT, "--threads", 1).assertDone().out());
        assertEquals("all-minilm-l6-v2", json.get("model").asText());
        assertEquals(384, json.get("dimension").asInt());
        JsonNode only = json.get("texts").get(0);
        assertEquals(8, only.get("tokens").asInt());
        assertFalse(only.get("truncated").asBoolean());
        assertArrayEquals(encoder.embed(TEXT), floats(only.get("embedding")));
    }

    @Test
    void linesAsNpy() throws Exception {
        List<String> lines = List.of("rain", "", TEXT, "locks ".repeat(40).strip());
        Path file = Files.write(folder.resolve("lines.txt"), lines);
        Path out = folder.resolve("e.npy");
        assertEquals("", embed("--lines", file, "--out", out, "--threads", 2).assertDone().out());
        try (Arena arena = Arena.ofConfined()) {
            Matrix rows = Npy.map(out, arena);
            assertEquals(lines.size(), rows.rows());
            for (int i = 0; i < lines.size(); i++) {
                float[] expected = encoder.embed(lines.get(i));
                for (int j = 0; j < expected.length; j++) {
                    assertEquals(expected[j], rows.get(i, j));
                }
            }
        }
    }

    @Test
    void theModelAsAsked() throws Exception {
        EncoderOptions options = EncoderOptions.defaults().withWeights(ElementType.BFLOAT16).withPooling(Pooling.CLS)
                .withRegimes(Regimes.parse("layer 0: diffusion"));
        Path file = Files.writeString(folder.resolve("text.txt"), "Two\nlines, one text: é");
        float[] expected = TextEncoder.of(EncoderModel.load(model, options)).embed("Two\nlines, one text: é");
        JsonNode json = new ObjectMapper().readTree(embed("--text-file", file, "--weights", "bfloat16", "--pooling", "cls",
                "--regime", "layer 0: diffusion", "--threads", 1).assertDone().out());
        assertArrayEquals(expected, floats(json.get("texts").get(0).get("embedding")));
    }

    @Test
    void longTexts() throws Exception {
        Path file = Files.writeString(folder.resolve("long.txt"), "rain\n" + "ship ".repeat(511) + "\n");
        embed("--lines", file).assertRefused("long.txt: line 2 has 513 tokens; the model takes at most 512", "--truncate");
        JsonNode texts = new ObjectMapper().readTree(embed("--lines", file, "--truncate", "--threads", 1).assertDone().out()).get("texts");
        assertFalse(texts.get(0).get("truncated").asBoolean());
        assertTrue(texts.get(1).get("truncated").asBoolean());
        assertEquals(512, texts.get(1).get("tokens").asInt());
    }

    @Test
    void refusals() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty.txt"));
        Path binary = Files.write(folder.resolve("binary.txt"), new byte[] {(byte) 0xff, 0});
        Outcome.of("embed", "--text", TEXT).assertRefused("--model");
        Outcome.of("embed", "--model", model, "--text", TEXT, "--regime", "layer 1 head 2: bistochastic beta 1e14")
                .assertEnded(1, "layer 1, head 2 of text 0 has no result: ");
        embed().assertRefused("which text?");
        embed("--text", TEXT, "--lines", empty).assertRefused("which text?");
        embed("--lines", empty).assertRefused("empty.txt: has no lines");
        embed("--text-file", folder.resolve("absent")).assertRefused("absent: does not exist");
        embed("--text-file", binary).assertRefused("binary.txt: is not UTF-8");
        embed("--text-file", folder).assertRefused("cannot be read");
        embed("--text", TEXT, "--pooling", "max").assertRefused("'max' is not mean or cls");
        embed("--text", TEXT, "--weights", "int8").assertRefused("'int8' is not float32 or bfloat16");
        embed("--text", TEXT, "--kind", "title").assertRefused("'title' is not");
        embed("--text", TEXT, "--threads", 0).assertRefused("--threads must be 1 to 1024, not 0");
        embed("--text", TEXT, "--regime", "all: nothing").assertRefused("--regime: ");
        embed("--text", TEXT, "--regime", "layer 6: diffusion").assertRefused("--regime: ", "layer");
        embed("--lines", binary, "--out", binary).assertRefused("is an input");
        Outcome.of("embed", "--model", folder.resolve("absent.onnx"), "--text", TEXT).assertRefused("absent.onnx");
        Outcome.of("embed", "--model", empty, "--text", TEXT).assertRefused("empty.txt");
        assertFalse(Files.exists(folder.resolve("none.npy")));
        Outcome.of("embed", "--model", empty, "--text", TEXT, "--out", folder.resolve("none.npy")).assertRefused("empty.txt");
        assertFalse(Files.exists(folder.resolve("none.npy")));
    }

    private static Outcome embed(Object... arguments) {
        Object[] all = new Object[arguments.length + 3];
        all[0] = "embed";
        all[1] = "--model";
        all[2] = model;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Outcome.of(all);
    }

    private static float[] floats(JsonNode array) {
        float[] row = new float[array.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = Float.parseFloat(array.get(i).asText());
        }
        return row;
    }
}
