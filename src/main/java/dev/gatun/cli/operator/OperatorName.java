package dev.gatun.cli.operator;

import dev.gatun.Divergence;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.io.NpyType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The operators by the names that the command line has for them. */
public enum OperatorName {
    ATTENTION(true, false, null),
    ATTENTION_COLUMN(false, true, null),
    BACKWARD(true, false, null),
    BACKWARD_COLUMN(false, true, null),
    DIFFUSION(true, false, null),
    BISTOCHASTIC(true, true, Divergence.FORWARD),
    BISTOCHASTIC_BACKWARD(true, true, Divergence.BACKWARD),
    BISTOCHASTIC_DIFFUSION(true, true, Divergence.SYMMETRIC),
    MAGNETIC(true, false, null),
    CIRCULATION(true, false, null);

    private final boolean normalisesRows;
    private final boolean normalisesColumns;
    private final Divergence divergence;

    OperatorName(boolean normalisesRows, boolean normalisesColumns, Divergence divergence) {
        this.normalisesRows = normalisesRows;
        this.normalisesColumns = normalisesColumns;
        this.divergence = divergence;
    }

    /** Reads a name. */
    public static final class Converter implements ITypeConverter<OperatorName> {
        @Override
        public OperatorName convert(String text) {
            for (OperatorName name : values()) {
                if (name.label().equals(text)) {
                    return name;
                }
            }
            throw new TypeConversionException("'%s' is unknown; the operators are %s".formatted(text, labels()));
        }
    }

    /** All names, for messages. */
    static String labels() {
        return Arrays.stream(values()).map(OperatorName::label).collect(Collectors.joining(", "));
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether its row sums (of moduli) are 1. */
    public boolean normalisesRows() {
        return normalisesRows;
    }

    /** Whether its column sums are 1. */
    public boolean normalisesColumns() {
        return normalisesColumns;
    }

    /** Whether it takes a Sinkhorn solve to make it. */
    public boolean bistochastic() {
        return divergence != null;
    }

    /** What the Sinkhorn solve of a bistochastic operator starts from. */
    public Divergence divergence() {
        return divergence;
    }

    /** Whether detailed balance holds for it: its asymmetry is zero up to rounding. */
    public boolean reversible() {
        return this == DIFFUSION || this == MAGNETIC || this == BISTOCHASTIC_DIFFUSION;
    }

    /** Whether it compares a token with itself, so that there must be as many queries as keys. */
    public boolean needsSelfScores() {
        return this != ATTENTION && this != ATTENTION_COLUMN && this != BISTOCHASTIC;
    }

    /** Whether self-scores do not cancel within a sequence, so that no token may be forbidden to see itself. */
    public boolean needsSeen() {
        return this == ATTENTION_COLUMN || this == BACKWARD || this == DIFFUSION || this == MAGNETIC || this == BISTOCHASTIC_DIFFUSION;
    }

    /** What its entries are in a file. */
    public NpyType type() {
        return this == MAGNETIC ? NpyType.COMPLEX64 : NpyType.FLOAT32;
    }

    /** Float32 numbers in an entry. */
    public int floats() {
        return type().bytes() / Float.BYTES;
    }

    /**
     * Whether its log-kernel is symmetric, so that there is no curl in it whatever that of the scores: the diffusions, and
     * circulation at 0.
     */
    public boolean symmetric(OperatorOptions options) {
        return this == DIFFUSION || this == BISTOCHASTIC_DIFFUSION || this == CIRCULATION && options.circulation().symmetric();
    }

    /** The operator of this name, of those that need no Sinkhorn solve. */
    public NamedOperator of(Scores scores, OperatorOptions options) {
        return switch (this) {
            case MAGNETIC -> NamedOperator.of(scores.magnetic(options.charge(), options.alpha()));
            case CIRCULATION -> NamedOperator.of(options.circulation().of(scores));
            default -> NamedOperator.of(real(scores, options));
        };
    }

    /** The same of the real ones. */
    public Operator real(Scores scores, OperatorOptions options) {
        return switch (this) {
            case ATTENTION -> scores.attention();
            case ATTENTION_COLUMN -> scores.attentionColumn();
            case BACKWARD -> scores.backward();
            case BACKWARD_COLUMN -> scores.backwardColumn();
            case DIFFUSION -> scores.diffusion(options.alpha());
            case CIRCULATION -> options.circulation().of(scores).operator();
            case BISTOCHASTIC, BISTOCHASTIC_BACKWARD, BISTOCHASTIC_DIFFUSION ->
                    throw new IllegalArgumentException(label() + " is made of a Sinkhorn solve");
            case MAGNETIC -> throw new IllegalArgumentException(label() + " is complex");
        };
    }
}
