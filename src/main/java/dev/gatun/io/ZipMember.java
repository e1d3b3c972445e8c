package dev.gatun.io;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Source;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A member of a zip archive, stored or deflated, as the directory describes it.
 *
 * <p>{@link #map} compares all bytes with the checksum. A stored member is mapped; a deflated one is inflated into new memory. The
 * compressed bytes limit its size: deflate expands a byte to at most {@value #MAX_RATIO}.
 *
 * @param directory  the directory of the archive
 * @param name       its name
 * @param storedName the bytes of its name
 * @param flags      the general purpose flags
 * @param method     the compression method
 * @param checksum   the CRC-32 of its bytes
 * @param size       its bytes
 * @param packedSize its bytes in the archive
 * @param position   the position of its own header in the archive
 */
record ZipMember(ZipDirectory directory, String name, byte[] storedName, int flags, int method, int checksum, long size,
                 long packedSize, long position) implements Source {

    static final int MAX_RATIO = 1032;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
    private static final int SIGNATURE = 0x04034b50;
    private static final int HEADER_BYTES = 30;
    private static final long ALIGNMENT = 64;
    private static final int PIECE = 1 << 26;

    /** This member, once it is known that its bytes can be read. */
    ZipMember readable() {
        if ((flags & ENCRYPTED) != 0) {
            throw fault("is encrypted");
        }
        if (method != STORED && method != DEFLATED) {
            throw fault("is compressed by method %d; readable are stored (0) and deflated (8) members", method);
        }
        if (method == STORED && packedSize != size) {
            throw fault("is stored, but takes %d bytes and has %d", packedSize, size);
        }
        if (size / MAX_RATIO > packedSize) {
            throw fault("claims %d bytes deflated to %d, more than deflate can make of them", size, packedSize);
        }
        start();
        return this;
    }

    /** The start of its data, after its own header. */
    private long start() {
        InputFile file = directory.file();
        long limit = directory.end();
        ByteBuffer header = ZipDirectory.littleEndian(file.bytes(Math.min(position, limit), HEADER_BYTES));
        if (header.limit() < HEADER_BYTES || header.getInt(0) != SIGNATURE) {
            throw fault("has no header at byte %d", position);
        }
        long nameStart = position + HEADER_BYTES;
        int nameBytes = Short.toUnsignedInt(header.getShort(26));
        long start = nameStart + nameBytes + Short.toUnsignedInt(header.getShort(28));
        if (start > limit || packedSize > limit - start) {
            throw fault("takes %d bytes from byte %d on, but the archive's data end at byte %d", packedSize, start, limit);
        }
        if (!Arrays.equals(file.bytes(nameStart, nameBytes), storedName)) {
            throw fault("has another name in its own header");
        }
        return start;
    }

    @Override
    public byte[] bytes(long at, int count) {
        int length = Math.clamp(size - at, 0, count);
        if (method == STORED) {
            return directory.file().bytes(start() + at, length);
        }
        byte[] bytes = new byte[length];
        try (Arena scratch = Arena.ofConfined(); Inflation inflation = inflation(scratch)) {
            inflation.skip(at, new CRC32());
            inflation.fill(ByteBuffer.wrap(bytes));
        }
        return bytes;
    }

    @Override
    public MemorySegment map(long at, long length, Arena arena) {
        return method == STORED ? mapped(at, length, arena) : inflated(at, length, arena);
    }

    private MemorySegment mapped(long at, long length, Arena arena) {
        CRC32 sum = new CRC32();
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment whole = directory.file().map(start(), size, scratch);
            for (long first = 0; first < size; first += PIECE) {
                sum.update(whole.asSlice(first, Math.min(PIECE, size - first)).asByteBuffer());
            }
        }
        require(sum);
        return directory.file().map(start() + at, length, arena);
    }

    private MemorySegment inflated(long at, long length, Arena arena) {
        MemorySegment target;
        try {
            target = arena.allocate(length, ALIGNMENT);
        } catch (OutOfMemoryError full) {
            throw fault(full, "takes %d bytes once inflated, more than the memory allowed", length);
        }
        CRC32 sum = new CRC32();
        try (Arena scratch = Arena.ofConfined(); Inflation inflation = inflation(scratch)) {
            inflation.skip(at, sum);
            for (long first = 0; first < length; first += PIECE) {
                ByteBuffer piece = target.asSlice(first, Math.min(PIECE, length - first)).asByteBuffer();
                inflation.fill(piece);
                sum.update(piece.flip());
            }
            inflation.skip(size - at - length, sum);
            inflation.requireEnd();
        }
        require(sum);
        return target;
    }

    private Inflation inflation(Arena scratch) {
        return new Inflation(this, directory.file().map(start(), packedSize, scratch));
    }

    private void require(CRC32 sum) {
        if ((int) sum.getValue() != checksum) {
            throw fault("is damaged: its checksum is %08x, not %08x", (int) sum.getValue(), checksum);
        }
    }

    @Override
    public TensorFileException fault(Throwable cause, String format, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = Names.quote(name);
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return directory.file().fault(cause, "member %s: " + format, all);
    }
}
