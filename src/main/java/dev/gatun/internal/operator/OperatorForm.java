package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import java.io.Serializable;

/** An operator without its scores: the log-kernel that it takes of them, its normalisation and its parameters. Immutable. */
public interface OperatorForm extends Serializable {

    /** The name in messages. */
    String label();

    /** Whether entries are complex, a real part and an imaginary part side by side. */
    boolean isComplex();

    /** Whether the operator compares a token with itself, so that scores must be within one sequence. */
    boolean needsSelfScores();

    /** Whether self-scores do not cancel, so that every token must be visible to itself. */
    boolean needsVisibleSelf();

    /** Whether it has a symmetric or Hermitian conjugate where tokens see each other in the same way. */
    boolean hasConjugate();

    /** The factor, at least 1, by which parameters multiply the scores, and with them the errors of log-kernels. */
    double growth();

    /**
     * Forms what {@link #head} forms first.
     *
     * @throws IllegalArgumentException if scores are not finite, or too large to be told apart
     */
    void requireMeasurable(HeadScores inputs, int head);

    /**
     * The operator on one head.
     *
     * @param inputs queries and keys of the head
     * @param head   its number, for parameters that each head has of its own
     */
    HeadOperator head(HeadScores inputs, int head);

    /** Floats in an entry. */
    default int parts() {
        return isComplex() ? 2 : 1;
    }
}
