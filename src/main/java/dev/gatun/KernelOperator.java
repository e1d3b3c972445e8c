package dev.gatun;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.operator.HeadOperator;
import dev.gatun.internal.operator.HeadProduct;
import dev.gatun.internal.operator.OperatorForm;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.kernel.ArrayLength;

/**
 * A normalised exponential of scores, applied without being stored: the shape that real operators and the complex one of magnetic
 * diffusion share. Made by {@link Scores}.
 *
 * <p>An operator reads queries, keys and values at every call; their memory must stay open. It may be applied any number of times.
 */
public abstract sealed class KernelOperator permits Operator, MagneticOperator {

    final Scores scores;
    final ScoreInputs inputs;
    private final OperatorForm form;

    KernelOperator(Scores scores, OperatorForm form) {
        this.scores = scores;
        this.inputs = scores.inputs();
        if (form.needsSelfScores()) {
            inputs.requireSelfScores(form.label());
        }
        if (form.needsVisibleSelf() && inputs.within()) {
            inputs.requireVisibleSelf(form.label());
        }
        this.form = form;
    }

    /**
     * The same operator with work shared among {@code newWorkers}; results stay the same to the last bit.
     *
     * @param newWorkers who does the work
     * @return the operator with them
     */
    public abstract KernelOperator withWorkers(Workers newWorkers);

    /** {@return the number of rows, N} */
    public final int rows() {
        return scores.rows();
    }

    /** {@return the number of columns, M} */
    public final int columns() {
        return scores.columns();
    }

    /**
     * {@return whether entries are complex: then each takes two floats, its real part and its imaginary part (the layout of
     * complex64)}
     */
    public final boolean isComplex() {
        return form.isComplex();
    }

    /** The number of heads in all. */
    final int count() {
        return scores.count();
    }

    /**
     * One head: see {@link #apply(Heads, Heads)}.
     *
     * @param v   values {@code (M, C)}
     * @param out {@code (N, C)}, or {@code (N, 2 C)} of a complex operator
     */
    public final void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * {@code out = P v} for real values, head by head, the matrix P never stored. A row that sees nothing gives zeros.
     *
     * <p>Queries, keys and values count as they are now, not as they were when the operator was made: all of their entries are
     * checked before the first result is written. Changes by another thread during the call are not.
     *
     * @param v   values {@code (..., G, M, C)}, G dividing the heads of the queries
     * @param out {@code (..., H, N, C)}, or {@code (..., H, N, 2 C)} of a complex operator, written whole; shares no entry with an
     *            input
     * @throws IllegalArgumentException if shapes do not go together, an entry of queries, keys or v is not finite, scores are
     *                                  too large to be told apart, or out overlaps an input or is read-only; then nothing
     *                                  has been written
     */
    public final void apply(Heads v, Heads out) {
        Checks.given(v, "v");
        apply(v.view(), TensorView.of(out));
    }

    final void apply(TensorView v, TensorView out) {
        inputs.requireProduct(v, out, ArrayLength.of(form.parts(), v.columns()));
        if (count() > 1 || crew().machines() != null) {
            // A single head that is computed here refuses entries that are not finite before it writes.
            requireOneHead();
            inputs.requireMeasurable(form.growth(), form::requireMeasurable, crew());
        }
        inputs.run((head, memory) -> new HeadProduct(form.head(inputs.uncheckedHead(head, memory, crew()), head),
                v, inputs.grouped(v, head), out, head, memory), crew());
    }

    /** Checks that other machines, which have one head, are not to share several. */
    final void requireOneHead() {
        if (count() > 1 && crew().machines() != null) {
            throw new IllegalArgumentException("a kernel that machines share must be of one head, not of " + count());
        }
    }

    /**
     * One head: see {@link #matrix(Heads)}.
     *
     * @param out {@code (N, M)}, or {@code (N, 2 M)} of a complex operator
     */
    public final void matrix(Matrix out) {
        matrix(Heads.of(out));
    }

    /**
     * Writes the operator itself, of queries and keys as they are now.
     *
     * @param out {@code (..., H, N, M)}, or {@code (..., H, N, 2 M)} of a complex operator, written whole; masked entries are zeros
     * @throws IllegalArgumentException if the shape is another, an entry of queries or keys is not finite, scores are too large
     *                                  to be told apart, or out overlaps an input or is read-only; then nothing has been written
     */
    public final void matrix(Heads out) {
        inputs.requireOutput(TensorView.of(out), ArrayLength.of(form.parts(), columns()));
        inputs.requireMeasurable(form.growth(), form::requireMeasurable, crew());
        HeadLoop.Pieces pieces = pieces();
        for (int head = 0; head < count(); head++) {
            form.head(inputs.uncheckedHead(head, new HeadMemory(), crew()), head).write(out.view(), head, pieces);
        }
    }

    /**
     * Row and column sums of head {@code index} as its float32 entries have them, and its asymmetry; sums of moduli of a complex
     * operator. Streamed; reads every entry twice.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return a copy
     */
    public final OperatorSums sums(int index) {
        Checks.index(index, count(), "head");
        return OperatorSums.of(form.head(inputs.headInPlace(index, crew()), index).sums(pieces()));
    }

    /**
     * The symmetric conjugate of head {@code index}, {@code D^1/2 P D^-1/2}: of diffusion, and of the coupling of a symmetric
     * divergence, which is taken as {@code softmax_j(z_ij + v_j)}, its rows made to sum to 1 whatever its marginals are and whether
     * they are enforced or relaxed. Of magnetic diffusion the Hermitian one, {@code D^-1/2 H D^-1/2 = I - L^g}.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return the conjugate, of queries and keys as they are now
     * @throws IllegalArgumentException if the operator is another, or a causal mask, sequences of other queries than keys or a
     *                                  backward pair of its own leave the kernel not symmetric
     */
    public final Conjugate conjugate(int index) {
        requireConjugate(index, isComplex() ? "a Hermitian conjugate" : "a symmetric conjugate");
        return new Conjugate(rows(), isComplex(), scores.workers(), form.head(inputs.head(index), index).conjugate());
    }

    private void requireConjugate(int index, String what) {
        requireOneHead();
        if (!form.hasConjugate()) {
            throw new IllegalArgumentException("%s is that of diffusion or bistochastic diffusion, not of %s"
                    .formatted(what, form.label()));
        }
        Checks.index(index, count(), "head");
        inputs.requireSymmetric(what);
    }

    /**
     * The transitions from the tokens of head {@code index} themselves: see {@link #extension(int, Matrix, Matrix)}.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return the transitions, of queries and keys as they are now
     */
    public final Extension extension(int index) {
        requireConjugate(index, "an extension");
        return extension(index, inputs.head(index).crossing());
    }

    /**
     * The transitions from new tokens to those of head {@code index}, of the operators that have a {@link #conjugate(int)}.
     *
     * <p>A new token whose query and key are those of a token of the head is that token: it sees what that one sees, under a zero
     * diagonal all but itself. Of several such tokens it is the one at its own place, or else the first.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @param newQ  queries of the new tokens, {@code (n, d)}
     * @param newK  their keys, {@code (n, d)}
     * @return the transitions, of queries and keys as they are now
     * @throws IllegalArgumentException as {@link #conjugate(int)}, or if a shape is another or an entry is not finite
     */
    public final Extension extension(int index, Matrix newQ, Matrix newK) {
        requireConjugate(index, "an extension");
        Checks.given(newQ, "new q");
        Checks.given(newK, "new k");
        CrossScores crossing = inputs.crossing(index, Heads.of(newQ).view(), Heads.of(newK).view());
        return Extension.of(crossing, extension(index, crossing), own -> extension(index, own));
    }

    private Extension extension(int index, CrossScores crossing) {
        HeadOperator head = form.head(crossing.head(), index);
        return new Extension(crossing.rows(), columns(), isComplex(), head.extension(crossing, pieces()));
    }

    final HeadLoop.Pieces pieces() {
        return new HeadLoop.Pieces(crew());
    }

    private Crew crew() {
        return scores.workers().crew();
    }
}
