/**
 * Laws of normalised exponentials of query-key scores and of Markov chains, as jqwik properties for any implementation.
 *
 * <p>{@link dev.gatun.laws.OperatorUnderTest} wraps the operator to test. A test class implements the suites that the operator must obey,
 * such as {@link dev.gatun.laws.RowStochasticLaws}. Each law states its formula and its source, allows the rounding error that the
 * input can cause and no more, and fails with the smallest input found. Entries are float32; the error bounds follow the
 * {@code unitRoundoff()} of the operator. The package needs jqwik and the JDK only.
 *
 * {@snippet :
 * class MyOperatorTest implements RowStochasticLaws, DeterminismLaws {
 *
 *     @Override
 *     public OperatorUnderTest operator() {
 *         return head -> new float[head.rows() * head.valueColumns()];
 *     }
 * }
 * }
 */
package dev.gatun.laws;
