package dev.gatun.property;

import dev.gatun.Heads;
import dev.gatun.attention.AttentionMask;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/** Attention by an {@link AttentionPlan}, which supports masks of pairs. */
final class PlanUnderLaws implements OperatorUnderTest {

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.TEMPERATURE, Capability.OTHER_KEYS, Capability.CAUSAL_MASK, Capability.PAIR_MASK,
                Capability.EMPTY_ROWS, Capability.LONG_SUMS);
    }

    @Override
    public float[] apply(Head head) {
        int n = head.rows();
        int m = head.columns();
        AttentionOptions options = AttentionOptions.defaults().withBeta(head.beta());
        options = head.causal() ? options.withCausalMask() : options;
        options = head.hasPairMask() ? options.withMask() : options;
        AttentionPlan plan = AttentionPlan.of(new AttentionShape(1, 1, 1, n, m, head.d(), head.valueColumns()), options);
        float[] out = new float[n * head.valueColumns()];
        plan.run(heads(head.queries(), n), heads(head.keys(), m), heads(head.values(), m), null, mask(head), heads(out, n), null);
        return out;
    }

    private static AttentionMask mask(Head head) {
        if (!head.hasPairMask()) {
            return null;
        }
        byte[] visible = new byte[head.rows() * head.columns()];
        for (int pair = 0; pair < visible.length; pair++) {
            visible[pair] = (byte) (head.visible(pair / head.columns(), pair % head.columns()) ? 1 : 0);
        }
        return AttentionMask.of(MemorySegment.ofArray(visible), 0, head.rows(), head.columns());
    }

    private static Heads heads(float[] entries, int rows) {
        return Heads.of(MemorySegment.ofArray(entries), 0, 1, 1, rows, entries.length / rows);
    }
}
