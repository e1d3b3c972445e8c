package dev.gatun.faults;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.Placement;
import java.util.EnumSet;
import java.util.Set;

/**
 * Attention as the kernels go about it, by scalars: keys in blocks, a running maximum, sums rescaled when it grows. Each step is a
 * method that a fault may override.
 */
class StreamedCopy implements OperatorUnderTest {

    static final int BLOCK = 32;

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.of(Capability.TEMPERATURE, Capability.OTHER_KEYS, Capability.CAUSAL_MASK, Capability.PAIR_MASK,
                Capability.EMPTY_ROWS, Capability.THREADS, Capability.PLACEMENT, Capability.LONG_SUMS);
    }

    @Override
    public float[] apply(Head head) {
        float[] out = new float[head.rows() * head.valueColumns()];
        for (int i = 0; i < head.rows(); i++) {
            row(head, i, out);
        }
        return out;
    }

    @Override
    public float[] apply(Head head, int threads) {
        return apply(head);
    }

    @Override
    public float[] apply(Head head, Placement placement) {
        float[] queries = taken(placement.place(head.queries(), head.rows(), head.d()), placement, head.rows(), head.d());
        float[] keys = taken(placement.place(head.keys(), head.columns(), head.d()), placement, head.columns(), head.d());
        float[] values = taken(placement.place(head.values(), head.columns(), head.valueColumns()), placement, head.columns(),
                head.valueColumns());
        return apply(head.withQueries(queries).withKeys(keys).withValues(values));
    }

    /** The entries of a placed matrix, row after row. */
    float[] taken(float[] placed, Placement placement, int rows, int columns) {
        float[] taken = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(placed, placement.offset() + i * placement.stride(columns), taken, i * columns, columns);
        }
        return taken;
    }

    private void row(Head head, int query, float[] out) {
        float greatest = Float.NEGATIVE_INFINITY;
        float sum = 0;
        float[] sums = new float[head.valueColumns()];
        for (int first = 0; first < keys(head); first += block(head)) {
            float[] z = logWeights(head, query, first, Math.min(first + block(head), keys(head)));
            float grown = maximum(greatest, z);
            if (grown > Float.NEGATIVE_INFINITY) {
                float factor = rescaling(greatest, grown);
                sum = sumRescaled(sum, factor) + weigh(head, first, z, grown, sums, factor);
                greatest = grown;
            }
        }
        for (int c = 0; c < sums.length; c++) {
            out[query * sums.length + c] = normalised(sums[c], sum);
        }
    }

    /** Exponentiates a block, adds its values to the sums, and gives the sum of its weights. */
    private float weigh(Head head, int first, float[] z, float greatest, float[] sums, float factor) {
        float[] ofBlock = new float[sums.length];
        float sum = 0;
        for (int at = 0; at < z.length; at++) {
            float weight = exponential(z[at] - greatest);
            sum += weight;
            for (int c = 0; c < sums.length; c++) {
                ofBlock[c] += weight * value(head, first + at, c);
            }
        }
        for (int c = 0; c < sums.length; c++) {
            sums[c] = sums[c] * factor + ofBlock[c];
        }
        return sum;
    }

    int block(Head head) {
        return BLOCK;
    }

    int keys(Head head) {
        return head.columns();
    }

    private float[] logWeights(Head head, int query, int first, int end) {
        float[] z = new float[end - first];
        for (int at = 0; at < z.length; at++) {
            z[at] = sees(head, query, first + at) ? logWeight(head, query, first + at) : Float.NEGATIVE_INFINITY;
        }
        return z;
    }

    boolean sees(Head head, int query, int key) {
        return head.visible(query, key);
    }

    float logWeight(Head head, int query, int key) {
        return scale(head) * product(head, query, key);
    }

    float scale(Head head) {
        return (float) head.scale();
    }

    float product(Head head, int query, int key) {
        float product = 0;
        for (int c = 0; c < components(head); c++) {
            product += head.queries()[query * head.d() + c] * head.keys()[key * head.d() + c];
        }
        return product;
    }

    int components(Head head) {
        return head.d();
    }

    float maximum(float greatest, float[] z) {
        for (float each : z) {
            greatest = Math.max(greatest, each);
        }
        return greatest;
    }

    float rescaling(float before, float after) {
        return (float) Math.exp(before - after);
    }

    float sumRescaled(float sum, float factor) {
        return sum * factor;
    }

    float exponential(float z) {
        return (float) Math.exp(z);
    }

    float value(Head head, int key, int column) {
        return head.values()[key * head.valueColumns() + column];
    }

    float normalised(float values, float sum) {
        return sum == 0 ? 0 : values / sum;
    }
}
