package dev.gatun.faults;

import dev.gatun.laws.Capability;
import dev.gatun.laws.Head;
import dev.gatun.laws.LogKernel;
import dev.gatun.laws.OperatorUnderTest;
import java.util.EnumSet;
import java.util.Set;

/** A normalisation of a log-kernel whose matrix is formed, in float32 arithmetic; each step may be overridden by a fault. */
class MatrixCopy implements OperatorUnderTest {

    private final LogKernel kernel;
    private final boolean columns;

    /** @param columns whether columns are normalised, and not rows */
    MatrixCopy(LogKernel kernel, boolean columns) {
        this.kernel = kernel;
        this.columns = columns;
    }

    @Override
    public Set<Capability> capabilities() {
        EnumSet<Capability> capabilities = EnumSet.of(Capability.TEMPERATURE, Capability.CAUSAL_MASK);
        if (kernel == LogKernel.SYMMETRIC) {
            capabilities.add(Capability.QUERY_GAUGE);
        }
        return capabilities;
    }

    @Override
    public float[] apply(Head head) {
        float[][] p = weights(head);
        float[] out = new float[p.length * head.valueColumns()];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < head.columns(); j++) {
                for (int c = 0; c < head.valueColumns(); c++) {
                    out[i * head.valueColumns() + c] += p[i][j] * head.values()[j * head.valueColumns() + c];
                }
            }
        }
        return out;
    }

    /** The matrix of the operator. */
    float[][] weights(Head head) {
        float[][] z = logWeights(head);
        for (int line = 0; line < (columns ? head.columns() : head.rows()); line++) {
            normalise(z, line);
        }
        return z;
    }

    float[][] logWeights(Head head) {
        float[][] z = new float[head.rows()][head.columns()];
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < head.columns(); j++) {
                z[i][j] = sees(head, i, j) ? logWeight(head, i, j) : Float.NEGATIVE_INFINITY;
            }
        }
        return z;
    }

    boolean sees(Head head, int query, int key) {
        return head.visible(query, key);
    }

    float logWeight(Head head, int i, int j) {
        return switch (kernel) {
            case SCORES -> score(head, i, j);
            case FORWARD -> score(head, i, j) - score(head, i, i);
            case BACKWARD -> score(head, j, i) - score(head, j, j);
            case SYMMETRIC -> score(head, i, j) - score(head, i, i) + (score(head, j, i) - score(head, j, j));
        };
    }

    float score(Head head, int query, int key) {
        float product = 0;
        for (int c = 0; c < head.d(); c++) {
            product += head.queries()[query * head.d() + c] * head.keys()[key * head.d() + c];
        }
        return (float) head.scale() * product;
    }

    /** The softmax of one row, or of one column. */
    void normalise(float[][] z, int line) {
        int length = columns ? z.length : z[line].length;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int at = 0; at < length; at++) {
            greatest = Math.max(greatest, columns ? z[at][line] : z[line][at]);
        }
        float sum = 0;
        for (int at = 0; at < length; at++) {
            float weight = greatest == Float.NEGATIVE_INFINITY ? 0 : (float) Math.exp((columns ? z[at][line] : z[line][at]) - greatest);
            sum += weight;
            set(z, line, at, weight);
        }
        for (int at = 0; at < length && sum > 0; at++) {
            set(z, line, at, (columns ? z[at][line] : z[line][at]) / sum);
        }
    }

    private void set(float[][] z, int line, int at, float entry) {
        if (columns) {
            z[at][line] = entry;
        } else {
            z[line][at] = entry;
        }
    }
}
