package dev.gatun.io;

import dev.gatun.Heads;
import dev.gatun.internal.format.SafeTensorsHeader;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads {@code .safetensors} files, the format of model repositories.
 *
 * <p>Entries may be F32, F16, BF16, F64, integers or BOOL. Infinities and NaNs are kept. A finite F64 beyond the float32 range is a
 * fault, and so is an integer that float32 cannot hold exactly. The header's {@code __metadata__} and unknown fields of a tensor are
 * ignored. A file is malformed if its tensors overlap, leave a hole in the data, do not fill the bytes that they claim, or are followed
 * by more bytes.
 */
public final class SafeTensors {

    private SafeTensors() {
    }

    /**
     * Reads one tensor of a file as float32.
     *
     * <p>F32 is mapped read-only, at the alignment that it has in the file (a big-endian machine converts it); other types are converted
     * into new memory. Both live as long as {@code arena}.
     *
     * @param path   the file
     * @param tensor the name of a tensor of shape {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}, no dimension zero
     * @param arena  the owner of the memory
     * @return the tensor
     * @throws TensorFileException if the file cannot be read, is malformed, or has no such tensor
     */
    public static Heads readHeads(Path path, String tensor, Arena arena) {
        try (InputFile file = InputFile.open(path)) {
            return StoredTensor.of(SafeTensorsHeader.read(file), tensor).heads(arena);
        }
    }

    /**
     * Lists the names of all tensors.
     *
     * @param path the file
     * @return the names in the order of the header
     * @throws TensorFileException if the file cannot be read or its header is malformed
     */
    public static List<String> names(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return List.copyOf(SafeTensorsHeader.read(file).entries().keySet());
        }
    }
}
