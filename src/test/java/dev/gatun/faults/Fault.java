package dev.gatun.faults;

import dev.gatun.laws.BistochasticLaws;
import dev.gatun.laws.ClosureLaws;
import dev.gatun.laws.ColumnStochasticLaws;
import dev.gatun.laws.CurrentsLaws;
import dev.gatun.laws.DeterminismLaws;
import dev.gatun.laws.GaugeLaws;
import dev.gatun.laws.Head;
import dev.gatun.laws.Law;
import dev.gatun.laws.LogKernel;
import dev.gatun.laws.MagneticLaws;
import dev.gatun.laws.OperatorUnderTest;
import dev.gatun.laws.Placement;
import dev.gatun.laws.ProductOfExpertsLaws;
import dev.gatun.laws.ReversibilityLaws;
import dev.gatun.laws.RowStochasticLaws;
import java.util.Arrays;
import java.util.function.DoubleFunction;

/** One thing wrong each, and the law that it is caught by. */
enum Fault {

    /** Exponentials overflow. */
    NO_MAXIMUM(Suites.Attention.class, RowStochasticLaws.UNIT_ROWS, new StreamedCopy() {
        @Override
        float maximum(float greatest, float[] z) {
            return 0;
        }
    }),

    /** The first key's score for the greatest of all. */
    MAXIMUM_OF_THE_FIRST_KEY(Suites.Attention.class, RowStochasticLaws.UNIT_ROWS, new StreamedCopy() {
        @Override
        float maximum(float greatest, float[] z) {
            return greatest > Float.NEGATIVE_INFINITY ? greatest : z[0];
        }
    }),

    /** Sums of before are left at the maximum of before. */
    SUMS_NOT_RESCALED(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        float rescaling(float before, float after) {
            return before > Float.NEGATIVE_INFINITY ? 1 : 0;
        }
    }),

    /** Values are rescaled, and the sum of numerators is not. */
    SUM_OF_WEIGHTS_NOT_RESCALED(Suites.Attention.class, RowStochasticLaws.UNIT_ROWS, new StreamedCopy() {
        @Override
        float sumRescaled(float sum, float factor) {
            return sum;
        }
    }),

    /** Keys after the last whole block. */
    TAIL_OF_KEYS_DROPPED(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        int keys(Head head) {
            return head.columns() > BLOCK ? head.columns() / BLOCK * BLOCK : head.columns();
        }
    }),

    /** Components after the last four. */
    TAIL_OF_COMPONENTS_DROPPED(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        int components(Head head) {
            return head.d() / 4 * 4;
        }
    }),

    /** The same, for a law that knows nothing of the softmax. */
    TAIL_OF_COMPONENTS_DROPPED_AGAIN(Suites.Attention.class, GaugeLaws.ROTATION, new StreamedCopy() {
        @Override
        int components(Head head) {
            return head.d() / 4 * 4;
        }
    }),

    /** The last columns of values, beyond eight. */
    TAIL_OF_VALUES_DROPPED(Suites.Attention.class, RowStochasticLaws.MEANS, new StreamedCopy() {
        @Override
        float value(Head head, int key, int column) {
            return column < Math.max(1, head.valueColumns() / 8 * 8) ? super.value(head, key, column) : 0;
        }
    }),

    /** Each key has the value of the next. */
    VALUES_SHIFTED(Suites.Attention.class, RowStochasticLaws.MEANS, new StreamedCopy() {
        @Override
        float value(Head head, int key, int column) {
            return super.value(head, Math.min(key + 1, head.columns() - 1), column);
        }
    }),

    /** Values saturate. */
    VALUES_CLIPPED(Suites.Attention.class, RowStochasticLaws.LINEAR, new StreamedCopy() {
        @Override
        float value(Head head, int key, int column) {
            return Math.clamp(super.value(head, key, column), -100, 100);
        }
    }),

    /** A query sees one token ahead. */
    CAUSAL_MASK_OFF_BY_ONE(Suites.Attention.class, RowStochasticLaws.CAUSAL, new StreamedCopy() {
        @Override
        boolean sees(Head head, int query, int key) {
            return head.causal() ? key <= query + 1 : super.sees(head, query, key);
        }
    }),

    /** A query does not see itself. */
    CAUSAL_MASK_STRICT(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        boolean sees(Head head, int query, int key) {
            return super.sees(head, query, key) && !(head.causal() && key == query);
        }
    }),

    /** The mask is read by columns. */
    MASK_TRANSPOSED(Suites.Attention.class, RowStochasticLaws.HIDDEN, new StreamedCopy() {
        @Override
        boolean sees(Head head, int query, int key) {
            return head.visible(key % head.rows(), query % head.columns());
        }
    }),

    /** Hidden keys get a large negative score, which others' may undercut. */
    MASK_BY_MINUS_ONE_HUNDRED(Suites.Attention.class, RowStochasticLaws.HIDDEN, new StreamedCopy() {
        @Override
        boolean sees(Head head, int query, int key) {
            return true;
        }

        @Override
        float logWeight(Head head, int query, int key) {
            return super.logWeight(head, query, key) - (head.visible(query, key) ? 0 : 100);
        }
    }),

    /** Nothing divided by nothing. */
    EMPTY_ROW_DIVIDED(Suites.Attention.class, RowStochasticLaws.EMPTY, new StreamedCopy() {
        @Override
        float normalised(float values, float sum) {
            return values / sum;
        }
    }),

    /** 1 / d for 1 / sqrt(d). */
    SCALE_WITHOUT_ROOT(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        float scale(Head head) {
            return (float) (head.beta() / head.d());
        }
    }),

    /** The temperature is not used. */
    TEMPERATURE_IGNORED(Suites.Attention.class, RowStochasticLaws.HIGH_TEMPERATURE, new StreamedCopy() {
        @Override
        float scale(Head head) {
            return (float) (1 / Math.sqrt(head.d()));
        }
    }),

    /** Temperature and scale by a number too small to be cold. */
    TEMPERATURE_BOUNDED(Suites.Attention.class, RowStochasticLaws.LOW_TEMPERATURE, new StreamedCopy() {
        @Override
        float scale(Head head) {
            return (float) (Math.min(head.beta(), 1) / Math.sqrt(head.d()));
        }
    }),

    /** Powers of two. */
    BASE_TWO(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        float exponential(float z) {
            return (float) Math.pow(2, z);
        }
    }),

    /** An exponential of few terms. */
    COARSE_EXPONENTIAL(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        float exponential(float z) {
            return (float) Math.pow(1 + Math.max(z, -4000) / 4096.0, 4096);
        }
    }),

    /** Small probabilities for none. */
    WEIGHTS_FLUSHED_EARLY(Suites.Attention.class, RowStochasticLaws.SOFTMAX, new StreamedCopy() {
        @Override
        float exponential(float z) {
            return z < -9 ? 0 : super.exponential(z);
        }
    }),

    /** One block for all keys: one sum after another in float32. */
    FLOAT_ACCUMULATION(Suites.Attention.class, RowStochasticLaws.LONG_ROWS, new StreamedCopy() {
        @Override
        int block(Head head) {
            return head.columns();
        }
    }),

    /** Numerators are not divided by their sum where it is near 1. */
    NOT_ALWAYS_NORMALISED(Suites.Attention.class, RowStochasticLaws.BETWEEN, new StreamedCopy() {
        @Override
        float normalised(float values, float sum) {
            return Math.abs(sum - 1) < 0.5f ? values : super.normalised(values, sum);
        }
    }),

    /** A weight goes round to the other side of zero. */
    WEIGHT_NEGATED(Suites.Attention.class, RowStochasticLaws.NO_NEGATIVE_PROBABILITY, new StreamedCopy() {
        @Override
        float exponential(float z) {
            return z == 0 ? 1 : z > -0.5f ? super.exponential(z) : -super.exponential(z);
        }
    }),

    /** The place of a key counts. */
    KEYS_BY_PLACE(Suites.Attention.class, RowStochasticLaws.ORDER, new StreamedCopy() {
        @Override
        float logWeight(Head head, int query, int key) {
            return super.logWeight(head, query, key) + key / 1000f;
        }
    }),

    /** The first query's scores bound those of all. */
    QUERIES_SHARE_A_SCORE(Suites.Attention.class, RowStochasticLaws.ALONE, new StreamedCopy() {
        @Override
        float logWeight(Head head, int query, int key) {
            return Math.min(super.logWeight(head, query, key), 2 + Math.abs(super.logWeight(head, 0, key)));
        }
    }),

    /** Scores saturate. */
    SCORES_CLIPPED(Suites.Attention.class, GaugeLaws.KEY_GAUGE, new StreamedCopy() {
        @Override
        float logWeight(Head head, int query, int key) {
            return Math.clamp(super.logWeight(head, query, key), -5, 5);
        }
    }),

    /** Short queries for zero. */
    SMALL_ENTRIES_FOR_ZERO(Suites.Attention.class, GaugeLaws.UNITS, new StreamedCopy() {
        @Override
        float product(Head head, int query, int key) {
            return Math.abs(head.keys()[key * head.d()]) < 0.2f ? 0 : super.product(head, query, key);
        }
    }),

    /** Results are rounded to steps. */
    RESULTS_IN_STEPS(Suites.Attention.class, ClosureLaws.COMPOSED, new StreamedCopy() {
        @Override
        float normalised(float values, float sum) {
            return Math.round(super.normalised(values, sum) * 1024) / 1024f;
        }
    }),

    /** A part is lost on the way. */
    LEAKING(Suites.Attention.class, ClosureLaws.SUMS_OF_PRODUCTS, new StreamedCopy() {
        @Override
        float normalised(float values, float sum) {
            return super.normalised(values, sum * 1.0001f);
        }
    }),

    /** A buffer that is handed out again and again. */
    RESULT_REUSED(Suites.Attention.class, DeterminismLaws.RESULT_KEPT, new StreamedCopy() {
        private float[] buffer = new float[0];

        @Override
        public float[] apply(Head head) {
            float[] out = super.apply(head);
            buffer = buffer.length == out.length ? buffer : new float[out.length];
            System.arraycopy(out, 0, buffer, 0, out.length);
            return buffer;
        }
    }),

    /** A sum that is not cleared. */
    SUM_NOT_CLEARED(Suites.Attention.class, DeterminismLaws.NO_MEMORY, new StreamedCopy() {
        private float left;

        @Override
        float normalised(float values, float sum) {
            float result = super.normalised(values, sum + left);
            left = Math.abs(result) / 1000;
            return result;
        }
    }),

    /** A random start. */
    RANDOM_ROUNDING(Suites.Attention.class, DeterminismLaws.REPEATED, new StreamedCopy() {
        @Override
        float normalised(float values, float sum) {
            float result = super.normalised(values, sum);
            return Math.random() < 0.5 ? result : Math.nextUp(result);
        }
    }),

    /** Queries are scaled where they lie. */
    QUERIES_SCALED_IN_PLACE(Suites.Attention.class, DeterminismLaws.INPUT_KEPT, new StreamedCopy() {
        @Override
        public float[] apply(Head head) {
            for (int i = 0; i < head.queries().length; i++) {
                head.queries()[i] *= 0.5f;
            }
            return super.apply(head);
        }
    }),

    /** Threads share out the keys. */
    SUMS_BY_THREAD(Suites.Attention.class, DeterminismLaws.THREADS, new StreamedCopy() {
        private int parts = 1;

        @Override
        public float[] apply(Head head, int threads) {
            parts = threads;
            return super.apply(head);
        }

        @Override
        int block(Head head) {
            return Math.max(1, head.columns() / parts);
        }
    }),

    /** Rows are taken to lie one after the other. */
    GAPS_IGNORED(Suites.Attention.class, DeterminismLaws.PLACEMENT, new StreamedCopy() {
        @Override
        float[] taken(float[] placed, Placement placement, int rows, int columns) {
            return Arrays.copyOfRange(placed, placement.offset(), placement.offset() + rows * columns);
        }
    }),

    /** The key's own score is not taken off. */
    SELF_SCORE_LEFT_OUT(Suites.Backward.class, RowStochasticLaws.SOFTMAX, new MatrixCopy(LogKernel.BACKWARD, false) {
        @Override
        float logWeight(Head head, int i, int j) {
            return score(head, j, i);
        }
    }),

    /** Rows for columns. */
    WRONG_AXIS(Suites.Columns.class, ColumnStochasticLaws.UNIT_COLUMNS, new MatrixCopy(LogKernel.FORWARD, false)),

    /** Columns for rows. */
    OTHER_AXIS(Suites.Backward.class, RowStochasticLaws.UNIT_ROWS, new MatrixCopy(LogKernel.BACKWARD, true)),

    /** The last column keeps its numerators, the largest of which is 1. */
    COLUMN_UNNORMALISED(Suites.Columns.class, ColumnStochasticLaws.UNIT_COLUMNS, new MatrixCopy(LogKernel.FORWARD, true) {
        @Override
        void normalise(float[][] z, int line) {
            super.normalise(z, line);
            for (int i = 0; i < z.length && line > 0 && line == z.length - 1; i++) {
                z[i][line] *= 2;
            }
        }
    }),

    /** The query's own score does not cancel down a column. */
    OWN_SCORE_CANCELLED(Suites.Columns.class, ColumnStochasticLaws.COLUMN_SOFTMAX, new MatrixCopy(LogKernel.SCORES, true)),

    /** The same, for a law of sums: a mass that depends on who asks. */
    MASS_LOST(Suites.Columns.class, ColumnStochasticLaws.CONSERVED, new MatrixCopy(LogKernel.FORWARD, true) {
        @Override
        void normalise(float[][] z, int line) {
            super.normalise(z, line);
            z[0][line] = z[0][line] < 0.2f ? 0 : z[0][line];
        }
    }),

    /** {@code tau |q_i - q_j|^2}, as if keys were queries. */
    KEYS_TAKEN_FOR_QUERIES(Suites.Diffusion.class, ProductOfExpertsLaws.PRODUCT, new MatrixCopy(LogKernel.SYMMETRIC, false) {
        @Override
        float score(Head head, int query, int key) {
            return super.score(head.withKeys(head.queries()), query, key);
        }
    }),

    /** Distances are taken not to be negative. */
    DIVERGENCE_CLAMPED(Suites.Diffusion.class, ProductOfExpertsLaws.AGREEMENT, new MatrixCopy(LogKernel.SYMMETRIC, false) {
        @Override
        float logWeight(Head head, int i, int j) {
            return Math.min(0, super.logWeight(head, i, j));
        }
    }),

    /** One expert twice. */
    ONE_EXPERT(Suites.Diffusion.class, ProductOfExpertsLaws.EXCHANGE, new MatrixCopy(LogKernel.SYMMETRIC, false) {
        @Override
        float logWeight(Head head, int i, int j) {
            return 2 * (score(head, i, j) - score(head, i, i));
        }
    }),

    /** The experts do not weigh the same. */
    UNEQUAL_EXPERTS(Suites.Diffusion.class, ReversibilityLaws.CYCLES, new MatrixCopy(LogKernel.SYMMETRIC, false) {
        @Override
        float logWeight(Head head, int i, int j) {
            return super.logWeight(head, i, j) + 0.1f * score(head, i, j);
        }
    }),

    /** Rows that are divided by a power of their density. */
    BALANCE_LOST(Suites.Diffusion.class, ReversibilityLaws.DETAILED_BALANCE, new MatrixCopy(LogKernel.SYMMETRIC, false) {
        @Override
        float logWeight(Head head, int i, int j) {
            return super.logWeight(head, i, j) + (i < j ? 1e-3f : 0);
        }
    }),

    /** A vector added to all queries is felt. */
    QUERIES_NOT_CENTRED(Suites.Diffusion.class, GaugeLaws.QUERY_GAUGE, new MatrixCopy(LogKernel.SYMMETRIC, false) {
        @Override
        float score(Head head, int query, int key) {
            return Math.round(super.score(head, query, key) * 4096) / 4096f * (1 + 1e-4f * Math.abs(head.queries()[0]));
        }
    }),

    /** The opposite phase. */
    WRONG_PHASE_SIGN(Suites.Magnetic.class, MagneticLaws.PHASE, magnetic(charge -> new MagneticCopy(-charge))),

    /** Half of the direction. */
    FORWARD_PHASE(Suites.Magnetic.class, MagneticLaws.HERMITIAN, magnetic(charge -> new MagneticCopy(charge) {
        @Override
        float direction(Head head, int i, int j) {
            return score(head, i, i) - score(head, i, j);
        }
    })),

    /** Self-scores are left out of the direction: phases do not turn as they should. */
    PHASE_WITHOUT_SELF_SCORES(Suites.Magnetic.class, MagneticLaws.U1, magnetic(charge -> new MagneticCopy(charge) {
        @Override
        float direction(Head head, int i, int j) {
            return score(head, j, i) - score(head, i, j);
        }
    })),

    /** A cosine of small angles. */
    PHASE_NOT_REDUCED(Suites.Magnetic.class, MagneticLaws.UNIT_MODULI, magnetic(charge -> new MagneticCopy(charge) {
        @Override
        float cosine(float phase) {
            return Math.max(-1, 1 - phase * phase / 2 + phase * phase * phase * phase / 24);
        }
    })),

    /** A charge of zero for the usual one. */
    NO_CHARGE_TAKEN_FOR_THE_USUAL(Suites.Magnetic.class, MagneticLaws.UNCHARGED,
            magnetic(charge -> new MagneticCopy(charge == 0 ? 0.25 : charge))),

    /** The charge by its size. */
    CHARGE_BY_SIZE(Suites.Magnetic.class, MagneticLaws.OPPOSITE, magnetic(charge -> new MagneticCopy(Math.abs(charge)))),

    /** Probabilities that sum to 2. */
    WEIGHTS_TWICE(Suites.Magnetic.class, MagneticLaws.SPECTRUM, magnetic(charge -> new MagneticCopy(charge) {
        @Override
        float[][] weights(Head head) {
            float[][] p = super.weights(head);
            for (float[] row : p) {
                for (int j = 0; j < row.length; j++) {
                    row[j] *= 2;
                }
            }
            return p;
        }
    })),

    /** Columns are right, for their potential came last, and rows are not looked at. */
    ROWS_NOT_LOOKED_AT(Suites.Plans.class, BistochasticLaws.COUPLING_ROWS, new SinkhornCopy() {
        @Override
        double rowError(float[][] coupling, double[] mu) {
            return 0;
        }
    }),

    /** The potential of columns is left out of the coupling. */
    POTENTIAL_LEFT_OUT(Suites.Plans.class, BistochasticLaws.COUPLING_COLUMNS, new SinkhornCopy() {
        @Override
        float[][] coupling(float[][] z, double[] u, double[] v) {
            float[][] coupling = super.coupling(z, u, new double[v.length]);
            for (float[] row : coupling) {
                float sum = 0;
                for (float entry : row) {
                    sum += entry;
                }
                for (int j = 0; j < row.length; j++) {
                    row[j] /= sum;
                }
            }
            return coupling;
        }

        @Override
        double rowError(float[][] coupling, double[] mu) {
            return 0;
        }
    }),

    /** Masses of rows for those of columns. */
    MASSES_EXCHANGED(Suites.Plans.class, BistochasticLaws.COUPLING_ROWS, new SinkhornCopy() {
        @Override
        double[] rowMasses(Head head) {
            return head.rows() == head.columns() ? head.columnMasses() : head.rowMasses();
        }

        @Override
        double[] columnMasses(Head head) {
            return head.rows() == head.columns() ? head.rowMasses() : head.columnMasses();
        }
    }),

    /** A little mass everywhere, lest a logarithm be infinite. */
    NO_MASS_TAKEN_FOR_LITTLE(Suites.Plans.class, BistochasticLaws.ZERO_MASSES, new SinkhornCopy() {
        @Override
        double[] rowMasses(Head head) {
            return lifted(super.rowMasses(head));
        }
    }),

    /** A coupling of scores at another temperature is bistochastic all the same. */
    PLAN_OF_OTHER_SCORES(Suites.Plans.class, BistochasticLaws.CROSS_RATIOS, new SinkhornCopy() {
        @Override
        float logWeight(Head head, int i, int j) {
            return 1.01f * super.logWeight(head, i, j);
        }
    }),

    /** An iteration that gives up at once. */
    GIVES_UP(Suites.Plans.class, BistochasticLaws.CONVERGES, new SinkhornCopy() {
        @Override
        double rowError(float[][] coupling, double[] mu) {
            return mu.length > 3 ? 1 : super.rowError(coupling, mu);
        }
    }),

    /** The stationary distribution of the chain run by its columns. */
    LAW_OF_THE_TRANSPOSE(Suites.Chains.class, CurrentsLaws.STATIONARY, new ChainCopy() {
        @Override
        double[] stationary(double[][] transitions) {
            double[][] transposed = new double[transitions.length][transitions.length];
            for (int i = 0; i < transposed.length; i++) {
                for (int j = 0; j < transposed.length; j++) {
                    transposed[i][j] = transitions[j][i];
                }
            }
            return super.stationary(transposed);
        }
    }),

    /** Powers of the chain, too few. */
    LAW_AFTER_A_FEW_STEPS(Suites.Chains.class, CurrentsLaws.NO_DIVERGENCE, new ChainCopy() {
        @Override
        double[] stationary(double[][] transitions) {
            double[] stationary = new double[transitions.length];
            Arrays.fill(stationary, 1.0 / stationary.length);
            for (int step = 0; step < 50; step++) {
                double[] next = new double[stationary.length];
                for (int i = 0; i < stationary.length; i++) {
                    for (int j = 0; j < stationary.length; j++) {
                        next[j] += stationary[i] * transitions[i][j];
                    }
                }
                stationary = next;
            }
            return stationary;
        }
    }),

    /** Flows added. */
    TRAFFIC_FOR_CURRENT(Suites.Chains.class, CurrentsLaws.CURRENT, new ChainCopy() {
        @Override
        double current(double flow, double back) {
            return flow + back;
        }
    }),

    /** Sizes of currents. */
    CURRENT_BY_SIZE(Suites.Chains.class, CurrentsLaws.ANTISYMMETRIC, new ChainCopy() {
        @Override
        double current(double flow, double back) {
            return Math.abs(flow - back);
        }
    }),

    /** Each pair of states counted twice. */
    ENTROPY_TWICE(Suites.Chains.class, CurrentsLaws.RING, new ChainCopy() {
        @Override
        double produced(double flow, double back) {
            return 2 * super.produced(flow, back);
        }
    }),

    /** Steps without a way back are passed over. */
    ONE_WAY_STEPS_PASSED_OVER(Suites.Chains.class, CurrentsLaws.ENTROPY, new ChainCopy() {
        @Override
        double produced(double flow, double back) {
            return flow == 0 || back == 0 ? 0 : super.produced(flow, back);
        }
    }),

    /** The affinity the wrong way round. */
    ENTROPY_CONSUMED(Suites.Chains.class, CurrentsLaws.NOT_NEGATIVE, new ChainCopy() {
        @Override
        double produced(double flow, double back) {
            return -super.produced(flow, back);
        }
    }),

    /** What flows, and not what is left of it both ways. */
    FLOW_FOR_CURRENT_IN_ENTROPY(Suites.Chains.class, CurrentsLaws.EQUILIBRIUM, new ChainCopy() {
        @Override
        double produced(double flow, double back) {
            return flow == 0 ? 0 : flow * Math.abs(Math.log(flow + 1e-300));
        }
    });

    private final Class<?> suite;
    private final Law law;
    private final Object subject;

    Fault(Class<?> suite, Law law, Object subject) {
        this.suite = suite;
        this.law = law;
        this.subject = subject;
    }

    private static DoubleFunction<OperatorUnderTest> magnetic(DoubleFunction<OperatorUnderTest> ofCharge) {
        return ofCharge;
    }

    Class<?> suite() {
        return suite;
    }

    /** The law that has to catch it. */
    Law law() {
        return law;
    }

    /** What is installed for the suite. */
    Object subject() {
        return subject;
    }
}
