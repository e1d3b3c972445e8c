package dev.gatun.internal.work;

import dev.gatun.kernel.pass.ConjugateProduct;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.MagneticTile;
import dev.gatun.kernel.pass.Tile;
import java.util.stream.Stream;

/**
 * The loop over heads: what reads or writes a caller's segments is done by the calling thread, which may be the only
 * one allowed to, and what computes is shared among the crew.
 *
 * <p>With at least as many heads as workers, a worker takes whole heads; otherwise the workers share the blocks of one
 * head after the other. Results are the same either way.
 */
public final class HeadLoop {

    /** Heads under way for each worker: enough that workers seldom wait for each other. */
    private static final int HEADS_PER_WORKER = 2;

    /** Arrays of doubles that a worker has. */
    private static final int DOUBLES = 5;

    private HeadLoop() {
    }

    /** One head's work. */
    public interface Task {
        /** Computes from copies, on any thread. */
        void compute(Pieces pieces);

        /** Writes what was computed, on the calling thread. */
        void finish();
    }

    /** Scratch of one worker. */
    public static final class Scratch {
        public final Tile tile = new Tile();
        private MagneticTile magnetic;
        private ConjugateTiles.Scratch conjugate;
        private ConjugateProduct.Scratch product;
        private final double[][] float64 = new double[DOUBLES][0];

        /** An array of at least {@code length} entries, the same for the same index. */
        public double[] float64(int index, int length) {
            if (float64[index].length < length) {
                float64[index] = new double[length];
            }
            return float64[index];
        }

        public ConjugateTiles.Scratch conjugate() {
            if (conjugate == null) {
                conjugate = new ConjugateTiles.Scratch();
            }
            return conjugate;
        }

        public ConjugateProduct.Scratch product() {
            if (product == null) {
                product = new ConjugateProduct.Scratch(conjugate());
            }
            return product;
        }

        public MagneticTile magnetic() {
            if (magnetic == null) {
                magnetic = new MagneticTile();
            }
            return magnetic;
        }
    }

    /** Copies a head's inputs, on the calling thread. */
    public interface Preparation {
        /** @param room memory of this head until it is finished */
        Task of(int head, HeadMemory room);
    }

    /** One block's work. */
    public interface Piece {
        void run(int index, Scratch scratch);
    }

    /** Shares out the blocks of one head. */
    public static final class Pieces {
        private final Crew crew;
        private final Scratch[] scratch;

        public Pieces(Crew crew) {
            this.crew = crew;
            this.scratch = new Scratch[crew.threads()];
        }

        public void each(int count, Piece piece) {
            crew.run(count, (index, worker) -> piece.run(index, scratch(worker)));
        }

        public int threads() {
            return crew.threads();
        }

        /** That of the calling thread. */
        public Scratch ofCaller() {
            return scratch(0);
        }

        private Scratch scratch(int worker) {
            if (scratch[worker] == null) {
                scratch[worker] = new Scratch();
            }
            return scratch[worker];
        }
    }

    /** Does heads {@code 0 .. count - 1}. */
    public static void run(Crew crew, int count, Preparation prepare) {
        if (crew.threads() == 1 || count < crew.threads()) {
            Pieces pieces = new Pieces(crew);
            HeadMemory room = new HeadMemory();
            for (int head = 0; head < count; head++) {
                Task task = prepare.of(head, room);
                task.compute(pieces);
                task.finish();
            }
            return;
        }
        Pieces[] own = new Pieces[crew.threads()];
        int group = HEADS_PER_WORKER * crew.threads();
        HeadMemory[] rooms = Stream.generate(HeadMemory::new).limit(Math.min(group, count)).toArray(HeadMemory[]::new);
        for (int first = 0; first < count; first += group) {
            Task[] tasks = new Task[Math.min(group, count - first)];
            for (int t = 0; t < tasks.length; t++) {
                tasks[t] = prepare.of(first + t, rooms[t]);
            }
            crew.run(tasks.length, (t, worker) -> {
                if (own[worker] == null) {
                    own[worker] = new Pieces(Crew.CALLER);
                }
                tasks[t].compute(own[worker]);
            });
            for (Task task : tasks) {
                task.finish();
            }
        }
    }
}
