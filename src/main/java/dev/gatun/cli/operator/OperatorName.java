package dev.gatun.cli.operator;

import dev.gatun.Divergence;
import dev.gatun.Scores;
import dev.gatun.cli.input.EnumConverter;
import dev.gatun.io.NpyType;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * The operators of the command line by name. A constant states which sums are 1, the divergence in the exponent, the type of an entry
 * and how the operator is made; the rest follows from that, or is overridden where it does not.
 */
public enum OperatorName {
    ATTENTION(Sums.ROWS, Divergence.FORWARD, (scores, options) -> OperatorResult.of(scores.attention())),
    ATTENTION_COLUMN(Sums.COLUMNS, Divergence.FORWARD, (scores, options) -> OperatorResult.of(scores.attentionColumn())),
    BACKWARD(Sums.ROWS, Divergence.BACKWARD, (scores, options) -> OperatorResult.of(scores.backward())),
    BACKWARD_COLUMN(Sums.COLUMNS, Divergence.BACKWARD, (scores, options) -> OperatorResult.of(scores.backwardColumn())),
    DIFFUSION(Sums.ROWS, Divergence.SYMMETRIC,
            (scores, options) -> OperatorResult.of(scores.diffusion(options.diffusion().alpha()))),
    BISTOCHASTIC(Divergence.FORWARD),
    BISTOCHASTIC_BACKWARD(Divergence.BACKWARD),
    BISTOCHASTIC_DIFFUSION(Divergence.SYMMETRIC),
    MAGNETIC(Sums.ROWS, Divergence.SYMMETRIC, NpyType.COMPLEX64,
            (scores, options) -> OperatorResult.of(scores.magnetic(options.diffusion().charge(), options.diffusion().alpha()))),

    /** Its exponent combines the scores of both directions, and is no divergence. */
    CIRCULATION(Sums.ROWS, null, (scores, options) -> OperatorResult.of(options.circulation().of(scores))) {
        @Override
        public boolean hasSymmetricKernel(OperatorOptions options) {
            return options.circulation().isSymmetric();
        }

        @Override
        public void requireMatrix(OperatorOptions options) {
            options.circulation().requireMatrix();
        }
    };

    /** Which sums are 1. */
    private enum Sums {
        ROWS, COLUMNS, BOTH
    }

    private final Sums sums;
    private final Divergence divergence;
    private final NpyType type;
    private final BiFunction<Scores, OperatorOptions, OperatorResult> maker;

    OperatorName(Sums sums, Divergence divergence, NpyType type, BiFunction<Scores, OperatorOptions, OperatorResult> maker) {
        this.sums = sums;
        this.divergence = divergence;
        this.type = type;
        this.maker = maker;
    }

    OperatorName(Sums sums, Divergence divergence, BiFunction<Scores, OperatorOptions, OperatorResult> maker) {
        this(sums, divergence, NpyType.FLOAT32, maker);
    }

    /** A coupling, found by a Sinkhorn solve. */
    OperatorName(Divergence divergence) {
        this(Sums.BOTH, divergence, (scores, options) -> OperatorResult.of(scores.sinkhorn(divergence, options.sinkhorn())));
    }

    /** Reads a name. */
    public static final class Converter extends EnumConverter<OperatorName> {

        /** Every name is accepted. */
        public Converter() {
            super(OperatorName.class);
        }

        @Override
        protected String fault() {
            return "is unknown; the operators are " + String.join(", ", labels(name -> true));
        }
    }

    /** The names that {@code apply} and {@code matrix} take, for help. */
    public static final class All implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return labels(name -> true).iterator();
        }
    }

    /** The names of Markov chains, for help. */
    public static final class Chains implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return labels(name -> !name.isComplex()).iterator();
        }
    }

    /** The names of operators with a real spectrum, for help. */
    public static final class Reversible implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return labels(OperatorName::isReversible).iterator();
        }
    }

    /** The labels of those that are wanted, in order. */
    public static List<String> labels(Predicate<OperatorName> wanted) {
        return Arrays.stream(values()).filter(wanted).map(OperatorName::label).toList();
    }

    /** The name on the command line. */
    public String label() {
        return EnumConverter.label(this);
    }

    /** Whether the row sums, of moduli if it is complex, are 1. */
    public boolean normalisesRows() {
        return sums != Sums.COLUMNS;
    }

    /** Whether the column sums are 1. */
    public boolean normalisesColumns() {
        return sums != Sums.ROWS;
    }

    /** Whether row and column sums are 1, which takes a Sinkhorn solve. */
    public boolean isBistochastic() {
        return sums == Sums.BOTH;
    }

    /** Whether detailed balance holds: its asymmetry is zero up to rounding. */
    public boolean isReversible() {
        return divergence == Divergence.SYMMETRIC;
    }

    /** Whether its log-kernel is symmetric, so that it has no curl even if the scores have. */
    public boolean hasSymmetricKernel(OperatorOptions options) {
        return isReversible();
    }

    /** Whether it compares a token with itself, so that query i and key i must be the same token. */
    public boolean needsSelfScores() {
        return divergence != Divergence.FORWARD;
    }

    /**
     * Whether the scores {@code s_ii} of one sequence remain in its entries, so that no token may be forbidden to see itself.
     * {@code s_ii - s_ij} loses them where its rows are normalised, {@code s_jj - s_ji} where its columns are.
     */
    public boolean needsVisibleSelf() {
        return switch (divergence) {
            case FORWARD -> !normalisesRows();
            case BACKWARD -> !normalisesColumns();
            case SYMMETRIC -> true;
            case null -> false;
        };
    }

    /** The inner products of d components in an exponent. */
    public int scoresPerEntry() {
        return divergence == Divergence.FORWARD || divergence == Divergence.BACKWARD ? 1 : 2;
    }

    /** The type of an entry in a file. */
    public NpyType type() {
        return type;
    }

    /** The float32 numbers in an entry. */
    public int floats() {
        return type.bytes() / Float.BYTES;
    }

    /** Whether its entries are complex. */
    public boolean isComplex() {
        return floats() > 1;
    }

    /** @throws dev.gatun.cli.output.Fault if what these options apply to values is not the product with a matrix */
    public void requireMatrix(OperatorOptions options) {
    }

    /** The operator of this name on {@code scores}. */
    public OperatorResult of(Scores scores, OperatorOptions options) {
        return maker.apply(scores, options);
    }
}
