package dev.gatun.io;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code .safetensors} files, as model repositories keep them.
 *
 * <p>Read are F32, F16, BF16, F64, integers and BOOL. Infinities and NaNs are read as they stand; a finite F64 beyond the
 * float32 range is a fault, and so is an integer that float32 cannot hold exactly. The header's {@code __metadata__} and
 * unknown fields of a tensor are ignored. A file whose tensors leave a hole in its data, overlap, need another number of bytes
 * than they have, or are followed by more bytes, is malformed.
 */
public final class SafeTensors {

    private SafeTensors() {
    }

    /**
     * One tensor of a file as float32.
     *
     * <p>F32 is mapped read-only, at whatever alignment it has in the file (on a big-endian machine it is converted);
     * the others are converted into new memory. Either lives as long as {@code arena}.
     *
     * @param path   the file
     * @param tensor the name of a tensor of shape {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}, no
     *               dimension zero
     * @throws TensorFileException if the file cannot be read, is malformed, or has no such tensor
     */
    public static Heads readHeads(Path path, String tensor, Arena arena) {
        try (InputFile file = InputFile.open(path)) {
            return SafeTensorsHeader.read(file).tensor(tensor).heads(arena);
        }
    }

    /**
     * The names of all tensors of a file, in the order of its header.
     *
     * @throws TensorFileException if the file cannot be read or its header is malformed
     */
    public static List<String> names(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return List.copyOf(SafeTensorsHeader.read(file).entries().keySet());
        }
    }
}
