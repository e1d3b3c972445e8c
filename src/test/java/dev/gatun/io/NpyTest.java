package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-width")
class NpyTest {

    private static final float[] SAMPLE = {0.5f, -1, 2, 3, -4.25f, 65504, 7, 8, 9, 10, 11, -12.5f};

    /** Files that NumPy 2 wrote of one (2, 2, 3) tensor: versions 1.0, 2.0 and 3.0. */
    private static final String SINGLE_C = """
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDMpLCB9ICAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAvwAAAEAAAEBAAACIwADg
            f0cAAOBAAAAAQQAAEEEAACBBAAAwQQAASME=""";
    private static final String HALF_BIG_ENDIAN_FORTRAN = """
            k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiwgMyksIH0gICAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo4AEcAQgBJALwASADEQEmAQABIgHv/
            ykA=""";
    private static final String DOUBLE_FORTRAN_VERSION_2 = """
            k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAyLCAzKSwgfSAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADgPwAAAAAAABxAAAAAAAAA
            CEAAAAAAAAAkQAAAAAAAAPC/AAAAAAAAIEAAAAAAAAARwAAAAAAAACZAAAAAAAAAAEAAAAAAAAAiQAAAAAAA/O9AAAAAAAAAKcA=""";
    private static final String SINGLE_BIG_ENDIAN_VERSION_3 = """
            k05VTVBZAwB0AAAAeydkZXNjcic6ICc+ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMiwgMyksIH0g
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/AAAAv4AAAEAAAABAQAAAwIgAAEd/
            4ABA4AAAQQAAAEEQAABBIAAAQTAAAMFIAAA=""";

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void release() {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {SINGLE_C, HALF_BIG_ENDIAN_FORTRAN, DOUBLE_FORTRAN_VERSION_2, SINGLE_BIG_ENDIAN_VERSION_3})
    void readsWhatNumpyWrote(String base64) {
        Path file = NpyBytes.write(folder.resolve("x.npy"), Base64.getMimeDecoder().decode(base64));
        Heads heads = Npy.readHeads(file, arena);
        assertArrayEquals(new int[] {2, 2, 3}, heads.shape());
        assertArrayEquals(SAMPLE, NpyBytes.values(heads));
    }

    @Test
    void writesWhatNumpyWrites() throws IOException {
        Path file = folder.resolve("x.npy");
        Npy.write(file, Heads.of(MemorySegment.ofArray(SAMPLE), 0, 2, 2, 3));
        assertArrayEquals(Base64.getMimeDecoder().decode(SINGLE_C), Files.readAllBytes(file));
    }

    @ParameterizedTest
    @CsvSource({"<f2,false", ">f2,false", "<f4,false", ">f4,false", "<f8,false", ">f8,false",
        "<f2,true", ">f2,true", "<f4,true", ">f4,true", "<f8,true", ">f8,true"})
    void readsEveryTypeAndOrder(String type, boolean columnMajor) {
        double[] stored = columnMajor ? new double[] {1, 4, -2, 5, 3, -6} : new double[] {1, -2, 3, 4, 5, -6};
        byte[] bytes = NpyBytes.file(NpyBytes.dictionary(type, columnMajor, "(2, 3)"), NpyBytes.data(type, stored));
        Matrix matrix = Npy.map(NpyBytes.write(folder.resolve("x.npy"), bytes), arena);
        assertEquals(2, matrix.rows());
        assertEquals(3, matrix.columns());
        assertArrayEquals(new float[] {1, -2, 3, 4, 5, -6}, matrix.toArray());
    }

    @ParameterizedTest
    @CsvSource({"<f2", "<f4", ">f4", "<f8"})
    void keepsInfinitiesNanAndSignedZero(String type) {
        byte[] bytes = NpyBytes.file(NpyBytes.dictionary(type, false, "(2, 2)"), NpyBytes.data(type,
                Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, -0.0));
        float[] read = Npy.map(NpyBytes.write(folder.resolve("x.npy"), bytes), arena).toArray();
        assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, -0f}, read);
    }

    @Test
    void roundsFloat64ToNearest() {
        byte[] bytes = NpyBytes.file(NpyBytes.dictionary("<f8", false, "(1, 3)"),
                NpyBytes.data("<f8", 0.1, Float.MAX_VALUE * (1 + 1e-9), 1e-60));
        float[] read = Npy.map(NpyBytes.write(folder.resolve("x.npy"), bytes), arena).toArray();
        assertArrayEquals(new float[] {0.1f, Float.MAX_VALUE, 0}, read);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}",
        "{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(1,2,)}",
        "  {  'shape'  :  (  1 , 2 , )  , 'descr' : \"<f4\" ,\t'fortran_order' : False , }  \n \n",
        "{'fortran_order': True, 'shape': (1, 2), 'descr': '<f4'}"})
    void readsEveryWayToWriteTheHeader(String dictionary) {
        for (int version = 1; version <= 3; version++) {
            byte[] bytes = NpyBytes.file(version, dictionary, NpyBytes.data("<f4", 3, 4));
            Matrix matrix = Npy.map(NpyBytes.write(folder.resolve("x.npy"), bytes), arena);
            assertArrayEquals(new float[] {3, 4}, matrix.toArray());
        }
    }

    /** More rows than are decoded at once. */
    @Test
    void readsLongColumns() {
        int rows = 5000;
        byte[] bytes = NpyBytes.file(NpyBytes.dictionary("<f8", true, "(5000, 2)"),
                NpyBytes.data("<f8", NpyBytes.count(0, 2 * rows)));
        double[][] values = Npy.readVectors(NpyBytes.write(folder.resolve("x.npy"), bytes)).values();
        for (int i = 0; i < rows; i++) {
            assertArrayEquals(new double[] {i, rows + i}, values[i]);
        }
    }

    @Test
    void readsTheLongestHeader() {
        String dictionary = NpyBytes.dictionary("<f4", false, "(1, 2)");
        byte[] bytes = NpyBytes.file(2, dictionary + " ".repeat(65534 - dictionary.length()), NpyBytes.data("<f4", 3, 4));
        Matrix matrix = Npy.map(NpyBytes.write(folder.resolve("x.npy"), bytes), arena);
        assertArrayEquals(new float[] {3, 4}, matrix.toArray());
    }

    @Test
    void mapsAtAnyAlignment() {
        for (int padding = 0; padding < 8; padding++) {
            byte[] bytes = NpyBytes.file(NpyBytes.dictionary("<f4", false, "(2, 2)") + " ".repeat(padding),
                    NpyBytes.data("<f4", 1, 2, 3, 4));
            Matrix matrix = Npy.map(NpyBytes.write(folder.resolve(padding + ".npy"), bytes), arena);
            assertTrue(matrix.segment().isMapped());
            assertTrue(matrix.segment().isReadOnly());
            assertArrayEquals(new float[] {1, 2, 3, 4}, matrix.toArray());
        }
    }

    @Test
    void mappingLivesAsLongAsItsArena() {
        byte[] bytes = NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), NpyBytes.data("<f4", 1));
        Path file = NpyBytes.write(folder.resolve("x.npy"), bytes);
        Matrix matrix;
        try (Arena brief = Arena.ofConfined()) {
            matrix = Npy.map(file, brief);
        }
        assertThrows(IllegalStateException.class, () -> matrix.get(0, 0));
    }

    @Test
    void roundTripsEveryNumberOfDimensions() {
        Random random = new Random(7);
        for (int[] shape : new int[][] {{1, 1}, {5, 3}, {3, 4, 5}, {2, 3, 7, 2}}) {
            Heads written = random(random, shape);
            Path file = folder.resolve("x.npy");
            Npy.write(file, written);
            Heads read = Npy.readHeads(file, arena);
            assertArrayEquals(shape, read.shape());
            assertArrayEquals(NpyBytes.values(written), NpyBytes.values(read));
            assertEquals(0, read.segment().address() % 64);
        }
    }

    @Test
    void writesAStridedViewDensely() {
        float[] entries = {1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0};
        Path file = folder.resolve("x.npy");
        Npy.write(file, Heads.strided(MemorySegment.ofArray(entries), 0, new int[] {2}, 2, 2, 0, 3, 6));
        assertArrayEquals(new float[] {1, 2, 5, 6, 3, 4, 7, 8}, NpyBytes.values(Npy.readHeads(file, arena)));
    }

    @Test
    void replacesTheFileItsInputIsMappedFrom() {
        Path file = folder.resolve("x.npy");
        Npy.write(file, random(new Random(1), 4, 3));
        Heads mapped = Npy.readHeads(file, arena);
        float[] before = NpyBytes.values(mapped);
        Npy.write(file, mapped);
        assertArrayEquals(before, NpyBytes.values(mapped));
        assertArrayEquals(before, NpyBytes.values(Npy.readHeads(file, arena)));
    }

    @ParameterizedTest
    @CsvSource({"<f2", ">f2", "<f4", ">f4", "<f8", ">f8"})
    void readsVectors(String type) {
        Path file = folder.resolve("mu.npy");
        NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary(type, false, "(3,)"), NpyBytes.data(type, 1, 2, 3)));
        Vectors one = Npy.readVectors(file);
        assertEquals(0, one.leading().length);
        assertArrayEquals(new double[][] {{1, 2, 3}}, one.values());

        NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary(type, true, "(2, 1, 3)"),
                NpyBytes.data(type, 1, 4, 2, 5, 3, 6)));
        Vectors two = Npy.readVectors(file);
        assertArrayEquals(new int[] {2, 1}, two.leading());
        assertArrayEquals(new int[] {2, 1, 3}, two.shape());
        assertArrayEquals(new double[][] {{1, 2, 3}, {4, 5, 6}}, two.values());
    }

    @Test
    void readsFloat64VectorsExactly() {
        Path file = folder.resolve("mu.npy");
        NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary(">f8", false, "(2,)"),
                NpyBytes.data(">f8", 0.1, 1e300)));
        assertArrayEquals(new double[] {0.1, 1e300}, Npy.readVectors(file).values()[0]);
    }

    @Test
    void roundTripsLongVectors() {
        Random random = new Random(3);
        double[][] values = new double[6][];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.doubles(2 * EntryReader.RUN + 17).toArray();
        }
        Path file = folder.resolve("u.npy");
        Npy.write(file, new Vectors(new int[] {2, 3}, values));
        Vectors read = Npy.readVectors(file);
        assertArrayEquals(new int[] {2, 3}, read.leading());
        assertArrayEquals(values, read.values());
    }

    @Test
    void refusesInconsistentVectors() {
        assertThrows(IllegalArgumentException.class, () -> new Vectors(new int[] {2}, new double[][] {{1}}));
        assertThrows(IllegalArgumentException.class, () -> new Vectors(new int[] {2}, new double[][] {{1}, {1, 2}}));
        assertThrows(IllegalArgumentException.class, () -> new Vectors(new int[] {0}, new double[0][]));
    }

    @Test
    void convertsLongRunsInSeveralPieces() {
        int columns = 3 * EntryReader.RUN + 5;
        for (String type : new String[] {">f2", ">f4", "<f8"}) {
            double[] stored = new double[2 * columns];
            float[] expected = new float[stored.length];
            for (int i = 0; i < stored.length; i++) {
                stored[i] = i % 2048;
                expected[i] = i % 2048;
            }
            Path file = folder.resolve("x.npy");
            NpyBytes.write(file, NpyBytes.file(
                    NpyBytes.dictionary(type, false, "(2, " + columns + ")"), NpyBytes.data(type, stored)));
            assertArrayEquals(expected, Npy.map(file, arena).toArray());
            assertFalse(Npy.map(file, arena).segment().isMapped());
        }
    }

    private Heads random(Random random, int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        for (int k = 0; k < heads.count(); k++) {
            for (int i = 0; i < heads.rows(); i++) {
                for (int j = 0; j < heads.columns(); j++) {
                    heads.matrix(k).set(i, j, random.nextFloat());
                }
            }
        }
        return heads;
    }
}
