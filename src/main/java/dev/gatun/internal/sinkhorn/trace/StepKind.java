package dev.gatun.internal.sinkhorn.trace;

/** What a solver did in a step. {@code dev.gatun.SinkhornSolution.Step.Kind} has the same names and defines each. */
public enum StepKind {
    /** The rows are fitted to the potentials that a solve starts at. */
    START,
    /** The same at a fraction of the inverse temperature. */
    CONTINUATION,
    /** The same in float64, on logarithms. */
    LOG_DOMAIN,
    /** Columns and rows are fitted once. */
    PLAIN,
    /** The same with over-relaxation. */
    OVER_RELAXED,
    /** Both potentials of a symmetric kernel become their mean. */
    AVERAGED,
    /** A Newton step whose equations were solved by conjugate gradients. */
    NEWTON,
    /** A Newton step whose equations were eliminated. */
    NEWTON_ELIMINATED,
    /** A Newton step on one potential of rows and columns. */
    NEWTON_SYMMETRIC,
    /** The last Newton step is shortened. */
    NEWTON_SHORTENED,
    /** Scalings are absorbed into the potentials, and the stored entries computed again. */
    ABSORPTION,
    /** Columns whose sums underflow are fitted in the log domain. */
    UNDERFLOW,
    /** Sums, or the log-kernel, are in float64 from here on. */
    FLOAT64,
    /** The coupling that is returned is measured. */
    RESULT
}
