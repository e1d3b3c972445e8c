package dev.gatun.io;

import dev.gatun.internal.format.Names;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The directory at the end of a zip archive, with the 64-bit sizes of zip64 if it has them. An archive of several disks is a fault, and
 * so is a directory that does not end at the end record.
 *
 * @param file    the archive
 * @param end     the end of all data and the start of the directory, in bytes
 * @param members the members by name, in the order of the directory
 */
record ZipDirectory(InputFile file, long end, SequencedMap<String, ZipMember> members) {

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int MAX_COMMENT_BYTES = 0xffff;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int LONG_END_SIGNATURE = 0x06064b50;
    private static final int LONG_END_BYTES = 56;
    private static final int MEMBER_SIGNATURE = 0x02014b50;
    private static final int MEMBER_BYTES = 46;
    private static final int LONG_SIZES = 1;
    private static final int UTF_8_FLAG = 1 << 11;
    private static final long MAX_BYTES = 100_000_000;

    /** The end record of an archive: the number of entries and the place of the directory. */
    private record End(long entries, long bytes, long start, long position) {
    }

    /** Whether a file with this start may be an archive: it begins with a member, or with the end record of an empty one. */
    static boolean hasMagic(byte[] start) {
        return start.length >= 4 && start[0] == 'P' && start[1] == 'K'
                && (start[2] == 3 && start[3] == 4 || start[2] == 5 && start[3] == 6);
    }

    static ZipDirectory read(InputFile file) {
        if (file.size() == 0) {
            throw file.fault("is empty");
        }
        End end = end(file);
        if (end.start() < 0 || end.bytes() < 0 || end.start() > end.position()
                || end.bytes() != end.position() - end.start()) {
            throw file.fault("is a damaged zip archive: its directory is not where its end says");
        }
        if (end.bytes() > MAX_BYTES) {
            throw file.fault("has a directory of %d bytes; at most %d are read", end.bytes(), MAX_BYTES);
        }
        ZipDirectory directory = new ZipDirectory(file, end.start(), new LinkedHashMap<>());
        directory.parse(littleEndian(file.bytes(end.start(), (int) end.bytes())), end.entries());
        return directory;
    }

    private static End end(InputFile file) {
        long tailStart = Math.max(0, file.size() - END_BYTES - MAX_COMMENT_BYTES);
        ByteBuffer tail = littleEndian(file.bytes(tailStart, (int) (file.size() - tailStart)));
        for (int at = tail.limit() - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END_SIGNATURE && Short.toUnsignedInt(tail.getShort(at + 20)) == tail.limit() - at - END_BYTES) {
                return end(file, tail.slice(at, END_BYTES).order(ByteOrder.LITTLE_ENDIAN), tailStart + at);
            }
        }
        throw file.fault("is no zip archive, or its end is missing");
    }

    private static End end(InputFile file, ByteBuffer end, long position) {
        ByteBuffer locator = littleEndian(file.bytes(position - LOCATOR_BYTES, position < LOCATOR_BYTES ? 0 : LOCATOR_BYTES));
        if (locator.limit() == LOCATOR_BYTES && locator.getInt(0) == LOCATOR_SIGNATURE) {
            return longEnd(file, locator.getLong(8), position - LOCATOR_BYTES);
        }
        if (end.getShort(4) != 0 || end.getShort(6) != 0 || end.getShort(8) != end.getShort(10)) {
            throw file.fault("is one disk of a zip archive of several");
        }
        return new End(Short.toUnsignedLong(end.getShort(10)), Integer.toUnsignedLong(end.getInt(12)),
                Integer.toUnsignedLong(end.getInt(16)), position);
    }

    private static End longEnd(InputFile file, long position, long limit) {
        if (position < 0 || position > limit - LONG_END_BYTES) {
            throw file.fault("is a damaged zip archive: its zip64 end lies outside of it");
        }
        ByteBuffer end = littleEndian(file.bytes(position, LONG_END_BYTES));
        if (end.getInt(0) != LONG_END_SIGNATURE) {
            throw file.fault("is a damaged zip archive: it has no zip64 end at byte %d", position);
        }
        if (end.getInt(16) != 0 || end.getInt(20) != 0 || end.getLong(24) != end.getLong(32)) {
            throw file.fault("is one disk of a zip archive of several");
        }
        return new End(end.getLong(32), end.getLong(40), end.getLong(48), position);
    }

    private void parse(ByteBuffer entries, long count) {
        long parsed = 0;
        while (entries.hasRemaining()) {
            if (entries.remaining() < MEMBER_BYTES || entries.getInt(entries.position()) != MEMBER_SIGNATURE) {
                throw damaged(entries);
            }
            ZipMember member = member(entries);
            if (members.putIfAbsent(member.name(), member) != null) {
                throw file.fault("has two members %s", Names.quote(member.name()));
            }
            parsed++;
        }
        if (parsed != count) {
            throw file.fault("is a damaged zip archive: its directory has %d members, its end counts %d", parsed, count);
        }
    }

    private RuntimeException damaged(ByteBuffer entries) {
        return file.fault("is a damaged zip archive: its directory is malformed at byte %d", end + entries.position());
    }

    /** Reads the member at the position of {@code entries} and advances to the next. */
    private ZipMember member(ByteBuffer entries) {
        ByteBuffer fixed = entries.slice(entries.position(), MEMBER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int nameBytes = Short.toUnsignedInt(fixed.getShort(28));
        int extraBytes = Short.toUnsignedInt(fixed.getShort(30));
        int commentBytes = Short.toUnsignedInt(fixed.getShort(32));
        if (entries.remaining() < MEMBER_BYTES + nameBytes + extraBytes + commentBytes) {
            throw damaged(entries);
        }
        byte[] name = new byte[nameBytes];
        entries.get(entries.position() + MEMBER_BYTES, name);
        ByteBuffer extra = entries.slice(entries.position() + MEMBER_BYTES + nameBytes, extraBytes)
                .order(ByteOrder.LITTLE_ENDIAN);
        int flags = fixed.getShort(8);
        long[] sizes = sizes(fixed, extra, entries);
        ZipMember member = new ZipMember(this, name(name, flags, entries), name, flags,
                Short.toUnsignedInt(fixed.getShort(10)), fixed.getInt(16), sizes[0], sizes[1], sizes[2]);
        entries.position(entries.position() + MEMBER_BYTES + nameBytes + extraBytes + commentBytes);
        return member;
    }

    /** Size, packed size and position of a member, from the extra field if 32 bits do not hold them. */
    private long[] sizes(ByteBuffer fixed, ByteBuffer extra, ByteBuffer entries) {
        ByteBuffer longer = field(extra);
        long[] sizes = {fixed.getInt(24), fixed.getInt(20), fixed.getInt(42)};
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1 && longer.remaining() < Long.BYTES) {
                throw damaged(entries);
            }
            sizes[i] = sizes[i] == -1 ? longer.getLong() : sizes[i] & 0xffffffffL;
            if (sizes[i] < 0) {
                throw damaged(entries);
            }
        }
        return sizes;
    }

    /** The extra field of long sizes, empty if there is none. */
    private static ByteBuffer field(ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int kind = Short.toUnsignedInt(extra.getShort());
            int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
            if (kind == LONG_SIZES) {
                return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + length);
        }
        return ByteBuffer.allocate(0);
    }

    /** A name without the UTF-8 flag is in an unknown code page, so that only its ASCII characters are certain. */
    private String name(byte[] name, int flags, ByteBuffer entries) {
        if ((flags & UTF_8_FLAG) == 0) {
            return new String(name, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
        } catch (CharacterCodingException malformed) {
            throw damaged(entries);
        }
    }

    /** The array that NumPy calls {@code name}: the member {@code name} or {@code name.npy}. */
    ZipMember array(String name) {
        ZipMember member = members.getOrDefault(name, members.get(name + ".npy"));
        if (member == null) {
            throw file.fault("has no array %s; %s", Names.quote(name), available());
        }
        return member;
    }

    /** A clause that lists the first few arrays. */
    String available() {
        return Names.available(members.keySet().stream().map(ZipDirectory::arrayName).toList());
    }

    static String arrayName(String member) {
        return member.endsWith(".npy") ? member.substring(0, member.length() - ".npy".length()) : member;
    }

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
