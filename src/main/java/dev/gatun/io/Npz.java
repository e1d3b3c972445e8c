package dev.gatun.io;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads NumPy's {@code .npz} archives: zip archives of {@code .npy} files, stored ({@code numpy.savez}) or deflated
 * ({@code numpy.savez_compressed}), of any size. A member is read as {@link Npy} reads a file, after its checksum is compared.
 * Encryption and other compressions are faults.
 */
public final class Npz {

    private Npz() {
    }

    /**
     * Reads one array of an archive as float32.
     *
     * <p>A stored float32 array in C order and the native byte order is mapped read-only; any other array is converted into new memory,
     * of at most {@value ZipMember#MAX_RATIO} bytes for each deflated byte. Both live as long as {@code arena}.
     *
     * @param path  the archive
     * @param name  the member, with or without {@code .npy}, of shape {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}, no
     *              dimension zero
     * @param arena the owner of the memory
     * @return the tensor
     * @throws TensorFileException if the archive cannot be read, is damaged, or has no such array
     */
    public static Heads readHeads(Path path, String name, Arena arena) {
        try (InputFile file = InputFile.open(path)) {
            return tensor(file, name).heads(arena);
        }
    }

    /**
     * Reads the vectors of one array as float64 on the heap.
     *
     * @param path the archive
     * @param name the member, with or without {@code .npy}, of shape {@code (N)}, {@code (H, N)} or {@code (B, H, N)}, no dimension zero
     * @return the vectors
     * @throws TensorFileException if the archive cannot be read, is damaged, or has no such array
     */
    public static Vectors readVectors(Path path, String name) {
        try (InputFile file = InputFile.open(path)) {
            return tensor(file, name).vectors();
        }
    }

    /**
     * Lists the names of all arrays.
     *
     * @param path the archive
     * @return the names without {@code .npy}, in the order of the archive's directory
     * @throws TensorFileException if the archive cannot be read or its directory is damaged
     */
    public static List<String> names(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return ZipDirectory.read(file).members().keySet().stream().map(ZipDirectory::arrayName).toList();
        }
    }

    private static StoredTensor tensor(InputFile file, String name) {
        return NpyHeader.read(ZipDirectory.read(file).array(name).readable());
    }
}
