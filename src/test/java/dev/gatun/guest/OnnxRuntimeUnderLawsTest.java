package dev.gatun.guest;

import dev.gatun.laws.Capability;
import dev.gatun.laws.DeterminismLaws;
import dev.gatun.laws.GaugeLaws;
import dev.gatun.laws.Head;
import dev.gatun.laws.HeadArbitrary;
import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.RowStochasticLaws;
import java.util.EnumSet;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Group;
import net.jqwik.api.Label;
import net.jqwik.api.Tag;

/** The laws that attention by ONNX Runtime obeys; {@link OnnxRuntimeAgainstLawsTest} has those that it does not. */
@Tag("any-width")
@Label("ONNX Runtime under the laws")
class OnnxRuntimeUnderLawsTest {

    private static final Set<Capability> ALWAYS = EnumSet.of(Capability.TEMPERATURE, Capability.OTHER_KEYS, Capability.CAUSAL_MASK,
            Capability.THREADS);

    private static Set<Capability> alwaysAnd(Capability first, Capability... more) {
        EnumSet<Capability> capabilities = EnumSet.of(first, more);
        capabilities.addAll(ALWAYS);
        return capabilities;
    }

    @Group
    @Label("MultiHeadAttention, no mask of pairs")
    class MultiHeadAttention implements RowStochasticLaws, GaugeLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return new OnnxAttention(OnnxForm.MULTI_HEAD_ATTENTION, ALWAYS);
        }
    }

    @Group
    @Label("MultiHeadAttention, scores up to 4000")
    class MaskedMultiHeadAttention implements RowStochasticLaws, DeterminismLaws {

        /** No score is above another by nearly as much as the 10000 that are taken off where a key is hidden. */
        private static final double MAX_SCORE = 4000;

        @Override
        public OperatorUnderTest operator() {
            return new OnnxAttention(OnnxForm.MULTI_HEAD_ATTENTION, alwaysAnd(Capability.PAIR_MASK));
        }

        @Override
        public Arbitrary<Head> heads() {
            return HeadArbitrary.any(operator().capabilities()).filter(head -> greatestScore(head) <= MAX_SCORE);
        }

        @Override
        public Arbitrary<Head> squareHeads() {
            return HeadArbitrary.any(EnumSet.of(Capability.TEMPERATURE)).filter(head -> greatestScore(head) <= MAX_SCORE);
        }
    }

    @Group
    @Label("MultiHeadAttention, the least float for hidden keys")
    class MultiHeadAttentionOfLeast implements RowStochasticLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return new OnnxAttention(OnnxForm.MULTI_HEAD_ATTENTION_OF_LEAST, alwaysAnd(Capability.PAIR_MASK));
        }
    }

    @Group
    @Label("Attention of the standard")
    class Attention implements RowStochasticLaws, GaugeLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return new OnnxAttention(OnnxForm.ATTENTION, alwaysAnd(Capability.PAIR_MASK, Capability.EMPTY_ROWS));
        }
    }

    @Group
    @Label("Gemm, Softmax, MatMul")
    class OperatorByOperator implements RowStochasticLaws, GaugeLaws, DeterminismLaws {

        @Override
        public OperatorUnderTest operator() {
            return new OnnxAttention(OnnxForm.OPERATOR_BY_OPERATOR, alwaysAnd(Capability.PAIR_MASK));
        }
    }

    private static double greatestScore(Head head) {
        double greatest = 0;
        for (int i = 0; i < head.rows(); i++) {
            for (int j = 0; j < head.columns(); j++) {
                double score = 0;
                for (int c = 0; c < head.d(); c++) {
                    score += head.scale() * head.queries()[i * head.d() + c] * head.keys()[j * head.d() + c];
                }
                greatest = Math.max(greatest, Math.abs(score));
            }
        }
        return greatest;
    }
}
