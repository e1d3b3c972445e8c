package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.reference.ReferenceNpy;
import dev.gatun.reference.ReferenceSafeTensors;
import dev.gatun.reference.ReferenceTensor;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A file of zeros, opened once, of which any bytes are read as the header: each reader must accept just what the reference
 * accepts and understand the same, under the rules of a {@link Watch}.
 */
final class WatchedHeader implements AutoCloseable {

    private static final int SIZE = 1 << 17;

    /** What follows a {@code .npy} header. */
    private static final int DATA = 24;

    private static final byte[] ZEROS = new byte[SIZE];

    private final InputFile file;
    private final Watch watch;

    WatchedHeader(Path path) {
        this.file = InputFile.open(NpyBytes.write(path, ZEROS));
        this.watch = new Watch(path);
    }

    Watch watch() {
        return watch;
    }

    /** Reads {@code text} as the dictionary of a {@code .npy} file. */
    void npy(byte[] text) {
        int start = SIZE - DATA;
        Optional<StoredTensor> tensor = watch.read(text.length, () -> NpyHeader.tensor(file, text, start - text.length));
        Optional<ReferenceTensor> expected =
                ReferenceNpy.header(new String(text, StandardCharsets.ISO_8859_1), ZEROS, start);
        assertEquals(expected.isPresent(), tensor.isPresent(), "accepted");
        tensor.ifPresent(one -> assertTensor(expected.get(), one));
    }

    /** Reads {@code text} as the object of a {@code .safetensors} file. */
    void safeTensors(byte[] text) {
        Optional<SafeTensorsHeader> header = watch.read(text.length, () -> SafeTensorsHeader.of(file, text));
        Optional<SequencedMap<String, Optional<ReferenceTensor>>> expected =
                ReferenceSafeTensors.header(text, ZEROS, Long.BYTES + text.length);
        assertEquals(expected.map(tensors -> List.copyOf(tensors.keySet())),
                header.map(tensors -> List.copyOf(tensors.entries().keySet())));
        header.ifPresent(tensors -> expected.get().forEach((name, reference) -> {
            Optional<StoredTensor> tensor = watch.read(text.length, () -> tensors.tensor(name));
            assertEquals(reference.isPresent(), tensor.isPresent(), "accepted");
            tensor.ifPresent(one -> assertTensor(reference.get(), one));
        }));
    }

    private static void assertTensor(ReferenceTensor expected, StoredTensor tensor) {
        assertEquals(expected.start(), tensor.offset());
        assertEquals(expected.entryBytes(), tensor.precision().bytes());
        assertEquals(expected.type().equals("b2"), tensor.precision() == Precision.BFLOAT16);
        assertEquals(expected.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, tensor.order());
        assertEquals(expected.columnMajor(), tensor.columnMajor());
        assertArrayEquals(expected.shape(), tensor.shape().sizes());
    }

    @Override
    public void close() {
        file.close();
    }
}
