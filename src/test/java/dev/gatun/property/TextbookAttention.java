package dev.gatun.property;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import java.util.EnumSet;
import java.util.Set;

/** Attention as a textbook has it, in float32 arithmetic: what the laws have to let pass. */
final class TextbookAttention implements OperatorUnderTest {

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.TEMPERATURE, Capability.OTHER_KEYS, Capability.CAUSAL_MASK, Capability.PAIR_MASK,
                Capability.EMPTY_ROWS);
    }

    @Override
    public float[] apply(Head head) {
        float[] out = new float[head.rows() * head.valueColumns()];
        for (int i = 0; i < head.rows(); i++) {
            float[] weights = weights(head, i);
            for (int j = 0; j < head.columns(); j++) {
                for (int c = 0; c < head.valueColumns(); c++) {
                    out[i * head.valueColumns() + c] += weights[j] * head.values()[j * head.valueColumns() + c];
                }
            }
        }
        return out;
    }

    private static float[] weights(Head head, int query) {
        float[] weights = new float[head.columns()];
        float greatest = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < weights.length; j++) {
            weights[j] = head.visible(query, j) ? score(head, query, j) : Float.NEGATIVE_INFINITY;
            greatest = Math.max(greatest, weights[j]);
        }
        float sum = 0;
        for (int j = 0; j < weights.length; j++) {
            weights[j] = head.visible(query, j) ? (float) Math.exp(weights[j] - greatest) : 0;
            sum += weights[j];
        }
        for (int j = 0; j < weights.length && sum > 0; j++) {
            weights[j] /= sum;
        }
        return weights;
    }

    private static float score(Head head, int query, int key) {
        float product = 0;
        for (int c = 0; c < head.d(); c++) {
            product += head.queries()[query * head.d() + c] * head.keys()[key * head.d() + c];
        }
        return (float) head.scale() * product;
    }
}
