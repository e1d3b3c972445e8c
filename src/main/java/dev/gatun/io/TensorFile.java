package dev.gatun.io;

import dev.gatun.Heads;
import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.SafeTensorsHeader;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads a tensor by the name that a command line gives it: {@code x.npy}, {@code archive.npz#name} or {@code model.safetensors#name}.
 * If a {@code .npy} file holds several arrays, {@code x.npy} is the first, as for {@code numpy.load}, and {@code x.npy#1} the second.
 *
 * <p>An argument that is the path of an existing file names that file, even if it contains {@code #}. Otherwise the first {@code #} that
 * follows the path of an existing file separates file and name. The ending {@code .npy}, {@code .npz} or {@code .safetensors} decides
 * the format; a file with another ending is recognised by its first bytes.
 */
public final class TensorFile {

    private static final char SEPARATOR = '#';

    private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,17}");

    /** The bytes that distinguish the formats. */
    private static final int MAGIC_BYTES = 9;

    private final Path path;
    private final String name;

    /** @param name the tensor's, or {@code null} */
    private TensorFile(Path path, String name) {
        this.path = path;
        this.name = name;
    }

    /**
     * Reads the tensor that an argument names as float32; see {@link Npy#readHeads}, {@link Npz#readHeads} and
     * {@link SafeTensors#readHeads}.
     *
     * @param argument the file, or the file and the name of the tensor
     * @param arena    the owner of the memory
     * @return the tensor, which lives as long as {@code arena}
     * @throws TensorFileException if there is no such file or tensor, or it cannot be read
     */
    public static Heads readHeads(String argument, Arena arena) {
        return resolve(argument).read(tensor -> tensor.heads(arena));
    }

    /**
     * Reads the vectors that an argument names as float64 on the heap; see {@link Npy#readVectors} and {@link Npz#readVectors}.
     *
     * @param argument the file, or the file and the name of the tensor
     * @return the vectors
     * @throws TensorFileException if there is no such file or tensor, or it cannot be read
     */
    public static Vectors readVectors(String argument) {
        return resolve(argument).read(StoredTensor::vectors);
    }

    private static TensorFile resolve(String argument) {
        Path whole = path(argument);
        if (Files.exists(whole)) {
            return new TensorFile(whole, null);
        }
        for (int at = argument.indexOf(SEPARATOR); at >= 0; at = argument.indexOf(SEPARATOR, at + 1)) {
            Path file = path(argument.substring(0, at));
            if (Files.isRegularFile(file)) {
                return new TensorFile(file, argument.substring(at + 1));
            }
        }
        // There is no such file. For the message, the name follows the last separator, unless the argument ends like a file.
        int last = argument.lastIndexOf(SEPARATOR);
        return last < 0 || hasEnding(whole, ".npy")
                ? new TensorFile(whole, null)
                : new TensorFile(path(argument.substring(0, last)), argument.substring(last + 1));
    }

    private static Path path(String argument) {
        try {
            return Path.of(argument);
        } catch (InvalidPathException invalid) {
            throw new TensorFileException(argument, "is not a path: " + invalid.getReason(), invalid);
        }
    }

    private static boolean hasEnding(Path path, String ending) {
        return path.toString().toLowerCase(Locale.ROOT).endsWith(ending);
    }

    private <T> T read(Function<StoredTensor, T> reader) {
        try (InputFile file = InputFile.open(path)) {
            return reader.apply(tensor(file));
        }
    }

    private StoredTensor tensor(InputFile file) {
        if (hasEnding(path, ".npy")) {
            return npy(file);
        }
        if (hasEnding(path, ".npz")) {
            return npz(file);
        }
        if (hasEnding(path, ".safetensors")) {
            return safeTensors(file);
        }
        byte[] start = file.bytes(0, MAGIC_BYTES);
        if (NpyHeader.hasMagic(start)) {
            return npy(file);
        }
        if (ZipDirectory.hasMagic(start)) {
            return npz(file);
        }
        if (SafeTensorsHeader.hasMagic(start)) {
            return safeTensors(file);
        }
        throw file.fault(start.length == 0 ? "is empty" : "is neither a .npy, a .npz nor a safetensors file");
    }

    private StoredTensor npy(InputFile file) {
        if (name == null) {
            return NpyHeader.read(file);
        }
        if (!INDEX.matcher(name).matches()) {
            throw file.fault("is a .npy file, whose arrays have numbers, %c0 the first, and no names such as %s",
                    SEPARATOR, Names.quote(name));
        }
        return NpyHeader.read(file, Long.parseLong(name));
    }

    private StoredTensor npz(InputFile file) {
        ZipDirectory directory = ZipDirectory.read(file);
        if (name == null || name.isEmpty()) {
            throw file.fault("needs the name of an array, %c and name behind the path; %s",
                    SEPARATOR, directory.available());
        }
        return NpyHeader.read(directory.array(name).readable());
    }

    private StoredTensor safeTensors(InputFile file) {
        SafeTensorsHeader header = SafeTensorsHeader.read(file);
        if (name == null || name.isEmpty()) {
            throw file.fault("needs the name of a tensor, %c and name behind the path; %s",
                    SEPARATOR, header.available());
        }
        return StoredTensor.of(header, name);
    }
}
