package dev.gatun.internal.sinkhorn.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Records the steps of a solve in memory that the next solve uses again.
 *
 * <p>Of each kind the first {@link #FIRST} steps are kept, and then those whose number within the kind exceeds that of the last one kept
 * by a tenth. So a solve of any length leaves at most some 250 steps of a kind, and rare kinds are kept whole.
 */
public final class SolveTrace {

    private static final StepKind[] KINDS = StepKind.values();

    /** A trace that records nothing, which any number of solves share. */
    public static final SolveTrace NONE = new SolveTrace(0);

    /** The number of steps of each kind that are all kept. */
    static final int FIRST = 64;

    /** The kept numbers after these grow by one part in this many. */
    private static final int GROWTH = 10;

    private final boolean recording;
    private final int[] counts = new int[KINDS.length];
    private final long[] next = new long[KINDS.length];
    private int[] iterations;
    private StepKind[] kinds;
    private double[] errors;
    private int size;
    private int earlierPasses;
    private StepKind start = StepKind.START;
    private int noted;

    private SolveTrace(int capacity) {
        this.recording = capacity > 0;
        this.iterations = new int[capacity];
        this.kinds = new StepKind[capacity];
        this.errors = new double[capacity];
    }

    /** A trace that records if {@code recording}; {@link #NONE} if not. */
    public static SolveTrace of(boolean recording) {
        return recording ? new SolveTrace(FIRST) : NONE;
    }

    /** Removes all steps. */
    public void clear() {
        if (recording) {
            size = 0;
            Arrays.fill(counts, 0);
            begin(StepKind.START, 0);
        }
    }

    /**
     * Begins a solve of the head.
     *
     * @param kind   the kind of its first step
     * @param passes the passes over the kernel by earlier solves of the head
     */
    public void begin(StepKind kind, int passes) {
        if (recording) {
            start = kind;
            earlierPasses = passes;
            noted = 0;
        }
    }

    /** Notes something that happens within a step: it follows that step, with its pass and its error. */
    public void note(StepKind kind) {
        if (recording) {
            noted |= 1 << kind.ordinal();
        }
    }

    /** Adds the first step of the solve that {@link #begin} announced. */
    public void addStart(int passes, double error) {
        add(start, passes, error);
    }

    /**
     * Adds a step, and what was noted during it.
     *
     * @param passes the passes over the kernel in this solve
     * @param error  the largest {@code |columnSum / target - 1|}
     */
    public void add(StepKind kind, int passes, double error) {
        if (!recording) {
            return;
        }
        keep(kind, earlierPasses + passes, error);
        for (int k = 0; noted != 0; k++) {
            if ((noted & 1 << k) != 0) {
                noted ^= 1 << k;
                keep(KINDS[k], earlierPasses + passes, error);
            }
        }
    }

    private void keep(StepKind kind, int iteration, double error) {
        int k = kind.ordinal();
        int number = ++counts[k];
        if (number > FIRST && number < next[k]) {
            return;
        }
        next[k] = number + (long) number / GROWTH;
        if (size == errors.length) {
            iterations = Arrays.copyOf(iterations, 2 * size);
            kinds = Arrays.copyOf(kinds, 2 * size);
            errors = Arrays.copyOf(errors, 2 * size);
        }
        iterations[size] = iteration;
        kinds[size] = kind;
        errors[size++] = error;
    }

    /**
     * A copy of the steps, with the result as the last one; empty if nothing was recorded.
     *
     * @param passes all passes over the kernel
     * @param error  the largest {@code |columnSum / target - 1|} of the coupling that is returned
     */
    public List<TracedStep> steps(int passes, double error) {
        if (size == 0) {
            return List.of();
        }
        List<TracedStep> steps = new ArrayList<>(size + 1);
        for (int s = 0; s < size; s++) {
            steps.add(new TracedStep(iterations[s], kinds[s], errors[s]));
        }
        steps.add(new TracedStep(passes, StepKind.RESULT, error));
        return List.copyOf(steps);
    }
}
