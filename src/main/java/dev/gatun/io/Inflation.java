package dev.gatun.io;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Inflates the bytes of a deflated member in order. */
final class Inflation implements AutoCloseable {

    private static final int CHUNK = 1 << 12;
    private static final int PIECE = 1 << 26;

    private final ZipMember member;
    private final MemorySegment packed;
    private final Inflater inflater = new Inflater(true);
    private long consumed;

    /** @param packed all compressed bytes */
    Inflation(ZipMember member, MemorySegment packed) {
        this.member = member;
        this.packed = packed;
    }

    /** Fills {@code target} to its limit with the next bytes. */
    void fill(ByteBuffer target) {
        while (target.hasRemaining()) {
            if (inflate(target) == 0 && (inflater.finished() || inflater.needsDictionary() || !feed())) {
                throw member.fault("is damaged: its deflated bytes end early");
            }
        }
    }

    private int inflate(ByteBuffer target) {
        try {
            return inflater.inflate(target);
        } catch (DataFormatException malformed) {
            throw member.fault(malformed, "is damaged: its bytes are not those of deflate");
        }
    }

    /** Passes on more input; {@code false} if there is none. */
    private boolean feed() {
        if (!inflater.needsInput() || consumed == packed.byteSize()) {
            return false;
        }
        long length = Math.min(PIECE, packed.byteSize() - consumed);
        inflater.setInput(packed.asSlice(consumed, length).asByteBuffer());
        consumed += length;
        return true;
    }

    /** Steps over the next {@code count} bytes and adds them to {@code sum}. */
    void skip(long count, CRC32 sum) {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, count));
        for (long left = count; left > 0; left -= chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), left));
            fill(chunk);
            sum.update(chunk.flip());
        }
    }

    /** @throws TensorFileException if a byte follows */
    void requireEnd() {
        ByteBuffer one = ByteBuffer.allocate(1);
        while (!inflater.finished()) {
            if (inflate(one) > 0) {
                throw member.fault("is damaged: it inflates to more than the %d bytes that it claims", member.size());
            }
            if (!inflater.finished() && !feed()) {
                throw member.fault("is damaged: its deflated bytes end early");
            }
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
