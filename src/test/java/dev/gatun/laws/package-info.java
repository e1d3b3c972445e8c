/**
 * Laws that attention, its relatives and Markov chains obey, as jqwik properties for anybody's operator.
 *
 * <p>An operator is put to the test by implementing {@link dev.gatun.laws.OperatorUnderTest} and, in a test class, the suites
 * that are to hold for it: {@link dev.gatun.laws.RowStochasticLaws} and its neighbours here. Each law states its formula and
 * where it comes from, allows what rounding can explain for the input at hand and no more, and fails with the smallest input
 * that it could find. The package needs jqwik and the JDK, and nothing else of Gatun.
 */
package dev.gatun.laws;
