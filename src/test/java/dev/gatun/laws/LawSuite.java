package dev.gatun.laws;

import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Provide;

/** The base of all suites: the operator under test, the tolerances of its results, and the heads on which the laws are tested. */
public interface LawSuite {

    /**
     * The operator under test.
     *
     * @return the operator
     */
    OperatorUnderTest operator();

    /**
     * The log-kernel z whose exponentials the operator normalises. All but {@link LogKernel#SCORES} need as many keys as queries.
     *
     * @return the log-kernel; the scores by default
     */
    default LogKernel logKernel() {
        return LogKernel.SCORES;
    }

    /**
     * The exponent of the density by which a symmetric kernel is divided first (Coifman and Lafon 2006).
     *
     * @return alpha; 0 by default
     */
    default double alpha() {
        return 0;
    }

    /**
     * The relative error of the row and column sums of a coupling that is solved to a tolerance.
     *
     * @return the tolerance; 0 by default
     */
    default double tolerance() {
        return 0;
    }

    /**
     * The heads of any kind that the operator supports. A test class may add others, such as heads of its own model.
     *
     * @return the source of heads
     */
    @Provide
    default Arbitrary<Head> heads() {
        return HeadArbitrary.any(operator().capabilities());
    }

    /**
     * Heads with as many keys as queries, without mask and masses.
     *
     * @return the source of heads
     */
    @Provide
    default Arbitrary<Head> squareHeads() {
        boolean temperature = operator().capabilities().contains(Capability.TEMPERATURE);
        return HeadArbitrary.any(temperature ? Set.of(Capability.TEMPERATURE) : Set.of());
    }

    /**
     * Square heads with scores of a few units, for laws that compare entries one by one, none of which may underflow.
     *
     * @return the source of heads
     */
    @Provide
    default Arbitrary<Head> mildHeads() {
        return HeadArbitrary.mild();
    }
}
