package dev.gatun.property;

import dev.gatun.Heads;
import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** Attention by a decoding plan, query by query, with a cache that is larger than its keys and filled with NaN behind them. */
final class DecodingUnderLaws implements OperatorUnderTest {

    private static final int ROOM = 3;

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.TEMPERATURE, Capability.OTHER_KEYS, Capability.CAUSAL_MASK, Capability.LONG_SUMS);
    }

    @Override
    public float[] apply(Head head) {
        int m = head.columns();
        int width = head.valueColumns();
        DecodePlan plan = DecodePlan.of(new AttentionShape(1, 1, 1, 1, m + ROOM, head.d(), width),
                AttentionOptions.defaults().withBeta(head.beta()));
        Heads keys = cache(head.keys(), m, head.d());
        Heads values = cache(head.values(), m, width);
        float[] out = new float[head.rows() * width];
        for (int i = 0; i < head.rows(); i++) {
            Heads query = Heads.of(MemorySegment.ofArray(head.queries()), 4L * i * head.d(), 1, 1, 1, head.d());
            plan.run(query, keys, values, head.causal() ? i + 1 : m, Heads.of(MemorySegment.ofArray(out), 4L * i * width, 1, 1, 1, width));
        }
        return out;
    }

    private static Heads cache(float[] entries, int rows, int columns) {
        float[] room = new float[(rows + ROOM) * columns];
        Arrays.fill(room, Float.NaN);
        System.arraycopy(entries, 0, room, 0, entries.length);
        return Heads.of(MemorySegment.ofArray(room), 0, 1, 1, rows + ROOM, columns);
    }
}
