package dev.gatun.cluster;

import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.internal.head.ChainRequest;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.operator.ProductRows;
import dev.gatun.internal.rows.PassResults;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.pack.Band;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serial;
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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Keeps the results of the passes of a solve in a folder. A solve that was interrupted is begun again with the same scores, options and
 * folder: it takes the passes that it had from there, and goes on to the same bits. A file has 24 bytes for each row and column.
 *
 * <p>A pass is taken from the folder only if it is the one that is asked for, of the same scores. A folder of another solve is overwritten
 * from the first pass that differs; so is a file that cannot be read. For one solve at a time.
 */
public final class PassLog implements Workers.Machines {

    private static final ObjectInputFilter FILTER = ObjectInputFilter.Config.createFilter(
            Entry.class.getName() + ";" + PassResults.SERIALIZED + ";" + ProductRows.class.getName() + ";"
                    + ChainRequest.Entries.class.getName() + ";java.base/*;!*");

    private final Path folder;
    private final byte[] scores;
    private final Workers.Machines machines;
    private int passes;

    private PassLog(Path folder, byte[] scores, Workers.Machines machines) {
        this.folder = folder;
        this.scores = scores;
        this.machines = machines;
    }

    /**
     * A log for one solve.
     *
     * @param folder   a folder, created if there is none
     * @param scores   the scores of the solve, of one head without mask or bias
     * @param machines compute the passes that the folder does not have
     * @return machines for {@link Workers#on}
     * @throws IllegalArgumentException if the scores have several heads, a mask or a bias
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
        if (head.bias() != null || head.whole() != Band.ALL) {
            throw new IllegalArgumentException("passes are kept of scores without a mask or a bias");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException fault) {
            throw new UncheckedIOException("cannot create the folder of passes: " + fault, fault);
        }
        return new PassLog(folder, digest(head), machines);
    }

    /**
     * A pass as a file has it.
     *
     * @param key     the digest of the scores and the request
     * @param results what the workers returned
     */
    private record Entry(byte[] key, Serializable[] results) implements Serializable {

        @Serial
        private static final long serialVersionUID = 1;
    }

    /**
     * Takes a pass from the folder or, if it does not have it, from the machines.
     *
     * @throws UncheckedIOException if the results cannot be written
     */
    @Override
    public List<Serializable> run(Serializable request, int parts) {
        passes++;
        Path file = folder.resolve(String.format(Locale.ROOT, "pass-%06d", passes));
        byte[] key = digest(request, parts);
        Entry kept = read(file);
        if (kept != null && Arrays.equals(kept.key, key)) {
            return List.of(kept.results);
        }
        List<Serializable> results = PassResults.merged(machines.run(request, parts), parts);
        write(file, new Entry(key, results.toArray(Serializable[]::new)));
        return results;
    }

    /** {@return the number of passes that have been asked for} */
    public int passes() {
        return passes;
    }

    /** Null if there is no such file, or it cannot be read. */
    private static Entry read(Path file) {
        if (!Files.exists(file)) {
            return null;
        }
        try (ObjectInputStream in = new ObjectInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            in.setObjectInputFilter(FILTER);
            return (Entry) in.readObject();
        } catch (IOException | ClassNotFoundException | ClassCastException unreadable) {
            return null;
        }
    }

    /** Writes a file in full or not at all. */
    private void write(Path file, Entry entry) {
        Path work = folder.resolve(file.getFileName() + ".part");
        try {
            try (ObjectOutputStream out = new ObjectOutputStream(new BufferedOutputStream(Files.newOutputStream(work)))) {
                out.writeObject(entry);
            }
            Files.move(work, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException fault) {
            throw new UncheckedIOException("cannot keep a pass: " + fault, fault);
        }
    }

    private byte[] digest(Serializable request, int parts) {
        MessageDigest digest = sha256();
        digest.update(scores);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(parts).flip());
        try (ObjectOutputStream out = new ObjectOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
            out.writeObject(request);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        return digest.digest();
    }

    private static byte[] digest(HeadScores head) {
        MessageDigest digest = sha256();
        digest.update(ByteBuffer.allocate(64).putInt(head.rows()).putInt(head.columns()).putInt(head.d()).putInt(head.dBack())
                .putDouble(head.weight()).putDouble(head.weightBack()).put((byte) (head.selfScores() ? 1 : 0)).flip());
        for (float[] vectors : List.of(head.q(), head.k(), head.qBack(), head.kBack())) {
            update(digest, vectors);
        }
        return digest.digest();
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
