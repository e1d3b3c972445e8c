package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.NpyFiles.Contents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("any-width")
class SpectrumTest {

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path values;
    private Path vectors;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 2, 2, 9, 5);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 2, 1, 9, 5);
        values = folder.resolve("e.npy");
        vectors = folder.resolve("c.npy");
    }

    /** {@code P c = lambda c} for each coordinate, with the P that {@code matrix} writes. */
    @ParameterizedTest
    @CsvSource({"diffusion, 0", "diffusion, 1", "bistochastic-diffusion, 0", "magnetic, 0.5"})
    void coordinatesAreEigenvectorsOfTheOperator(String operator, double alpha) {
        Path matrix = folder.resolve("p.npy");
        String json = Outcome.of("spectrum", "--operator", operator, "--alpha", alpha, "--q", q, "--k", k, "--count", 4,
                "--out-values", values, "--out-vectors", vectors).assertDone().out();
        Outcome.of("matrix", "--operator", operator, "--alpha", alpha, "--q", q, "--k", k, "--out", matrix).assertDone();
        boolean complex = operator.equals("magnetic");
        Contents e = NpyFiles.read(values);
        Contents c = NpyFiles.read(vectors);
        Contents p = NpyFiles.read(matrix);
        assertEquals(List.of("<f8", complex ? "<c16" : "<f8"), List.of(e.type(), c.type()));
        assertArrayEquals(new int[] {2, 2, 4}, e.shape());
        assertArrayEquals(new int[] {2, 2, 9, 4}, c.shape());
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 2; h++) {
                for (int m = 0; m < 4; m++) {
                    assertTrue(m == 0 || e.get(b, h, m) <= e.get(b, h, m - 1));
                    requireEigenvector(p, c, e.get(b, h, m), b, h, m, complex);
                }
                assertTrue(complex || e.get(b, h, 0) == 1);
            }
        }
        assertTrue(json.contains("\"eigenvalues\": [") && json.contains("\"components\": 1"), json);
        assertEquals(complex, json.contains("\"frustration\""));
    }

    private static void requireEigenvector(Contents p, Contents c, double lambda, int b, int h, int m, boolean complex) {
        for (int i = 0; i < 9; i++) {
            double real = 0;
            double imaginary = 0;
            for (int j = 0; j < 9; j++) {
                double pRe = complex ? p.real(b, h, i, j) : p.get(b, h, i, j);
                double pIm = complex ? p.imaginary(b, h, i, j) : 0;
                double cRe = complex ? c.real(b, h, j, m) : c.get(b, h, j, m);
                double cIm = complex ? c.imaginary(b, h, j, m) : 0;
                real += pRe * cRe - pIm * cIm;
                imaginary += pRe * cIm + pIm * cRe;
            }
            assertEquals(lambda * (complex ? c.real(b, h, i, m) : c.get(b, h, i, m)), real, 3e-5);
            assertEquals(complex ? lambda * c.imaginary(b, h, i, m) : 0, imaginary, 3e-5);
        }
    }

    @Test
    void timeIsAPowerOfTheEigenvalues() {
        Path later = folder.resolve("later.npy");
        Outcome.of("spectrum", "--operator", "diffusion", "--q", q, "--k", k, "--count", 3, "--out-values", values,
                "--out-vectors", vectors).assertDone();
        Outcome.of("spectrum", "--operator", "diffusion", "--q", q, "--k", k, "--count", 3, "--time", 3, "--out-vectors", later)
                .assertDone();
        Contents e = NpyFiles.read(values);
        Contents now = NpyFiles.read(vectors);
        Contents then = NpyFiles.read(later);
        for (int i = 0; i < 9; i++) {
            for (int m = 0; m < 3; m++) {
                double expected = Math.pow(e.get(1, 0, m), 3) * now.get(1, 0, i, m);
                assertEquals(expected, then.get(1, 0, i, m), 1e-12);
            }
        }
    }

    @Test
    void whatCannotBeIsOneSentence() {
        refused("is more than the 9 eigenpairs", "--operator", "diffusion", "--count", 10);
        refused("--count must be at least 1", "--operator", "diffusion", "--count", 0);
        refused("not of attention", "--operator", "attention", "--count", 2);
        refused("--time must be at least 0", "--operator", "diffusion", "--count", 2, "--time", -1);
        refused("--charge must be finite", "--operator", "magnetic", "--count", 2, "--charge", "NaN");
        refused("a causal mask hides one of the two", "--operator", "diffusion", "--count", 2, "--causal");
        assertFalse(Files.exists(vectors));
        Path other = NpyFiles.random(folder.resolve("other.npy"), 2, 2, 1, 8, 5);
        Outcome.of("spectrum", "--operator", "diffusion", "--count", 2, "--q", q, "--k", other)
                .assertRefused("other.npy", "compares a token with itself");
        Outcome.of("spectrum", "--operator", "bistochastic-diffusion", "--count", 2, "--q", q, "--k", k, "--max-iterations", 1,
                "--tolerance", 1e-9, "--out-values", values).assertEnded(1, "did not converge");
        assertFalse(Files.exists(values));
    }

    private void refused(String part, Object... options) {
        Object[] arguments = new Object[options.length + 7];
        System.arraycopy(new Object[] {"spectrum", "--q", q, "--k", k, "--out-vectors", vectors}, 0, arguments, 0, 7);
        System.arraycopy(options, 0, arguments, 7, options.length);
        Outcome.of(arguments).assertRefused(part);
    }
}
