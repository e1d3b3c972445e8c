package dev.gatun.internal.encoder;

import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.internal.weights.HiddenActivation;
import dev.gatun.internal.work.Crew;
import dev.gatun.kernel.probe.AllocatedBytes;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether the compiler may have come to the kernels of an encoder with weights of a type. In a new virtual machine they are hundreds of
 * times slower than later, and several times slower than plain loops. The first calls on short texts are computed by these, while a thread
 * of low priority runs the kernels on a tiny model until they allocate nothing.
 */
final class Compilation {

    private static final Compilation FLOAT32 = new Compilation(false);
    private static final Compilation BFLOAT16 = new Compilation(true);

    private static final int HEADS = 1;
    private static final int DIMENSION = 32;
    private static final int INTERMEDIATE = 64;

    /** Texts of a round: one that fills no tile, one of several tiles, and both as a batch. */
    private static final int FEW = 4;
    private static final int MANY = 13;

    /** Plain calls, at most. */
    private static final int MAX_CALLS = 8;

    /** Rounds in a row that must allocate nothing, and the time to give up after, with bytes counted and without. */
    private static final int QUIET_ROUNDS = 50;
    private static final long MAX_NANOS = 10_000_000_000L;
    private static final long UNCOUNTED_NANOS = 1_000_000_000L;

    private final boolean bfloat16;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile boolean done;

    private Compilation(boolean bfloat16) {
        this.bfloat16 = bfloat16;
    }

    /** The state for weights of a type. */
    static Compilation of(boolean bfloat16) {
        return bfloat16 ? BFLOAT16 : FLOAT32;
    }

    /** Whether the kernels are compiled, or so many calls have been plain that they are to be compiled by use. */
    boolean done() {
        return done;
    }

    /**
     * Counts a plain call; the first one begins to run the kernels.
     *
     * @param ownThread whether a thread may be started for that
     */
    void count(boolean ownThread) {
        int call = calls.incrementAndGet();
        done |= call >= MAX_CALLS;
        if (ownThread && started.compareAndSet(false, true)) {
            Thread thread = new Thread(this::run, "gatun-compilation");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            thread.start();
        }
    }

    private void run() {
        EncoderSizes sizes = new EncoderSizes(1, HEADS, HEADS * DIMENSION, INTERMEDIATE, MANY, MANY, 1, 1, HiddenActivation.GELU);
        ForwardPass pass = new ForwardPass(EncoderWeights.of(sizes, new TinyTensors(sizes), bfloat16), FEW + MANY, HeadOperations.NONE,
                Crew.CALLER, false);
        int[] ids = new int[FEW + MANY];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % MANY;
        }
        int[] few = {0, FEW};
        int[] both = {0, FEW, FEW + MANY};
        Runnable round = () -> {
            pass.runByVectors(ids, few, 1);
            pass.runByVectors(ids, both, 2);
        };
        long end = System.nanoTime() + (AllocatedBytes.soFar() == AllocatedBytes.UNKNOWN ? UNCOUNTED_NANOS : MAX_NANOS);
        int quiet = 0;
        while (quiet < QUIET_ROUNDS && System.nanoTime() < end) {
            quiet = AllocatedBytes.of(round) == 0 ? quiet + 1 : 0;
        }
        done = true;
    }

    /** Tensors of small numbers that differ from each other. */
    private record TinyTensors(EncoderSizes sizes) implements ModelTensors {

        private static float[] numbers(int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (i * 31 % 17 - 8) / 32f;
            }
            return numbers;
        }

        @Override
        public MatrixRows word() {
            return MatrixRows.of(numbers(sizes.vocabulary() * sizes.hidden()), sizes.hidden());
        }

        @Override
        public float[] position() {
            return numbers(sizes.positions() * sizes.hidden());
        }

        @Override
        public float[] type() {
            return numbers(sizes.hidden());
        }

        @Override
        public Norm embeddingNorm() {
            return new Norm(numbers(sizes.hidden()), numbers(sizes.hidden()));
        }

        @Override
        public Linear linear(int layer, Role role) {
            int inputs = role == Role.OUTPUT ? sizes.intermediate() : sizes.hidden();
            int outputs = role == Role.INTERMEDIATE ? sizes.intermediate() : sizes.hidden();
            return new Linear(MatrixRows.of(numbers(inputs * outputs), outputs), numbers(outputs));
        }

        @Override
        public Norm attentionNorm(int layer) {
            return embeddingNorm();
        }

        @Override
        public Norm outputNorm(int layer) {
            return embeddingNorm();
        }
    }
}
