package dev.gatun.laws;

import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Provide;

/** What all suites of laws share: the operator, and where its heads come from. */
public interface LawSuite {

    /** The operator under test. */
    OperatorUnderTest operator();

    /** The logarithms that it normalises the exponentials of. All but the scores themselves need as many keys as queries. */
    default LogKernel logKernel() {
        return LogKernel.SCORES;
    }

    /** The exponent of the density that a symmetric kernel is divided by first (Coifman and Lafon 2006). */
    default double alpha() {
        return 0;
    }

    /** By what part of it a sum may miss its mass, of a plan that is solved for up to a tolerance. */
    default double tolerance() {
        return 0;
    }

    /** The heads that the laws are tried on; a test class may have others, of its own model say. */
    @Provide
    default Arbitrary<Head> heads() {
        return HeadArbitrary.any(operator().capabilities());
    }

    /** Heads of as many keys as queries, without mask and masses. */
    @Provide
    default Arbitrary<Head> squareHeads() {
        boolean temperature = operator().capabilities().contains(Capability.TEMPERATURE);
        return HeadArbitrary.any(temperature ? Set.of(Capability.TEMPERATURE) : Set.of());
    }

    /** Square heads of scores of a few units, for laws that compare weights one by one, none of which may vanish. */
    @Provide
    default Arbitrary<Head> mildHeads() {
        return HeadArbitrary.mild();
    }
}
