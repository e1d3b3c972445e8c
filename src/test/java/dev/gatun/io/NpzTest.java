package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of arrays: those that NumPy writes are read, and damaged ones are refused in one line. */
@Tag("any-width")
class NpzTest {

    /** NumPy 2.4 wrote float32 q (2, 3) and int64 ids (1, 2): with savez, and with savez_compressed. */
    private static final String STORED = """
            UEsDBC0AAAAAAAAAIQB8nN6i//////////8FABQAcS5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzog
            JzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAACAPwAAAEAAAEBAAACAQAAAoEAAAMBAUEsDBC0AAAAAAAAAIQBfu4Ec
            //////////8HABQAaWRzLm5weQEAEACQAAAAAAAAAJAAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5f
            b3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
            ICAgICAgICAgICAgICAgIAoBAAAAAAAAAP7/////////UEsBAi0DLQAAAAAAAAAhAHyc3qKYAAAAmAAAAAUAAAAAAAAAAAAAAIAB
            AAAAAHEubnB5UEsBAi0DLQAAAAAAAAAhAF+7gRyQAAAAkAAAAAcAAAAAAAAAAAAAAIABzwAAAGlkcy5ucHlQSwUGAAAAAAIAAgBo
            AAAAmAEAAAAA""";
    private static final String DEFLATED = """
            UEsDBC0AAAAIAAAAIQB8nN6i//////////8FABQAcS5ucHkBABAAmAAAAAAAAABYAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l
            oG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgaGBnsGBgYHIALiBiBeAMQHHABQSwMELQAA
            AAgAAAAhAF+7gRz//////////wcAFABpZHMubnB5AQAQAJAAAAAAAAAATQAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mh
            rqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOgpGmjoKtQpkAy5GBgj49x8CAFBLAQItAy0AAAAIAAAAIQB8nN6iWAAA
            AJgAAAAFAAAAAAAAAAAAAACAAQAAAABxLm5weVBLAQItAy0AAAAIAAAAIQBfu4EcTQAAAJAAAAAHAAAAAAAAAAAAAACAAY8AAABp
            ZHMubnB5UEsFBgAAAAACAAIAaAAAABUBAAAAAA==""";

    private static final byte[] ARRAY =
            NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 2)"), NpyBytes.data("<f4", 8, 9));

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("x.npz");
    }

    @AfterEach
    void release() {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {STORED, DEFLATED})
    void readsWhatNumpyWrote(String base64) {
        NpyBytes.write(file, Base64.getMimeDecoder().decode(base64));
        assertEquals(List.of("q", "ids"), Npz.names(file));
        Heads q = Npz.readHeads(file, "q", arena);
        assertArrayEquals(new int[] {2, 3}, q.shape());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, NpyBytes.values(q));
        assertEquals(base64.equals(STORED), q.segment().isMapped());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, NpyBytes.values(TensorFile.readHeads(file + "#q.npy", arena)));
        assertArrayEquals(new double[] {1, -2}, TensorFile.readVectors(file + "#ids").values()[0]);
    }

    @Test
    void sizesOf64Bits() {
        NpyBytes.write(file, ZipBytes.zip64("q.npy", ARRAY));
        assertArrayEquals(new float[] {8, 9}, NpyBytes.values(Npz.readHeads(file, "q", arena)));
    }

    @Test
    void otherEndingsAreToldByTheFirstBytes() {
        Path other = NpyBytes.write(folder.resolve("x.zip"), ZipBytes.zip(ZipEntry.DEFLATED, "a#b", ARRAY));
        assertArrayEquals(new float[] {8, 9}, NpyBytes.values(TensorFile.readHeads(other + "#a#b", arena)));
    }

    /** More than one piece of each kind, and an array that is converted. */
    @Test
    void longMembers() {
        byte[] member = NpyBytes.file(NpyBytes.dictionary("<f2", true, "(70, 650)"),
                NpyBytes.data("<f2", NpyBytes.count(-1000, 45500)));
        for (int method : new int[] {ZipEntry.STORED, ZipEntry.DEFLATED}) {
            NpyBytes.write(file, ZipBytes.zip(method, "x.npy", member));
            Path plain = NpyBytes.write(folder.resolve("x.npy"), member);
            assertArrayEquals(NpyBytes.values(Npy.readHeads(plain, arena)), NpyBytes.values(Npz.readHeads(file, "x", arena)));
        }
    }

    @Test
    void whatIsNotThere() {
        assertFault("q", "no such file");
        NpyBytes.write(file, new byte[0]);
        assertFault("q", "is empty");
        NpyBytes.write(file, ARRAY);
        assertFault("q", "is no zip archive, or its end is missing");
        NpyBytes.write(file, ZipBytes.zip(ZipEntry.STORED));
        assertFault("q", "has no array 'q'; it has none");
        NpyBytes.write(file, ZipBytes.zip(ZipEntry.STORED, "k.npy", ARRAY, "notes.txt", new byte[3]));
        assertFault("q", "has no array 'q'; it has 'k', 'notes.txt'");
        assertFault("notes.txt", "member 'notes.txt': is not a .npy file: it does not start with \\x93NUMPY");
        assertEquals(file + ": needs the name of an array, # and name behind the path; it has 'k', 'notes.txt'",
                assertThrows(TensorFileException.class, () -> TensorFile.readHeads(file.toString(), arena)).getMessage());
    }

    /** Bytes changed in an archive of one stored or deflated member q.npy, at a place from its directory's or its own header. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0 | directory | 8  | 1      | member 'q.npy': is encrypted",
        "8 | directory | 8  | 64     | member 'q.npy': is encrypted",
        "8 | directory | 10 | 93     | member 'q.npy': is compressed by method 93; readable are stored (0) and deflated (8) members",
        "0 | directory | 16 | 0      | member 'q.npy': is damaged: its checksum is %s, not %s",
        "0 | directory | 24 | 99     | member 'q.npy': is stored, but takes 78 bytes and has 99",
        "8 | directory | 26 | 255    | member 'q.npy': claims 16711758 bytes deflated to %d, more than deflate can make of them",
        "8 | directory | 24 | 79     | member 'q.npy': is damaged: its deflated bytes end early",
        "8 | directory | 20 | 60     | member 'q.npy': is damaged: its deflated bytes end early",
        "0 | directory | 42 | 1      | member 'q.npy': has no header at byte 1",
        "0 | directory | 45 | 120    | member 'q.npy': has no header at byte 2013265920",
        "0 | own       | 28 | 200    | member 'q.npy': takes 78 bytes from byte 235 on, but the archive's data end at byte 113",
        "0 | own       | 30 | 120    | member 'q.npy': has another name in its own header",
        "0 | directory | 46 | 120    | has no array 'q'; it has 'x'",
        "0 | directory | 0  | 0      | is a damaged zip archive: its directory is malformed at byte 113",
        "0 | directory | 28 | 200    | is a damaged zip archive: its directory is malformed at byte 113",
        "0 | end       | 4  | 1      | is one disk of a zip archive of several",
        "0 | end       | 16 | 0      | is a damaged zip archive: its directory is not where its end says",
        "0 | end       | 20 | 1      | is no zip archive, or its end is missing",
    })
    void damages(int method, String part, int at, int value, String fault) {
        byte[] bytes = ZipBytes.zip(method, "q.npy", ARRAY);
        int directory = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
        bytes[at + (part.equals("own") ? 0 : part.equals("end") ? bytes.length - 22 : directory)] = (byte) value;
        NpyBytes.write(file, bytes);
        String message = assertThrows(TensorFileException.class, () -> Npz.readHeads(file, "q", arena)).getMessage();
        String pattern = Pattern.quote(file + ": " + fault).replace("%s", "\\E[0-9a-f]{8}\\Q")
                .replace("%d", "\\E[0-9]+\\Q");
        assertTrue(message.matches(pattern), message);
    }

    @Test
    void damagedEntries() {
        for (int method : new int[] {ZipEntry.STORED, ZipEntry.DEFLATED}) {
            byte[] member = NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 200)"),
                    NpyBytes.data("<f4", NpyBytes.count(0.1, 200)));
            byte[] bytes = ZipBytes.zip(method, "q.npy", member);
            bytes[bytes.length - 100] ^= 1;
            NpyBytes.write(file, bytes);
            String message = assertThrows(TensorFileException.class, () -> Npz.readHeads(file, "q", arena)).getMessage();
            assertTrue(message.startsWith(file + ": member 'q.npy': is damaged: "), message);
        }
    }

    @Test
    void cutOff() {
        byte[] bytes = ZipBytes.zip(ZipEntry.DEFLATED, "q.npy", ARRAY);
        for (int length = 0; length < bytes.length; length++) {
            NpyBytes.write(file, Arrays.copyOf(bytes, length));
            assertThrows(TensorFileException.class, () -> Npz.readHeads(file, "q", arena));
        }
    }

    /** A claim that compressed bytes cannot fulfil, a gigabyte in a file of two hundred bytes, allocates nothing. */
    @Test
    void claimsAreHeldAgainstTheBytesThere() {
        byte[] bytes = ZipBytes.zip(ZipEntry.DEFLATED, "q.npy",
                NpyBytes.file(NpyBytes.dictionary("<f4", false, "(16384, 16384)"), new byte[0]));
        int directory = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(directory + 24, 1 << 30);
        NpyBytes.write(file, bytes);
        try (CountingArena counted = new CountingArena()) {
            String message = assertThrows(TensorFileException.class, () -> Npz.readHeads(file, "q", counted)).getMessage();
            assertTrue(message.contains("more than deflate can make of them"), message);
            assertEquals(0, counted.allocated());
        }
    }

    @Test
    void twoMembersOfOneName() {
        byte[] bytes = ZipBytes.zip(ZipEntry.STORED, "q.npy", ARRAY, "k.npy", ARRAY);
        int second = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("k.npy");
        bytes[second] = 'q';
        NpyBytes.write(file, bytes);
        assertFault("q", "has two members 'q.npy'");
    }

    @Test
    void namesAreUtf8WhereTheySaySo() {
        NpyBytes.write(file, ZipBytes.zip(ZipEntry.STORED, "schlüssel.npy", ARRAY));
        assertEquals(List.of("schlüssel"), Npz.names(file));
        assertFalse(Npz.readHeads(file, "schlüssel", arena).shape().length == 0);
    }

    private void assertFault(String name, String fault) {
        assertEquals(file + ": " + fault,
                assertThrows(TensorFileException.class, () -> Npz.readHeads(file, name, arena)).getMessage());
    }
}
