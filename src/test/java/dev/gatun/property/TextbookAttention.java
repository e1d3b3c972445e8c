package dev.gatun.property;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import java.util.EnumSet;
import java.util.Set;

/** Attention by its definition, in float32 arithmetic: the laws must accept it. */
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
            float[] p = softmax(head, i);
            for (int j = 0; j < head.columns(); j++) {
                for (int c = 0; c < head.valueColumns(); c++) {
                    out[i * head.valueColumns() + c] += p[j] * head.values()[j * head.valueColumns() + c];
                }
            }
        }
        return out;
    }

    private static float[] softmax(Head head, int query) {
        float[] p = new float[head.columns()];
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < p.length; j++) {
            p[j] = head.visible(query, j) ? score(head, query, j) : Float.NEGATIVE_INFINITY;
            max = Math.max(max, p[j]);
        }
        float sum = 0;
        for (int j = 0; j < p.length; j++) {
            p[j] = head.visible(query, j) ? (float) Math.exp(p[j] - max) : 0;
            sum += p[j];
        }
        for (int j = 0; j < p.length && sum > 0; j++) {
            p[j] /= sum;
        }
        return p;
    }

    private static float score(Head head, int query, int key) {
        float product = 0;
        for (int c = 0; c < head.d(); c++) {
            product += head.queries()[query * head.d() + c] * head.keys()[key * head.d() + c];
        }
        return (float) head.scale() * product;
    }
}
