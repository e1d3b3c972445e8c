package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs in other forms of NumPy: archives, integers, several arrays in a file, and masses with dimensions of 1. */
@Tag("any-width")
class FileFormsTest {

    @TempDir
    Path folder;

    private Path q;
    private Path k;
    private Path v;
    private Path out;

    @BeforeEach
    void inputs() {
        q = NpyFiles.random(folder.resolve("q.npy"), 1, 5, 3);
        k = NpyFiles.random(folder.resolve("k.npy"), 2, 5, 3);
        v = NpyFiles.random(folder.resolve("v.npy"), 3, 5, 2);
        out = folder.resolve("out.npy");
    }

    private double[] applied(Object q, Object k, Object v) {
        Outcome.of("apply", "--operator", "attention", "--q", q, "--k", k, "--v", v, "--out", out).assertDone();
        return NpyFiles.read(out).values();
    }

    @Test
    void membersOfAnArchiveAndArraysOfAFile() throws IOException {
        double[] expected = applied(q, k, v);
        Path archive = folder.resolve("x.npz");
        try (OutputStream file = Files.newOutputStream(archive); ZipOutputStream zip = new ZipOutputStream(file)) {
            for (Path member : new Path[] {q, k, v}) {
                zip.putNextEntry(new ZipEntry(member.getFileName().toString()));
                zip.write(Files.readAllBytes(member));
            }
        }
        Path several = folder.resolve("several.npy");
        Files.write(several, Files.readAllBytes(q));
        Files.write(several, Files.readAllBytes(k), StandardOpenOption.APPEND);
        assertArrayEquals(expected, applied(archive + "#q", archive + "#k.npy", archive + "#v"));
        assertArrayEquals(expected, applied(several, several + "#1", archive + "#v"));
        Outcome.of("sinkhorn", "--q", archive + "#q", "--k", archive).assertRefused("x.npz: needs the name of an array",
                "'q', 'k', 'v'");
        Outcome.of("matrix", "--operator", "attention", "--q", archive + "#q", "--k", archive + "#k", "--out", archive)
                .assertRefused("x.npz: cannot be written: is an input");
    }

    @Test
    void integersAreExactOrRefusedByValue() {
        byte[] entries = ByteBuffer.allocate(8 * 15).order(ByteOrder.LITTLE_ENDIAN).putLong(8, -3).putLong(112, 1L << 53 | 1).array();
        Path large = NpyFiles.write(folder.resolve("large.npy"), NpyFiles.bytes("<i8", "(5, 3)", entries));
        Outcome.of("matrix", "--operator", "attention", "--q", large, "--k", k, "--out", out)
                .assertRefused("large.npy: entry 14 (in file order) is 9007199254740993, which float32 cannot hold exactly");
        assertFalse(Files.exists(out));
        byte[] small = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN).putLong(112, 4).array();
        Path whole = NpyFiles.write(folder.resolve("whole.npy"), NpyFiles.bytes("int64", "(5L, 3L)", small));
        float[] same = new float[15];
        same[1] = -3;
        same[14] = 4;
        assertArrayEquals(applied(NpyFiles.float32(folder.resolve("same.npy"), same, 5, 3), k, v), applied(whole, k, v));
    }

    /** One vector of masses serves all heads, even after leading dimensions of 1. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void massesWithDimensionsOfOne(int dimensions) {
        int[] shape = {1, 1, 5};
        double[] masses = {0.5, 0.25, 0.5, 1, 2.75};
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), masses, Arrays.copyOfRange(shape, 3 - dimensions, 3));
        Path plain = NpyFiles.float64(folder.resolve("plain.npy"), masses, 5);
        Path heads = NpyFiles.random(folder.resolve("heads.npy"), 4, 2, 5, 3);
        for (Path queries : new Path[] {q, heads}) {
            assertEquals(Outcome.of("sinkhorn", "--q", queries, "--k", queries, "--mu", plain).assertDone().out(),
                    Outcome.of("sinkhorn", "--q", queries, "--k", queries, "--mu", mu).assertDone().out());
        }
    }

    @Test
    void massesOfOtherHeadsAreRefused() {
        Path mu = NpyFiles.float64(folder.resolve("mu.npy"), new double[10], 2, 5);
        Outcome.of("sinkhorn", "--q", q, "--k", k, "--mu", mu)
                .assertRefused("mu.npy: is given for heads [2]; expected one vector for the one head of ", "q.npy");
    }
}
