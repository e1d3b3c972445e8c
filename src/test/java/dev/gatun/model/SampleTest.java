package dev.gatun.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keeps the sample that the library carries whole, and true to the model it came from. */
@Tag("any-width")
class SampleTest {

    private static final int HEADS = 6;
    private static final int HEAD_SIZE = SampleExtractor.TOKENS * MiniLm.DIMENSION;
    private static final int HEADER = 128;

    /** What the arithmetic of another machine may change in a query, a key or a value. */
    private static final float ROUNDING = 1e-3f;

    @ParameterizedTest
    @ValueSource(strings = {"q.npy", "k.npy", "v.npy"})
    void aFileHoldsSixHeadsInSinglePrecision(String file) throws IOException {
        byte[] bytes = read(file);
        assertEquals(HEADER + HEADS * HEAD_SIZE * Float.BYTES, bytes.length);
        String header = new String(bytes, 0, HEADER, StandardCharsets.ISO_8859_1);
        assertTrue(header.startsWith("\u0093NUMPY\u0001\u0000"), header);
        assertEquals(HEADER - 10, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort(8));
        assertEquals("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 64, 32), }", header.substring(10).strip());
        assertTrue(header.endsWith("\n"), header);
    }

    @ParameterizedTest
    @ValueSource(strings = {"q.npy", "k.npy", "v.npy"})
    void everyElementIsFinite(String file) throws IOException {
        for (float element : elements(file)) {
            assertTrue(Float.isFinite(element));
        }
    }

    @Test
    void theHeadsAreThoseThatTheExtractorPicks() throws IOException {
        MiniLm.Heads heads = SampleExtractor.runParagraph();
        List<SampleExtractor.Pick> picks = SampleExtractor.pick(SampleExtractor.measure(heads));
        for (int i = 0; i < HEADS; i++) {
            HeadFigures head = picks.get(i).figures();
            assertArrayEquals(heads.queries(head.layer(), head.head()), head(i, "q.npy"), ROUNDING);
            assertArrayEquals(heads.keys(head.layer(), head.head()), head(i, "k.npy"), ROUNDING);
            assertArrayEquals(heads.values(head.layer(), head.head()), head(i, "v.npy"), ROUNDING);
        }
    }

    @Test
    void theTokensAreThoseOfTheParagraph() throws IOException {
        assertEquals(SampleExtractor.tokens(), new String(read("tokens.txt"), StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void theNoticeNamesTheModelAndItsLicence() throws IOException {
        String notice = new String(read("NOTICE.txt"), StandardCharsets.UTF_8);
        assertTrue(notice.contains("sentence-transformers/all-MiniLM-L6-v2"));
        assertTrue(notice.contains("Apache-2.0"));
    }

    private static float[] head(int index, String file) throws IOException {
        return Arrays.copyOfRange(elements(file), index * HEAD_SIZE, (index + 1) * HEAD_SIZE);
    }

    private static float[] elements(String file) throws IOException {
        byte[] bytes = read(file);
        float[] elements = new float[(bytes.length - HEADER) / Float.BYTES];
        ByteBuffer.wrap(bytes, HEADER, bytes.length - HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(elements);
        return elements;
    }

    private static byte[] read(String file) throws IOException {
        try (InputStream stream = SampleTest.class.getResourceAsStream("/dev/gatun/sample/" + file)) {
            assertNotNull(stream, file);
            return stream.readAllBytes();
        }
    }
}
