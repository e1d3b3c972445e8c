package dev.gatun.cluster;

import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.RowEntries;
import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.operator.ProductRows;
import dev.gatun.internal.rows.PassResults;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pass.PartRows;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps the results of passes in a folder. A solve that was interrupted is begun again with the same scores, options and folder: it takes
 * the passes that it had from there, and goes on to the same bits.
 *
 * <p>A file is named by the digest of the scores and of what the pass was asked for, so any number of solves and scores can have one
 * folder. A file that cannot be read is written again. A pass of a solve takes up to 24 bytes for each row and column, a product of a
 * conjugate 64 bytes for each token and eight vectors. Files are never deleted: delete the folder when its solves are done.
 */
public final class PassLog implements Workers.Machines {

    /** The classes of results; arrays of numbers pass any filter. */
    private static final ObjectInputFilter FILTER = ObjectInputFilter.Config.createFilter(
            Stream.of(Serializable.class, PartRows.class, RowEntries.class, ProductRows.class, PartSums.class)
                    .map(Class::getName).collect(Collectors.joining(";", "", ";!*")));

    private final Path folder;
    private final byte[] scores;
    private final Workers.Machines machines;

    private PassLog(Path folder, byte[] scores, Workers.Machines machines) {
        this.folder = folder;
        this.scores = scores;
        this.machines = machines;
    }

    /**
     * A log of passes over the rows of scores.
     *
     * @param folder   a folder, created if there is none
     * @param scores   the scores, of one head without a bias
     * @param machines compute the passes that the folder does not have
     * @return machines for {@link Workers#on}
     * @throws IllegalArgumentException if the scores have several heads, or a bias
     * @throws UncheckedIOException     if the folder cannot be created
     */
    public static PassLog in(Path folder, Scores scores, Workers.Machines machines) {
        Checks.given(folder, "the folder");
        Checks.given(scores, "the scores");
        Checks.given(machines, "the machines");
        if (scores.count() != 1) {
            throw new IllegalArgumentException("passes are kept of one head, not of " + scores.count());
        }
        HeadScores head = ScoreInputs.OF_SCORES.look(scores).head(0);
        if (head.bias() != null) {
            throw new IllegalArgumentException("passes are kept of scores without a bias");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException fault) {
            throw new UncheckedIOException("cannot create the folder of passes: " + fault, fault);
        }
        return new PassLog(folder, digest(head), machines);
    }

    /**
     * Takes a pass from the folder or, if it does not have it, from the machines.
     *
     * @throws UncheckedIOException if the results cannot be written
     */
    @Override
    public List<Serializable> run(Serializable request, int parts) {
        Path file = folder.resolve("pass-" + digest(request, parts));
        Serializable[] kept = read(file);
        if (kept != null) {
            return List.of(kept);
        }
        List<Serializable> results = PassResults.joined(machines.run(request, parts), parts);
        write(file, results.toArray(Serializable[]::new));
        return results;
    }

    /** Null if there is no such file, or it cannot be read. */
    private static Serializable[] read(Path file) {
        if (!Files.exists(file)) {
            return null;
        }
        try (ObjectInputStream in = new ObjectInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            in.setObjectInputFilter(FILTER);
            return (Serializable[]) in.readObject();
        } catch (IOException | ClassNotFoundException | ClassCastException unreadable) {
            return null;
        }
    }

    /** Writes a file in full or not at all. */
    private void write(Path file, Serializable[] results) {
        Path work = folder.resolve(file.getFileName() + ".part");
        try {
            try (ObjectOutputStream out = new ObjectOutputStream(new BufferedOutputStream(Files.newOutputStream(work)))) {
                out.writeObject(results);
            }
            Files.move(work, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException fault) {
            throw new UncheckedIOException("cannot keep a pass: " + fault, fault);
        }
    }

    private String digest(Serializable request, int parts) {
        MessageDigest digest = sha256();
        digest.update(scores);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(parts).flip());
        try (ObjectOutputStream out = new ObjectOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
            out.writeObject(request);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static byte[] digest(HeadScores head) {
        MessageDigest digest = sha256();
        digest.update(ByteBuffer.allocate(64).putInt(head.rows()).putInt(head.columns()).putInt(head.d()).putInt(head.dBack())
                .putDouble(head.weight()).putDouble(head.weightBack()).put((byte) (head.selfScores() ? 1 : 0)).flip());
        for (float[] vectors : List.of(head.q(), head.k(), head.qBack(), head.kBack())) {
            update(digest, vectors);
        }
        update(digest, head.whole(), head.rows(), head.columns());
        return digest.digest();
    }

    /** A mask by the visible columns of each row. */
    private static void update(MessageDigest digest, Mask mask, int rows, int columns) {
        ByteBuffer range = ByteBuffer.allocate(2 * Integer.BYTES + 1);
        for (int i = 0; i < rows && mask != Band.ALL; i++) {
            range.clear().putInt(mask.firstColumn(i)).putInt(mask.endColumn(i, columns)).put((byte) (mask.zeroDiagonal() ? 1 : 0));
            digest.update(range.flip());
        }
    }

    private static void update(MessageDigest digest, float[] vectors) {
        int piece = 1 << 16;
        ByteBuffer bytes = ByteBuffer.allocate(piece * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int first = 0; first < vectors.length; first += piece) {
            int count = Math.min(piece, vectors.length - first);
            bytes.asFloatBuffer().put(vectors, first, count);
            digest.update(bytes.array(), 0, count * Float.BYTES);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJvmHasIt) {
            throw new IllegalStateException(everyJvmHasIt);
        }
    }
}
