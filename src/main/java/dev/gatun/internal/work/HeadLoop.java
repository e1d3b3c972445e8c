package dev.gatun.internal.work;

import dev.gatun.kernel.Sharing;
import dev.gatun.kernel.pass.ConjugateProduct;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.MagneticTile;
import dev.gatun.kernel.pass.Tile;
import java.util.stream.Stream;

/**
 * The loop over heads. The calling thread reads and writes the segments of the caller, since it may be the only thread that is allowed
 * to; the crew shares the computation.
 *
 * <p>With at least as many heads as workers, a worker computes whole heads; otherwise the workers share the blocks of one head after
 * the other. Results are the same either way.
 */
public final class HeadLoop {

    /** Heads that are computed at a time for each worker: enough that workers seldom wait for each other. */
    private static final int HEADS_PER_WORKER = 2;

    /** Float64 arrays of a worker. */
    private static final int FLOAT64_ARRAYS = 5;

    private HeadLoop() {
    }

    /** The work on one head. */
    public interface Task {
        /** Computes from copies of the inputs, on any thread. */
        void compute(Pieces pieces);

        /** Writes the results, on the calling thread. */
        void finish();
    }

    /** Scratch of one worker. */
    public static final class Scratch {
        public final Tile tile = new Tile();
        private MagneticTile magnetic;
        private ConjugateTiles.Scratch conjugate;
        private ConjugateProduct.Scratch product;
        private final double[][] float64 = new double[FLOAT64_ARRAYS][0];

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

    /** Copies the inputs of a head, on the calling thread. */
    public interface Preparation {
        /** @param memory memory of this head until it is finished */
        Task of(int head, HeadMemory memory);
    }

    /** The work on one block. */
    public interface Piece {
        void run(int index, Scratch scratch);
    }

    /** Shares the blocks of one head among a crew. */
    public static final class Pieces implements Sharing {
        private final Crew crew;
        private final Scratch[] scratch;
        private final int first;
        private final int end;
        private final dev.gatun.internal.work.Piece running = this::runOne;
        private final dev.gatun.internal.work.Piece runningAfter = this::runOneAfter;
        private SharedWork work;
        private Sharing.Part part;
        private Sharing.Part partAfter;

        public Pieces(Crew crew) {
            this(crew, 0, Integer.MAX_VALUE);
        }

        private Pieces(Crew crew, int first, int end) {
            this.crew = crew;
            this.scratch = new Scratch[crew.threads()];
            this.first = first;
            this.end = end;
        }

        /** The calling thread, which runs pieces {@code first .. end - 1} of {@link #each} alone: those that another machine asks for. */
        public static Pieces between(int first, int end) {
            return new Pieces(Crew.CALLER, first, end);
        }

        /** Allocates nothing once the first parts have run: helpers wait for the next ones. */
        @Override
        public void run(int count, Sharing.Part each, int countAfter, Sharing.Part eachAfter) {
            if (crew.threads() == 1) {
                NONE.run(count, each, countAfter, eachAfter);
                return;
            }
            if (work == null) {
                work = crew.shared();
            }
            part = each;
            partAfter = eachAfter;
            work.run(count, running, countAfter, runningAfter);
            part = null;
            partAfter = null;
        }

        private void runOne(int index, int worker) {
            part.run(index, worker);
        }

        private void runOneAfter(int index, int worker) {
            partAfter.run(index, worker);
        }

        public void each(int count, Piece piece) {
            crew.run(Math.min(count, end) - first, (index, worker) -> piece.run(first + index, scratch(worker)));
        }

        @Override
        public int threads() {
            return crew.threads();
        }

        /** Other machines that share the passes over rows, or null. */
        public Machines machines() {
            return crew.machines();
        }

        /** The same threads without other machines. */
        public Pieces here() {
            return crew.machines() == null ? this : new Pieces(Crew.CALLER);
        }

        /** The scratch of the calling thread. */
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

    /** Computes heads {@code 0 .. count - 1}. */
    public static void run(Crew crew, int count, Preparation prepare) {
        if (crew.threads() == 1 || count < crew.threads()) {
            Pieces pieces = new Pieces(crew);
            HeadMemory memory = new HeadMemory();
            for (int head = 0; head < count; head++) {
                Task task = prepare.of(head, memory);
                task.compute(pieces);
                task.finish();
            }
            return;
        }
        Pieces[] own = new Pieces[crew.threads()];
        int group = HEADS_PER_WORKER * crew.threads();
        HeadMemory[] memories = Stream.generate(HeadMemory::new).limit(Math.min(group, count)).toArray(HeadMemory[]::new);
        for (int first = 0; first < count; first += group) {
            Task[] tasks = new Task[Math.min(group, count - first)];
            for (int t = 0; t < tasks.length; t++) {
                tasks[t] = prepare.of(first + t, memories[t]);
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
