package dev.gatun.laws;

import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of diffusion as the product of two experts, {@code P+_ij = A>+_ij A<+_ij / sum_k A>+_ik A<+_ik}: attention and the backward message.
 * The operator under test is the diffusion.
 */
public interface ProductOfExpertsLaws extends LawSuite {

    /** The definition. */
    Law PRODUCT = new Law("diffusion is the product of the experts", "P+_ij = A>+_ij A<+_ij / sum_k A>+_ik A<+_ik",
            "arXiv 2604.09560, equations 24 and 28; Hinton 2002");

    /** The definition, by three operators of one implementation. */
    Law AGREEMENT = new Law("diffusion is the product of these experts", "P+_ij A>+_ik A<+_ik = P+_ik A>+_ij A<+_ij",
            "arXiv 2604.09560, equations 24 and 28");

    /** Exchange. */
    Law EXCHANGE = new Law("queries and keys may be exchanged", "P+(Q, K) = P+(K, Q)", "d_ij = tau <q_i - q_j, k_i - k_j>");

    /**
     * Attention, to compare with the diffusion.
     *
     * @return the operator; if empty, its definition is used
     */
    default Optional<OperatorUnderTest> attention() {
        return Optional.empty();
    }

    /**
     * The backward message, to compare with the diffusion.
     *
     * @return the operator; if empty, its definition is used
     */
    default Optional<OperatorUnderTest> backward() {
        return Optional.empty();
    }

    @Override
    default LogKernel logKernel() {
        return LogKernel.SYMMETRIC;
    }

    /**
     * Tests {@link #PRODUCT}, of experts by definition.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 100)
    @Label("diffusion is the product of the experts")
    default void diffusionIsTheProductOfTheExperts(@ForAll("squareHeads") Head head) {
        double roundoff = operator().unitRoundoff();
        Bounded product = LogKernel.FORWARD.of(head, roundoff).plus(LogKernel.BACKWARD.of(head, roundoff)).softmaxOfRows();
        PRODUCT.near(product, PRODUCT.matrix(operator(), head), head, "P+");
    }

    /**
     * Tests {@link #AGREEMENT}, by the ratios of neighbouring entries.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 60)
    @Label("diffusion is the product of these experts")
    default void diffusionIsTheProductOfTheseExperts(@ForAll("mildHeads") Head head) {
        double roundoff = operator().unitRoundoff();
        Bounded forward = LogKernel.FORWARD.of(head, roundoff);
        Bounded backward = LogKernel.BACKWARD.of(head, roundoff);
        double[][] a = attention().map(expert -> AGREEMENT.matrix(expert, head)).orElseGet(() -> forward.softmaxOfRows().values());
        double[][] b = backward().map(expert -> AGREEMENT.matrix(expert, head)).orElseGet(() -> backward.softmaxOfRows().values());
        double[][] p = AGREEMENT.matrix(operator(), head);
        Bounded both = forward.plus(backward);
        double rounding = 12 * roundoff * (2 + both.range());
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j + 1 < p.length; j++) {
                double expected = Math.log(a[i][j] / a[i][j + 1]) + Math.log(b[i][j] / b[i][j + 1]);
                double bound = 2 * (both.error(i, j) + both.error(i, j + 1)) + rounding;
                int row = i;
                int column = j;
                AGREEMENT.near(expected, Math.log(p[i][j] / p[i][j + 1]), bound, head,
                        () -> "log P+[%d, %d] - log P+[%d, %d]".formatted(row, column, row, column + 1));
            }
        }
    }

    /**
     * Tests {@link #EXCHANGE}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 60)
    @Label("queries and keys may be exchanged")
    default void queriesAndKeysMayBeExchanged(@ForAll("squareHeads") Head head) {
        Bounded p = LogKernel.of(this, head).softmaxOfRows();
        double[][] before = EXCHANGE.matrix(operator(), head);
        double[][] after = EXCHANGE.matrix(operator(), head.withQueries(head.keys()).withKeys(head.queries()));
        EXCHANGE.near(new Bounded(before, p.twiceErrors(), p.roundoff()), after, head, "P+(K, Q)");
    }
}
