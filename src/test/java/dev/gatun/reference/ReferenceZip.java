package dev.gatun.reference;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Zip archives of one disk that fill a file, as the format's definition says: member by member, from the directory. */
public final class ReferenceZip {

    private final byte[] file;
    private int directory;

    private ReferenceZip(byte[] file) {
        this.file = file;
    }

    /** The members of a well formed archive by name, in the order of its directory; no bytes of one that cannot be read. */
    public static Optional<SequencedMap<String, Optional<byte[]>>> members(byte[] file) {
        try {
            return Optional.of(new ReferenceZip(file).members());
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    private SequencedMap<String, Optional<byte[]>> members() {
        int end = end();
        long count = field(end + 10, 2);
        long bytes = field(end + 12, 4);
        long start = field(end + 16, 4);
        if (end >= 20 && field(end - 20, 4) == 0x07064b50) {
            long position = field(end - 12, 8);
            require(position >= 0 && position <= end - 76);
            end = (int) position;
            require(field(end, 4) == 0x06064b50 && field(end + 16, 8) == 0 && field(end + 24, 8) == field(end + 32, 8));
            count = field(end + 32, 8);
            bytes = field(end + 40, 8);
            start = field(end + 48, 8);
        } else {
            require(field(end + 4, 4) == 0 && field(end + 8, 2) == count);
        }
        require(start >= 0 && start <= end && bytes == end - start);
        directory = (int) start;
        SequencedMap<String, Optional<byte[]>> members = new LinkedHashMap<>();
        for (int at = directory; at < end; at += 46 + length(at)) {
            require(end - at >= 46 && field(at, 4) == 0x02014b50 && end - at >= 46 + length(at));
            require(members.put(name(at), bytes(at)) == null);
        }
        require(members.size() == count);
        return members;
    }

    /** Where the end record is: the last one whose comment goes to the end of the file. */
    private int end() {
        for (int at = file.length - 22; at >= Math.max(0, file.length - 22 - 0xffff); at--) {
            if (field(at, 4) == 0x06054b50 && field(at + 20, 2) == file.length - at - 22) {
                return at;
            }
        }
        throw new IllegalArgumentException("no end");
    }

    private int length(int at) {
        return (int) (field(at + 28, 2) + field(at + 30, 2) + field(at + 32, 2));
    }

    private String name(int at) {
        byte[] name = Arrays.copyOfRange(file, at + 46, at + 46 + (int) field(at + 28, 2));
        if ((field(at + 8, 2) & 0x800) == 0) {
            return new String(name, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
        } catch (CharacterCodingException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    private Optional<byte[]> bytes(int at) {
        int longer = at + 46 + (int) field(at + 28, 2);
        int extraEnd = longer + (int) field(at + 30, 2);
        while (extraEnd - longer >= 4 && field(longer, 2) != 1) {
            longer = (int) Math.min(extraEnd, longer + 4 + field(longer + 2, 2));
        }
        int longerEnd = extraEnd - longer < 4 ? longer : (int) Math.min(extraEnd, longer + 4 + field(longer + 2, 2));
        longer += extraEnd - longer < 4 ? 0 : 4;
        long[] sizes = {field(at + 24, 4), field(at + 20, 4), field(at + 42, 4)};
        for (int i = 0; i < 3; i++) {
            if (sizes[i] == 0xffffffffL) {
                require(longerEnd - longer >= 8);
                sizes[i] = field(longer, 8);
                longer += 8;
            }
            require(sizes[i] >= 0);
        }
        return content(at, sizes[0], sizes[1], sizes[2])
                .filter(content -> checksum(content) == field(at + 16, 4));
    }

    private Optional<byte[]> content(int at, long size, long packedSize, long position) {
        long method = field(at + 10, 2);
        boolean encrypted = (field(at + 8, 2) & 0x2041) != 0;
        if (encrypted || method != 0 && method != 8 || position > directory || file.length - position < 30) {
            return Optional.empty();
        }
        int local = (int) position;
        int nameBytes = (int) field(local + 26, 2);
        int start = local + 30 + nameBytes + (int) field(local + 28, 2);
        if (field(local, 4) != 0x04034b50 || start > directory || packedSize > directory - start
                || nameBytes != field(at + 28, 2)
                || !Arrays.equals(file, local + 30, local + 30 + nameBytes, file, at + 46, at + 46 + nameBytes)) {
            return Optional.empty();
        }
        byte[] packed = Arrays.copyOfRange(file, start, start + (int) packedSize);
        return method == 0 ? Optional.of(packed).filter(bytes -> bytes.length == size)
                : size > 1100L * (packedSize + 1) ? Optional.empty() : inflated(packed, (int) size);
    }

    /** No more than what deflate makes of so many bytes is asked for. */
    private static Optional<byte[]> inflated(byte[] packed, int size) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            byte[] bytes = new byte[size + 1];
            int length = 0;
            while (!inflater.finished() && length <= size) {
                int more = inflater.inflate(bytes, length, bytes.length - length);
                if (more == 0 && !inflater.finished()) {
                    return Optional.empty();
                }
                length += more;
            }
            return length == size ? Optional.of(Arrays.copyOf(bytes, size)) : Optional.empty();
        } catch (DataFormatException malformed) {
            return Optional.empty();
        } finally {
            inflater.end();
        }
    }

    private static long checksum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }

    /** The little-endian number in {@code bytes} bytes at {@code at}. */
    private long field(int at, int bytes) {
        long field = 0;
        for (int k = bytes - 1; k >= 0; k--) {
            field = field << 8 | file[at + k] & 0xff;
        }
        return field;
    }

    private static void require(boolean wellFormed) {
        if (!wellFormed) {
            throw new IllegalArgumentException("malformed");
        }
    }
}
