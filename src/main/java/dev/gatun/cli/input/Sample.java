package dev.gatun.cli.input;

import dev.gatun.Heads;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The embedded heads of a trained model, which NOTICE.txt in their folder names. */
public final class Sample {

    /** The heading of the sample. */
    public static final String TITLE = "sample of all-MiniLM-L6-v2";

    /** Their shape: heads, tokens, components. */
    private static final int[] SHAPE = {6, 64, 32};

    /** The bytes before the entries. */
    private static final int HEADER = 128;

    private static final ValueLayout.OfFloat STORED =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Sample() {
    }

    /** Queries, keys and values. */
    public static Inputs read(Arena arena) {
        return Inputs.of(tensor("q.npy", arena), tensor("k.npy", arena), tensor("v.npy", arena));
    }

    /** The tokens of their text. */
    public static List<String> tokens() {
        try (InputStream stream = Heads.class.getResourceAsStream("sample/tokens.txt")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The files are float32 in C order with a header of version 1.0 and known length. */
    private static NamedTensor tensor(String file, Arena arena) {
        Heads heads = Heads.allocate(arena, SHAPE);
        try (InputStream stream = Heads.class.getResourceAsStream("sample/" + file)) {
            MemorySegment stored = MemorySegment.ofArray(stream.readAllBytes());
            MemorySegment.copy(stored, STORED, HEADER, heads.segment(), ValueLayout.JAVA_FLOAT, 0,
                    heads.segment().byteSize() / Float.BYTES);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new NamedTensor(file, heads);
    }
}
