package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.internal.format.Precision;
import dev.gatun.internal.format.SafeTensorsHeader;
import dev.gatun.internal.format.Source;
import dev.gatun.reference.ReferenceNpy;
import dev.gatun.reference.ReferenceSafeTensors;
import dev.gatun.reference.ReferenceTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * A file of zeros that is opened once; any bytes are parsed as its header. Each parser must accept what the reference accepts, with the
 * same meaning, under the rules of a {@link Watch}.
 */
final class WatchedHeader implements AutoCloseable {

    private static final int SIZE = 1 << 17;

    private static final Pattern OFFSETS = Pattern.compile("\\[\\s*[0-9]{1,18}\\s*,\\s*([0-9]{1,18})\\s*]");

    /** A source of the claimed size whose bytes are never read. */
    private record Zeros(Source file, long size) implements Source {

        @Override
        public byte[] bytes(long at, int count) {
            throw new AssertionError("the bytes of the source are not read");
        }

        @Override
        public MemorySegment map(long at, long length, Arena arena) {
            throw new AssertionError("the bytes of the source are not read");
        }

        @Override
        public RuntimeException fault(Throwable cause, String format, Object... arguments) {
            return file.fault(cause, format, arguments);
        }
    }

    /** What follows a {@code .npy} header. */
    private static final int DATA = 24;

    private static final Map<String, Precision> PRECISIONS = Map.ofEntries(Map.entry("f2", Precision.FLOAT16),
            Map.entry("b2", Precision.BFLOAT16), Map.entry("f4", Precision.FLOAT32), Map.entry("f8", Precision.FLOAT64),
            Map.entry("b1", Precision.BOOLEAN), Map.entry("i1", Precision.INT8), Map.entry("i2", Precision.INT16),
            Map.entry("i4", Precision.INT32), Map.entry("i8", Precision.INT64), Map.entry("u1", Precision.UINT8),
            Map.entry("u2", Precision.UINT16), Map.entry("u4", Precision.UINT32), Map.entry("u8", Precision.UINT64));

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

    /** Reads {@code text} as the object of a {@code .safetensors} file whose data end where the last offset says. */
    void safeTensors(byte[] text) {
        long data = OFFSETS.matcher(new String(text, StandardCharsets.ISO_8859_1)).results()
                .mapToLong(offsets -> Long.parseLong(offsets.group(1))).max().orElse(0);
        Source source = new Zeros(file, Long.BYTES + text.length + data);
        Optional<SafeTensorsHeader> header = watch.read(text.length, () -> SafeTensorsHeader.of(source, text));
        Optional<SequencedMap<String, Optional<ReferenceTensor>>> expected =
                ReferenceSafeTensors.header(text, ZEROS, Long.BYTES + text.length, data);
        assertEquals(expected.map(tensors -> List.copyOf(tensors.keySet())),
                header.map(tensors -> List.copyOf(tensors.entries().keySet())));
        header.ifPresent(tensors -> expected.get().forEach((name, reference) -> {
            Optional<StoredTensor> tensor = watch.read(text.length, () -> StoredTensor.of(tensors, name));
            assertEquals(reference.isPresent(), tensor.isPresent(), "accepted");
            tensor.ifPresent(one -> assertTensor(reference.get(), one));
        }));
    }

    private static void assertTensor(ReferenceTensor expected, StoredTensor tensor) {
        assertEquals(expected.start(), tensor.offset());
        assertEquals(expected.entryBytes(), tensor.precision().bytes());
        assertEquals(PRECISIONS.get(expected.type()), tensor.precision());
        assertEquals(expected.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, tensor.order());
        assertEquals(expected.columnMajor(), tensor.columnMajor());
        assertArrayEquals(expected.shape(), tensor.shape().sizes());
    }

    @Override
    public void close() {
        file.close();
    }
}
