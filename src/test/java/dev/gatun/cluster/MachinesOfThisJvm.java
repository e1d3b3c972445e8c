package dev.gatun.cluster;

import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.internal.head.HeadRequest;
import dev.gatun.internal.head.HeadSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Machines of this JVM that share nothing but messages. They take parts in ranges of random length and answer in random order. */
final class MachinesOfThisJvm implements Workers.Machines {

    private final List<RowWorker> workers = new ArrayList<>();
    private final Random random;
    private final Set<HeadSource<?>> sources = new HashSet<>();
    private int requests;

    MachinesOfThisJvm(Scores scores, int count, long seed) {
        for (int w = 0; w < count; w++) {
            workers.add(RowWorker.of(scores));
        }
        this.random = new Random(seed);
    }

    int requests() {
        return requests;
    }

    /** What requests were of; the same only once. */
    int sources() {
        return sources.size();
    }

    @Override
    public List<Serializable> run(Serializable request, int parts) {
        requests++;
        sources.add(((HeadRequest<?>) sent(request)).source());
        List<Serializable> results = new ArrayList<>();
        for (int first = 0; first < parts; ) {
            int end = Math.min(parts, first + 1 + random.nextInt(5));
            results.add(sent(workers.get(random.nextInt(workers.size())).run(sent(request), first, end)));
            first = end;
        }
        Collections.shuffle(results, random);
        return results;
    }

    /** What arrives at another machine. */
    private static Serializable sent(Serializable message) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(message);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                return (Serializable) in.readObject();
            }
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        } catch (ClassNotFoundException fault) {
            throw new AssertionError(fault);
        }
    }
}
