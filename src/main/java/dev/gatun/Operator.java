package dev.gatun;

import dev.gatun.internal.head.CrossScores;
import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.head.WideEntries;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.pass.BlockPass;
import dev.gatun.kernel.pass.ColumnPass;
import dev.gatun.kernel.pass.ConjugateTiles;
import dev.gatun.kernel.pass.SinkhornPass;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A normalised exponential of scores, {@code P_ij = exp(z_ij + u_i + v_j)}: its product with values streamed in
 * {@code O(N d)} memory, and its matrix when asked for. Made by {@link Scores}.
 *
 * <p>What it reads must stay open; it may be applied any number of times.
 */
public final class Operator {

    /** Which normalisation of which log-kernel. */
    enum Kind {
        ATTENTION(Normalised.ROWS, false, false), ATTENTION_COLUMN(Normalised.COLUMNS, false, true),
        BACKWARD(Normalised.ROWS, true, true), BACKWARD_COLUMN(Normalised.COLUMNS, true, false),
        DIFFUSION(Normalised.ROWS, true, true), CIRCULATION(Normalised.ROWS, true, false),
        BISTOCHASTIC(Normalised.BOTH, false, false);

        private final Normalised normalised;
        private final boolean selfScores;
        private final boolean needsSeen;

        /**
         * @param selfScores whether tokens are compared with themselves or each other
         * @param needsSeen  whether self-scores do not cancel, so that every token must be allowed to see itself
         */
        Kind(Normalised normalised, boolean selfScores, boolean needsSeen) {
            this.normalised = normalised;
            this.selfScores = selfScores;
            this.needsSeen = needsSeen;
        }

        /** Its name in sentences. */
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The largest error of sums up to which the uniform distribution counts as stationary. */
    private static final double UNIFORM_ERROR = 1e-3;

    private final Scores scores;
    private final Kind kind;
    private final double[] parameters;
    private final Divergence divergence;
    private final SinkhornResult potentials;
    private final double[][] drive;

    /**
     * @param parameters alpha or the circulation, one for all heads or one for each
     */
    private Operator(Scores scores, Kind kind, double[] parameters, Divergence divergence, SinkhornResult potentials,
                     double[][] drive) {
        this.scores = scores;
        this.kind = kind;
        this.parameters = parameters;
        this.divergence = divergence;
        this.potentials = potentials;
        this.drive = drive;
    }

    static Operator of(Scores scores, Kind kind) {
        return of(scores, kind, 0.0);
    }

    static Operator of(Scores scores, Kind kind, double... parameters) {
        if (kind.selfScores) {
            scores.requireSelfScores(kind.label());
        }
        if (kind.needsSeen && scores.within()) {
            scores.requireSeen(kind.label());
        }
        return new Operator(scores, kind, parameters, null, null, null);
    }

    static Operator bistochastic(Scores scores, Divergence divergence, SinkhornResult potentials) {
        return new Operator(scores, Kind.BISTOCHASTIC, new double[1], divergence, potentials, null);
    }

    /**
     * With {@code potential} added to each head's columns, in units of log 2, beside what drives it already, and its rows
     * normalised anew.
     */
    Operator driven(double[][] potential) {
        double[][] sum = potential;
        if (drive != null) {
            sum = new double[potential.length][];
            for (int head = 0; head < sum.length; head++) {
                sum[head] = Scaling.sum(drive[head], potential[head]);
            }
        }
        return new Operator(scores, kind, parameters, divergence, potentials, sum);
    }

    /**
     * The Schroedinger bridge of this chain over some steps: of all chains that take the row marginals to the column marginals
     * in {@code steps} steps the one nearest to it (Schroedinger 1931),
     * {@code phi^_0 (P^T phi_T) = mu} and {@code ((P')^T phi^_0) phi_T = nu}, entry by entry. No power of P is formed. Over
     * one step this is the static bridge. There is none where the chain leads from a row with mass to no column with mass, or
     * to a column with mass from no row with mass.
     *
     * @param steps   T, at least 1
     * @param options tolerance, iterations, whether plain, and the marginals mu at time 0 and nu at time T; a bridge keeps no
     *                kernel and begins anew
     * @throws IllegalArgumentException if the operator's rows are not normalised, N and M differ, or over more steps than one
     *                                  those of a packed sequence, marginals are relaxed, or scores are too large
     */
    public BridgeResult bridge(int steps, Sinkhorn options) {
        Checks.positive(steps, "steps");
        if (kind.normalised == Normalised.COLUMNS) {
            throw new IllegalArgumentException("a bridge needs a chain whose rows sum to 1; the columns of %s do"
                    .formatted(kind.label()));
        }
        scores.requireSelfScores("a bridge");
        if (steps > 1) {
            scores.requireChain("a bridge over %s steps".formatted(steps));
        }
        if (options.isRelaxed()) {
            throw new IllegalArgumentException("a bridge enforces its marginals; relaxed ones are for Scores.sinkhorn");
        }
        int count = scores.count();
        options.requireFitting(count, rows(), columns());
        BridgeSolution[] solutions = new BridgeSolution[count];
        HeadLoop.run(scores.workers().crew(), count, (head, room) -> {
            HeadScores inputs = scores.head(head);
            return new BridgeTask(scores, mask(head, inputs), pieces -> chain(head, inputs, pieces), steps, options, head, solutions);
        });
        return new BridgeResult(this, steps, Arrays.asList(solutions));
    }

    /** The operator of one head with its rows normalised, in double precision. */
    private Scaling chain(int head, HeadScores inputs, HeadLoop.Pieces pieces) {
        LogKernel kernel = logKernel(head, inputs, Normalised.BOTH);
        return Scaling.ofRows(kernel, columnPotential(head, kernel, pieces), pieces, false);
    }

    /** {@code P other}, not formed: other is applied first. */
    public OperatorProduct times(Operator other) {
        return OperatorProduct.of(this, other);
    }

    /**
     * {@code P^n}, not formed: n steps of the chain. Of any n it takes the memory of three results.
     *
     * @throws IllegalArgumentException if n is below 1, N and M differ, or the scores are across two sequences
     */
    public OperatorProduct power(int n) {
        if (n > 1) {
            scores.requireSelfScores("a power");
        }
        return OperatorProduct.power(this, n);
    }

    /** The number of heads in all. */
    int count() {
        return scores.count();
    }

    /** The number of rows, N. */
    public int rows() {
        return scores.rows();
    }

    /** The number of columns, M. */
    public int columns() {
        return scores.columns();
    }

    /** One head: see {@link #apply(Heads, Heads)}. */
    public void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * {@code out = P v}, head by head, the matrix P never stored. A row that sees nothing gives zeros.
     *
     * <p>Queries, keys and values count as they are now, not as they were when the operator was made: all of their entries are
     * checked before the first result is written. What another thread changes during the call is not covered.
     *
     * @param v   values {@code (..., G, M, C)}, G dividing the heads of the queries
     * @param out {@code (..., H, N, C)}, written whole; shares no entry with an input
     * @throws IllegalArgumentException if shapes do not go together, an entry of queries, keys or v is not finite, scores are
     *                                  too large to be told apart, or out overlaps an input or is read-only; then nothing
     *                                  has been written
     */
    public void apply(Heads v, Heads out) {
        Checks.given(v, "v");
        scores.requireProduct(v, out, v.columns());
        scores.run(growth(), (inputs, head) -> logKernel(head, inputs),
                (head, room) -> new Product(head, room, v.view(), out.view()));
    }

    /** What the result of a product asks of its memory. */
    void requireOutput(Heads v, Heads out) {
        scores.requireOutput(out, v.columns());
        Checks.distinct(out.view(), v.view(), "v");
    }

    /** That what is written there changes nothing that the operator is made of. */
    void requireApart(Heads out) {
        scores.requireApart(out);
    }

    /** One head's product with its values. */
    private final class Product implements HeadLoop.Task {
        private final int head;
        private final HeadScores inputs;
        private final Values values;
        private final float[] wideValues;
        private final TensorView out;
        private final float[] product;

        Product(int head, HeadMemory room, TensorView v, TensorView out) {
            this.head = head;
            this.inputs = scores.uncheckedHead(head, room);
            this.values = room.values(v, scores.grouped(v, head));
            this.wideValues = potentials != null && drive == null && potentials.wide(head) ? copy(v, scores.grouped(v, head)) : null;
            this.out = out;
            this.product = room.product(out);
        }

        private static float[] copy(TensorView values, int index) {
            float[] entries = new float[ArrayLength.of(values.rows(), values.columns())];
            values.copyTo(index, entries);
            return entries;
        }

        @Override
        public void compute(HeadLoop.Pieces pieces) {
            LogKernel columns = kind.normalised == Normalised.COLUMNS ? logKernel(head, inputs) : null;
            if (kind.normalised == Normalised.ROWS || drive != null) {
                RowKernel rows = rowKernel(head, inputs, pieces);
                BlockPass pass = new BlockPass(rows.kernel, rows.v);
                pieces.each(pass.blocks(), (block, scratch) ->
                        pass.softmax(block, scratch.tile, values.panel(), product));
            } else if (columns != null && !columns.isFloat64()) {
                computeColumns(new ColumnPass(columns, values.panel()), pieces);
            } else {
                Scaling scaling = scaling(head, inputs, pieces);
                if (scaling.wide()) {
                    WideEntries entries = new WideEntries(scaling.kernel(), scaling.u(), scaling.v());
                    pieces.each(Lanes.blocks(rows()), (block, scratch) ->
                            entries.multiply(block, scratch, wideValues, out.columns(), product));
                    return;
                }
                BlockPass pass = new BlockPass(scaling.kernel(), scaling.v());
                ValuePanel scaled = pass.scaledValues(values.panel());
                pieces.each(pass.blocks(), (block, scratch) ->
                        pass.scaled(block, scratch.tile, scaling.u(), scaled, product));
            }
        }

        private void computeColumns(ColumnPass pass, HeadLoop.Pieces pieces) {
            for (int g = 0; g < pass.groups(); g++) {
                int group = g;
                pieces.each(pass.blocks(), (block, scratch) -> pass.exponentiate(group, block, scratch.tile));
                pass.normalise(group);
                pieces.each(pass.blocks(), (block, scratch) -> pass.accumulate(group, block, scratch.tile));
            }
            pieces.each(pass.blocks(), (block, scratch) -> pass.write(block, scratch.tile, product));
        }

        @Override
        public void finish() {
            if (wideValues == null) {
                values.restore(product, 0, product.length);
            }
            out.set(head, product, 0, out.rows());
        }
    }

    /** One head: see {@link #matrix(Heads)}. */
    public void matrix(Matrix out) {
        matrix(Heads.of(out));
    }

    /**
     * Writes the operator itself, of queries and keys as they are now.
     *
     * @param out {@code (..., H, N, M)}, written whole; masked entries are zeros
     * @throws IllegalArgumentException if the shape is another, an entry of queries or keys is not finite, scores are too large
     *                                  to be told apart, or out overlaps an input or is read-only; then nothing has been written
     */
    public void matrix(Heads out) {
        scores.requireOutput(out, columns());
        scores.requireMeasurable(growth(), (inputs, head) -> logKernel(head, inputs));
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        for (int head = 0; head < scores.count(); head++) {
            Scaling scaling = scaling(head, scores.uncheckedHead(head), pieces);
            scaling.write(pieces, out.view(), head);
        }
    }

    /**
     * How near head {@code index} comes to what it should be: sums of rows and columns as its float entries are, and
     * its asymmetry. Streamed; reads every entry twice.
     */
    public OperatorSums sums(int index) {
        Checks.index(index, scores.count(), "head");
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        return OperatorSums.of(scaling(index, scores.headInPlace(index), pieces).sums(pieces));
    }

    /**
     * The symmetric conjugate of head {@code index}, of diffusion and of the coupling of a symmetric divergence: of
     * {@code softmax_j(z_ij + v_j)}, its rows made to sum to 1, whatever its marginals are and whether they are enforced or relaxed.
     *
     * @throws IllegalArgumentException if the operator is another, or a causal mask, sequences of other queries than keys or a
     *                                  backward pair of its own leave the kernel not symmetric
     */
    public Conjugate conjugate(int index) {
        requireSymmetric(index, "a symmetric conjugate");
        HeadScores inputs = scores.head(index);
        return new Conjugate(rows(), false, scores.workers(), new ConjugateFormer(index, inputs));
    }

    private void requireSymmetric(int index, String what) {
        boolean symmetric = kind == Kind.DIFFUSION || kind == Kind.BISTOCHASTIC && divergence == Divergence.SYMMETRIC;
        if (!symmetric || drive != null) {
            throw new IllegalArgumentException("%s is that of diffusion or bistochastic diffusion, not of %s".formatted(what,
                    drive == null ? kind.label() : "a driven operator"));
        }
        Checks.index(index, scores.count(), "head");
        scores.requireSymmetric(what);
    }

    /**
     * The Markov chain of head {@code index}. That of a column-stochastic operator runs along its columns: it is the chain of the
     * transpose. A plan's rows are made to sum to 1, whatever its marginals.
     *
     * @throws IllegalArgumentException if N and M differ, a sequence has other queries than keys, or a token sees nothing
     */
    public Transitions transitions(int index) {
        Checks.index(index, scores.count(), "head");
        scores.requireChain("a Markov chain");
        HeadScores inputs = scores.head(index);
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        LogKernel kernel = logKernel(index, inputs, Normalised.BOTH);
        if (kind.normalised == Normalised.COLUMNS) {
            return new Transitions(LogTransitions.of(kernel.transposed(), null, LogTransitions.Law.UNKNOWN, inputs.greatestScore(),
                    pieces));
        }
        LogTransitions.Law law = law(index, inputs);
        return new Transitions(LogTransitions.of(kernel, chainPotential(index, kernel, pieces), law, inputs.greatestScore(), pieces));
    }

    /** {@link #columnPotential}, in double precision throughout. */
    private double[] chainPotential(int index, LogKernel kernel, HeadLoop.Pieces pieces) {
        if (kind == Kind.DIFFUSION && parameter(index) != 0) {
            double[] own = Scaling.alphaPotential(LogTransitions.logSums(kernel, pieces), parameter(index));
            return drive == null ? own : Scaling.sum(own, drive[index]);
        }
        return columnPotential(index, kernel, pieces);
    }

    /** What is known of the stationary distribution of a head. */
    private LogTransitions.Law law(int index, HeadScores inputs) {
        if (drive != null) {
            return LogTransitions.Law.UNKNOWN;
        }
        boolean symmetric = scores.symmetric() && switch (kind) {
            case DIFFUSION -> true;
            case BISTOCHASTIC -> divergence == Divergence.SYMMETRIC;
            case ATTENTION -> inputs.points();
            case CIRCULATION -> parameter(index) == 0 || inputs.points();
            default -> false;
        };
        return symmetric ? LogTransitions.Law.REVERSIBLE
                : kind == Kind.BISTOCHASTIC && uniform(index) ? LogTransitions.Law.UNIFORM : LogTransitions.Law.UNKNOWN;
    }

    /** Whether the sums of a coupling are 1 closely enough for the uniform distribution to be stationary. */
    private boolean uniform(int index) {
        SinkhornSolution solution = potentials.heads().get(index);
        return potentials.bistochastic(index) && Math.max(solution.rowError(), solution.columnError()) <= UNIFORM_ERROR;
    }

    /** The transitions from the tokens of head {@code index} themselves. */
    public Extension extension(int index) {
        requireSymmetric(index, "an extension");
        return extension(index, scores.head(index).crossing());
    }

    /**
     * The transitions from new tokens to those of head {@code index}, of the operators that have a {@link #conjugate(int)}.
     *
     * <p>A new token whose query and key are those of a token of the head is that token: it sees what that one sees, under a zero
     * diagonal all but itself. Of several such tokens it is the one at its own place, or else the first.
     *
     * @param newQ queries of the new tokens, {@code (n, d)}
     * @param newK their keys, {@code (n, d)}
     * @throws IllegalArgumentException as {@link #conjugate(int)}, or if a shape is another or an entry is not finite
     */
    public Extension extension(int index, Matrix newQ, Matrix newK) {
        requireSymmetric(index, "an extension");
        CrossScores crossing = scores.crossing(index, newQ, newK);
        return Extension.of(crossing, extension(index, crossing), own -> extension(index, own));
    }

    private Extension extension(int index, CrossScores crossing) {
        HeadLoop.Pieces pieces = new HeadLoop.Pieces(scores.workers().crew());
        double[] v = columnPotential(index, crossing.head().diffusion(parameter(index)), pieces);
        LogKernel kernel = crossing.symmetric(Math.max(1, Math.abs(parameter(index))));
        boolean factors = kernel.isFloat64() || v == null || Potentials.spread(v, kernel) <= SinkhornPass.MAX_SPREAD;
        BlockPass pass = new BlockPass(factors ? kernel : crossing.symmetric(), v);
        return new Extension(crossing.rows(), columns(), false, (values, out) ->
                pieces.each(pass.blocks(), (block, scratch) -> pass.softmax(block, scratch.tile, values, out)));
    }

    /** The tiles of one head's conjugate. */
    private final class ConjugateFormer implements Conjugate.Former {
        private final int index;
        private final HeadScores inputs;

        ConjugateFormer(int index, HeadScores inputs) {
            this.index = index;
            this.inputs = inputs;
        }

        /**
         * In double precision. The rows of a coupling sum to its row marginals, and within the tolerance of its solve; normalised
         * once more, they sum to 1 within rounding, and the potential of the columns alone is left.
         */
        @Override
        public Conjugate.Weighted weighted(HeadLoop.Pieces pieces) {
            LogKernel kernel = inputs.symmetric(Normalised.BOTH);
            double[] v = columnPotential(index, kernel, pieces);
            return Conjugate.Weighted.of(v, Scaling.logSums(kernel, v, pieces), u -> ConjugateTiles.symmetric(kernel, u));
        }

        /**
         * In single precision {@code 2^(z_ij - (a_i + a_j) / 2)}: half of what rows add makes {@code z_ii} small, and with it all
         * entries. In double precision those of points as they are, for none exceeds 1. A diagonal of 1 keeps sums from being lost,
         * so there must be one.
         */
        @Override
        public ConjugateTiles unweighted() {
            if (kind != Kind.DIFFUSION || inputs.whole().zeroDiagonal()) {
                return null;
            }
            LogKernel kernel = Conjugate.exact(rows()) ? inputs.symmetric(Normalised.BOTH) : inputs.diffusion(parameter(index));
            if (kernel.isFloat64()) {
                return inputs.points() ? ConjugateTiles.symmetric(kernel, new double[rows()]) : null;
            }
            double[] u = new double[rows()];
            Arrays.setAll(u, i -> -kernel.rowOffset(i) / 2);
            ConjugateTiles tiles = ConjugateTiles.symmetric(kernel, u);
            return tiles.factored() ? tiles : null;
        }

        @Override
        public double alpha() {
            return parameter(index);
        }
    }

    private double parameter(int head) {
        return parameters[parameters.length == 1 ? 0 : head];
    }

    /** By what factor parameters make more of scores than they are. */
    private double growth() {
        return 1 + Arrays.stream(parameters).map(Math::abs).max().orElse(0);
    }

    private LogKernel logKernel(int head, HeadScores inputs) {
        return logKernel(head, inputs, drive == null ? kind.normalised : Normalised.BOTH);
    }

    /** What the log-kernel has visible. */
    private Mask mask(int head, HeadScores inputs) {
        return switch (kind) {
            case ATTENTION, ATTENTION_COLUMN -> inputs.mask();
            case BACKWARD, BACKWARD_COLUMN -> inputs.mask(Direction.BACKWARD);
            case DIFFUSION -> inputs.mask(Direction.SYMMETRIC);
            case CIRCULATION -> inputs.circulationMask(parameter(head));
            case BISTOCHASTIC -> inputs.mask(divergence.direction());
        };
    }

    private LogKernel logKernel(int head, HeadScores inputs, Normalised normalised) {
        return switch (kind) {
            case ATTENTION -> inputs.scores(normalised);
            case ATTENTION_COLUMN -> inputs.of(Direction.FORWARD, normalised);
            case BACKWARD, BACKWARD_COLUMN -> inputs.of(Direction.BACKWARD, normalised);
            case DIFFUSION -> normalised == Normalised.ROWS ? inputs.diffusion(parameter(head)) : inputs.symmetric(normalised);
            case CIRCULATION -> inputs.circulation(parameter(head), normalised);
            case BISTOCHASTIC -> inputs.of(divergence.direction(), normalised);
        };
    }

    /** A log-kernel whose rows are normalised, and the potential of its columns. */
    private record RowKernel(LogKernel kernel, double[] v) {
    }

    /**
     * In double precision where the potential is too wide for a factor: alpha times the logarithm of a row sum is, where tokens see
     * other numbers of tokens.
     */
    private RowKernel rowKernel(int head, HeadScores inputs, HeadLoop.Pieces pieces) {
        LogKernel kernel = logKernel(head, inputs);
        double[] v = columnPotential(head, kernel, pieces);
        if (!Potentials.tooWide(v, kernel)) {
            return new RowKernel(kernel, v);
        }
        LogKernel float64 = logKernel(head, inputs, Normalised.BOTH);
        return new RowKernel(float64, columnPotential(head, float64, pieces));
    }

    /** The potential of the columns of an operator whose rows are normalised, in units of log 2: null for none. */
    private double[] columnPotential(int head, LogKernel kernel, HeadLoop.Pieces pieces) {
        double[] own = switch (kind) {
            case DIFFUSION -> parameter(head) == 0 ? null
                    : Scaling.alphaPotential(Scaling.logSums(kernel, null, pieces), parameter(head));
            case BISTOCHASTIC -> Potentials.inLogTwo(potentials.v(head));
            default -> null;
        };
        if (drive == null) {
            return own;
        }
        return own == null ? drive[head] : Scaling.sum(own, drive[head]);
    }

    /** The operator of one head as a scaled exponential. */
    private Scaling scaling(int head, HeadScores inputs, HeadLoop.Pieces pieces) {
        if (kind == Kind.BISTOCHASTIC && drive == null) {
            return Scaling.ofPotentials(inputs, divergence.direction(), potentials.u(head), potentials.v(head),
                    potentials.accuracy(head), potentials.wide(head));
        }
        if (kind.normalised == Normalised.COLUMNS) {
            return Scaling.ofColumns(logKernel(head, inputs), pieces);
        }
        RowKernel rows = rowKernel(head, inputs, pieces);
        return Scaling.ofRows(rows.kernel, rows.v, pieces, kind == Kind.DIFFUSION && drive == null);
    }
}
