package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs that must be refused: status 2, one line that names the file and the fault, and no new file. */
@Tag("any-width")
class HostileInputTest {

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path v;
    private Path out;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 6, 4);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 6, 4);
        v = NpyFiles.random(folder.resolve("v.npy"), 3, 2, 6, 3);
        out = folder.resolve("out.npy");
    }

    /** Every command that reads the files refuses them and leaves the folder unchanged. */
    private void refuse(String... parts) {
        Set<Path> before = files();
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", out).assertRefused(parts);
        Outcome.of("analyze", "--q", q, "--k", k, "--v", v, "--json", out).assertRefused(parts);
        assertEquals(before, files());
    }

    /** As {@link #refuse}, also by the commands that read no values. */
    private void refuseScores(String... parts) {
        refuse(parts);
        Set<Path> before = files();
        Outcome.of("matrix", "--operator", "diffusion", "--q", q, "--k", k, "--out", out).assertRefused(parts);
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--out", out, "--out-u", folder.resolve("u.npy"))
                .assertRefused(parts);
        assertEquals(before, files());
    }

    private Set<Path> files() {
        try (var files = Files.list(folder)) {
            return files.collect(Collectors.toSet());
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void missing() throws IOException {
        Files.delete(k);
        refuseScores("k.npy: no such file");
    }

    @Test
    void directory() throws IOException {
        Files.delete(q);
        Files.createDirectory(q);
        refuseScores("q.npy: is a directory");
    }

    @Test
    void empty() {
        NpyFiles.write(q, new byte[0]);
        refuseScores("q.npy: is empty");
    }

    @Test
    void cutInTheHeader() throws IOException {
        NpyFiles.write(k, Arrays.copyOf(Files.readAllBytes(k), 20));
        refuseScores("k.npy: ", "header");
    }

    @Test
    void cutInTheBody() throws IOException {
        byte[] bytes = Files.readAllBytes(v);
        NpyFiles.write(v, Arrays.copyOf(bytes, bytes.length - 1));
        refuse("v.npy: ", "143");
    }

    @Test
    void notNpy() {
        NpyFiles.write(q, "import numpy as np\nnp.save('q.npy', q)\n".getBytes());
        refuseScores("q.npy: is not a .npy file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(-2, 6, 4)", "(9000000000, 9000000000, 9000000000)", "(2, 6, 5)", "(0, 6, 4)", "(2, 0, 4)",
        "(48,)", "(2, 2, 2, 3, 2)", "()", "(2, 6, 4"})
    void impossibleShapes(String shape) {
        NpyFiles.write(q, NpyFiles.bytes("<f4", shape, new byte[shape.contains("0,") ? 0 : 192]));
        refuseScores("q.npy: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"|O", "<i16", "<u2", "<c8", "|b1", "<U4", "nonsense\\n"})
    void otherTypes(String type) {
        NpyFiles.write(k, NpyFiles.bytes(type, "(2, 6, 4)", new byte[192]));
        refuseScores("k.npy: ");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void notFinite(float value) {
        float[] values = NpyFiles.normal(4, 48);
        values[24 + 3 * 4 + 2] = value;
        NpyFiles.float32(q, values, 2, 6, 4);
        refuseScores("q.npy: holds " + value + " at row 3, column 2 of head 1; every entry must be finite");
        NpyFiles.random(q, 1, 2, 6, 4);
        NpyFiles.float32(k, values, 2, 6, 4);
        refuseScores("k.npy: holds " + value + " at row 3, column 2 of head 1");
        NpyFiles.random(k, 1, 2, 6, 4);
        NpyFiles.float32(v, values, 2, 6, 4);
        refuse("v.npy: holds " + value + " at row 3, column 2 of head 1");
    }

    @Test
    void differentComponents() {
        NpyFiles.random(k, 2, 2, 6, 5);
        refuseScores("q.npy, ", "k.npy: ", "4", "5");
    }

    @Test
    void headsThatDoNotDivide() {
        NpyFiles.random(k, 2, 3, 6, 4);
        refuseScores("q.npy, ", "k.npy: ", "[2, 6, 4]", "[3, 6, 4]");
    }

    @Test
    void differentBatches() {
        NpyFiles.random(v, 2, 2, 2, 6, 4);
        refuse("q.npy, ", "v.npy: ", "[2, 2, 6, 4]");
    }

    @Test
    void fewerValuesThanKeys() {
        NpyFiles.random(v, 2, 2, 5, 4);
        refuse("k.npy, ", "v.npy: there are 6 keys and 5 values");
    }

    @Test
    void scoresBeyondPrecision() {
        float[] values = NpyFiles.normal(4, 48);
        for (int i = 0; i < values.length; i++) {
            values[i] *= 1e30f;
        }
        NpyFiles.float32(q, values, 2, 6, 4);
        NpyFiles.float32(k, values, 2, 6, 4);
        refuseScores("q.npy, ", "k.npy: ", "too large");
    }

    @ParameterizedTest
    @ValueSource(strings = {"backward", "backward-column", "diffusion", "magnetic", "circulation",
        "bistochastic-backward", "bistochastic-diffusion"})
    void rectanglesWithoutSelfScores(String operator) {
        NpyFiles.random(k, 2, 2, 7, 4);
        Outcome.of("matrix", "--operator", operator, "--q", q, "--k", k, "--out", out)
                .assertRefused("q.npy, ", "k.npy: there are 6 queries and 7 keys", operator);
    }

    @Test
    void outputsThatCannotBe() throws IOException {
        Set<Path> before = files();
        refuseOutput(folder.resolve("no").resolve("out.npy"), "out.npy: cannot be written", "does not exist");
        refuseOutput(folder, folder + ": cannot be written: is a directory");
        refuseOutput(q, "q.npy: cannot be written: is an input");
        refuseOutput(folder.resolve(".").resolve("v.npy"), "v.npy: cannot be written: is an input");
        refuseOutput(q.resolve("out.npy"), "out.npy: cannot be written");
        assertEquals(before, files());
        Path link = Files.createSymbolicLink(folder.resolve("link.npy"), k);
        refuseOutput(link, "link.npy: cannot be written: is an input");
    }

    private void refuseOutput(Path output, String... parts) {
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", output)
                .assertRefused(parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--beta=0", "--beta=-1", "--beta=NaN", "--beta=Infinity", "--beta=1e999", "--beta=one",
        "--beta=", "--beta=1,5", "--scale=0", "--scale=-0.5", "--scale=NaN", "--scale=inf", "--threads=0",
        "--threads=-2", "--threads=1e3", "--threads=4096", "--threads=99999999999", "--threads=two", "--alpha=NaN",
        "--charge=Infinity", "--circulation=-Infinity", "--blend=-Infinity", "--blend=NaN", "--adaptive=off", "--tolerance=0",
        "--tolerance=NaN",
        "--max-iterations=0", "--max-iterations=-1", "--max-iterations=1.5"})
    void numbersOutOfRange(String option) {
        Set<Path> before = files();
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", out, option)
                .assertRefused(option.substring(0, option.indexOf('=')));
        Outcome.of("analyze", option).assertRefused(option.substring(0, option.indexOf('=')));
        assertEquals(before, files());
    }

    @Test
    void aProductOfFactorsOutOfRange() {
        Outcome.of("analyze", "--beta", "1e300", "--scale", "1e300").assertRefused("--beta", "--scale", "Infinity");
    }
}
