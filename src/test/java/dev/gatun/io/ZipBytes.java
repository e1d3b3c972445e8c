package dev.gatun.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Archives made independently of the code under test: by the JDK, or byte by byte if the JDK cannot. */
final class ZipBytes {

    private ZipBytes() {
    }

    /** An archive of members {@code name, bytes, name, bytes}. */
    static byte[] zip(int method, Object... members) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < members.length; i += 2) {
                byte[] member = (byte[]) members[i + 1];
                ZipEntry entry = new ZipEntry((String) members[i]);
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    entry.setSize(member.length);
                    entry.setCrc(checksum(member));
                }
                zip.putNextEntry(entry);
                zip.write(member);
                zip.closeEntry();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return bytes.toByteArray();
    }

    static long checksum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }

    /** One stored member, all of its sizes, and those of the directory, in 64 bits. */
    static byte[] zip64(String name, byte[] member) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer zip = ByteBuffer.allocate(400 + 2 * text.length + member.length).order(ByteOrder.LITTLE_ENDIAN);
        zip.putInt(0x04034b50).putShort((short) 45).putShort((short) 0).putShort((short) 0).putInt(0)
                .putInt((int) checksum(member)).putInt(-1).putInt(-1).putShort((short) text.length).putShort((short) 20)
                .put(text).putShort((short) 1).putShort((short) 16).putLong(member.length).putLong(member.length).put(member);
        int directory = zip.position();
        zip.putInt(0x02014b50).putShort((short) 45).putShort((short) 45).putShort((short) 0).putShort((short) 0).putInt(0)
                .putInt((int) checksum(member)).putInt(-1).putInt(-1).putShort((short) text.length).putShort((short) 32)
                .putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0).putInt(-1).put(text)
                .putShort((short) 7).putShort((short) 0).putShort((short) 1).putShort((short) 24)
                .putLong(member.length).putLong(member.length).putLong(0);
        int end = zip.position();
        zip.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putInt(0).putInt(0).putLong(1).putLong(1)
                .putLong(end - directory).putLong(directory);
        zip.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
        zip.putInt(0x06054b50).putShort((short) 0).putShort((short) 0).putShort((short) -1).putShort((short) -1).putInt(-1)
                .putInt(-1).putShort((short) 2).put("Hi".getBytes(StandardCharsets.US_ASCII));
        byte[] bytes = new byte[zip.position()];
        zip.flip().get(bytes);
        return bytes;
    }

    /** Stored, deflated and with 64-bit sizes: matrices and vectors. */
    static byte[][] samples() {
        byte[] q = NpyBytes.file(NpyBytes.dictionary("<f4", false, "(2, 3)"), NpyBytes.data("<f4", 1, 2, 3, 4, 5, 6));
        byte[] k = NpyBytes.file(NpyBytes.dictionary("<f2", true, "(2, 1, 3)"), NpyBytes.data("<f2", 1, 2, 3, 4, 5, 6));
        byte[] mu = NpyBytes.file(NpyBytes.dictionary("<f8", false, "(3,)"), NpyBytes.data("<f8", 1, 2, 3));
        return new byte[][] {zip(ZipEntry.STORED, "q.npy", q, "mu.npy", mu), zip(ZipEntry.DEFLATED, "q.npy", q, "k", k),
            zip64("q.npy", q), zip(ZipEntry.STORED)};
    }
}
