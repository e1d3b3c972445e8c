package dev.gatun.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.reference.ReferenceNpy;
import dev.gatun.reference.ReferenceSafeTensors;
import dev.gatun.reference.ReferenceTensor;
import dev.gatun.reference.ReferenceZip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A file of any bytes that is read in every way of its format. Each read must accept what the reference accepts, with the same entries,
 * under the rules of a {@link Watch}.
 */
final class WatchedFile implements AutoCloseable {

    /** The bytes of a {@code .npy} header that are read of a member before its checksum is known. */
    private static final long MAX_HEADER = 1 << 16;

    /** Of a file with many tensors the first few are read. */
    private static final int TENSORS = 4;

    private final Path path;
    private final FileChannel channel;
    private final Watch watch;

    WatchedFile(Path path) {
        this.path = path;
        this.watch = new Watch(path);
        try {
            this.channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    Watch watch() {
        return watch;
    }

    /** Reads {@code bytes} as a {@code .npy} file: tensor, matrix and vectors, and the tensor behind it. */
    void npy(byte[] bytes) {
        write(bytes);
        Optional<ReferenceTensor> tensor = ReferenceNpy.tensor(bytes);
        heads(bytes, heads(tensor), arena -> Npy.readHeads(path, arena));
        heads(bytes, heads(tensor).filter(matrix -> matrix.shape().length == 2),
                arena -> Heads.of(Npy.map(path, arena)));
        vectors(bytes, tensor, () -> Npy.readVectors(path));
        heads(bytes, heads(ReferenceNpy.tensor(bytes, 1)), arena -> TensorFile.readHeads(path + "#1", arena));
    }

    /** Reads {@code bytes} as a {@code .npz} file: its names, some arrays, and one that may not be there. */
    void npz(byte[] bytes) {
        write(bytes);
        Optional<SequencedMap<String, Optional<byte[]>>> members = ReferenceZip.members(bytes);
        Optional<List<String>> names = watch.read(bytes.length, () -> Npz.names(path));
        assertEquals(members.map(map -> map.keySet().stream().map(name -> name.replaceFirst("\\.npy$", "")).toList()), names);
        List<String> read = new ArrayList<>(names.orElse(List.of()).stream().limit(TENSORS).toList());
        read.add("q");
        for (String name : read) {
            Optional<byte[]> member = members.flatMap(map ->
                    map.containsKey(name) ? map.get(name) : map.getOrDefault(name + ".npy", Optional.empty()));
            Optional<ReferenceTensor> tensor = member.flatMap(ReferenceNpy::tensor);
            heads(bytes, heads(tensor), arena -> Npz.readHeads(path, name, arena));
            vectors(bytes, tensor, () -> Npz.readVectors(path, name));
        }
    }

    /** Reads {@code bytes} as a {@code .safetensors} file: its names, some tensors, and one that may not be there. */
    void safeTensors(byte[] bytes) {
        write(bytes);
        Optional<SequencedMap<String, Optional<ReferenceTensor>>> tensors = ReferenceSafeTensors.tensors(bytes);
        Optional<List<String>> names = watch.read(bytes.length, () -> SafeTensors.names(path));
        assertEquals(tensors.map(map -> List.copyOf(map.keySet())), names);
        List<String> read = new ArrayList<>(names.orElse(List.of()).stream().limit(TENSORS).toList());
        read.add("q");
        for (String name : read) {
            heads(bytes, tensors.flatMap(map -> heads(map.getOrDefault(name, Optional.empty()))),
                    arena -> SafeTensors.readHeads(path, name, arena));
        }
    }

    /** Reads {@code bytes} as the file of either format that they begin like; of a safetensors file the tensor q. */
    void either(byte[] bytes) {
        write(bytes);
        boolean npy = bytes.length > 5 && (bytes[0] & 0xff) == 0x93 && new String(bytes, 1, 5, ISO_8859_1).equals("NUMPY");
        boolean zip = bytes.length > 3 && new String(bytes, 0, 4, ISO_8859_1).matches("PK(\3\4|\5\6)");
        boolean opened = bytes.length > 8 && bytes[8] == '{' && !zip;
        heads(bytes, npy ? heads(ReferenceNpy.tensor(bytes)) : Optional.empty(),
                arena -> TensorFile.readHeads(path.toString(), arena));
        if (zip) {
            return;
        }
        heads(bytes, npy || !opened ? Optional.empty() : ReferenceSafeTensors.tensors(bytes)
                        .flatMap(tensors -> heads(tensors.getOrDefault("q", Optional.empty()))),
                arena -> TensorFile.readHeads(path + "#q", arena));
    }

    /** The bytes to which what a read leaves on the heap is held: a member may inflate to many more than the file has. */
    private long size(byte[] bytes) {
        return !zipped() ? bytes.length : bytes.length + ReferenceZip.members(bytes).stream()
                .flatMap(map -> map.values().stream())
                .mapToLong(member -> member.map(content -> (long) content.length).orElse(MAX_HEADER)).max().orElse(0);
    }

    private static Optional<ReferenceTensor> heads(Optional<ReferenceTensor> tensor) {
        return tensor.filter(heads -> heads.hasDimensions(2, 4) && heads.fitsFloats());
    }

    private void heads(byte[] bytes, Optional<ReferenceTensor> expected, Function<Arena, Heads> read) {
        long mappings = watch.mappings();
        float[] first = readHeads(bytes, expected, read);
        if (expected.isPresent()) {
            float[] second = readHeads(bytes, expected, read);
            assertArrayEquals(bits(first), bits(second), "a second read");
        }
        watch.requireMappings(mappings);
    }

    private float[] readHeads(byte[] bytes, Optional<ReferenceTensor> expected, Function<Arena, Heads> read) {
        try (CountingArena arena = new CountingArena()) {
            Optional<Heads> heads = watch.read(size(bytes), () -> {
                arena.restart();
                return read.apply(arena);
            });
            assertEquals(expected.isPresent(), heads.isPresent(), "accepted");
            // Four times the file for bytes that become float32, and what deflate makes of each.
            long bound = (zipped() ? ZipMember.MAX_RATIO : 1) * 4L * bytes.length;
            assertTrue(arena.allocated() <= bound, () -> arena.allocated() + " bytes off the heap");
            if (heads.isEmpty()) {
                return null;
            }
            ReferenceTensor tensor = expected.get();
            float[] values = NpyBytes.values(heads.get());
            assertEquals(tensor.bytes(), BigInteger.valueOf((long) values.length * tensor.entryBytes()));
            assertArrayEquals(tensor.shape(), IntStream.of(heads.get().shape()).asLongStream().toArray());
            assertEntries(tensor.values(), values);
            long allocated = heads.get().segment().isMapped() ? 0 : (long) Float.BYTES * values.length;
            assertEquals(allocated, arena.allocated(), "allocated off the heap");
            return values;
        }
    }

    private boolean zipped() {
        return path.toString().endsWith(".npz");
    }

    private void vectors(byte[] bytes, Optional<ReferenceTensor> tensor, Supplier<Vectors> read) {
        Optional<ReferenceTensor> expected = tensor.filter(one -> one.hasDimensions(1, 3) && one.fitsDoubles());
        long mappings = watch.mappings();
        Optional<Vectors> vectors = watch.read(size(bytes), read);
        watch.requireMappings(mappings);
        assertEquals(expected.isPresent(), vectors.isPresent(), "accepted");
        if (vectors.isPresent()) {
            assertArrayEquals(expected.get().shape(), IntStream.of(vectors.get().shape()).asLongStream().toArray());
            double[] values = expected.get().values();
            int at = 0;
            for (double[] vector : vectors.get().values()) {
                for (double value : vector) {
                    assertEquals(values[at++], value);
                }
            }
            assertEquals(values.length, at);
        }
    }

    /** Values are equal where their bits are or both are no numbers. */
    private static void assertEntries(double[] expected, float[] values) {
        for (int i = 0; i < values.length; i++) {
            assertEquals((float) expected[i], values[i]);
        }
    }

    private static int[] bits(float[] values) {
        return IntStream.range(0, values.length).map(i -> Float.floatToRawIntBits(values[i])).toArray();
    }

    private void write(byte[] bytes) {
        try {
            channel.truncate(bytes.length);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer, buffer.position());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
