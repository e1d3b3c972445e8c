package dev.gatun.cli.operator;

import dev.gatun.Sinkhorn;
import dev.gatun.cli.input.EnumConverter;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Marginals as soft constraints, and what the entropy of the coupling is relative to. */
public final class RelaxOptions {

    @Option(names = "--relax-rows", paramLabel = "RHO", converter = PenaltyConverter.class,
            description = "Make mu a soft constraint: add RHO KL(row sums | mu) to the cost, in units of scores (inf: enforced).")
    private double rows = Double.POSITIVE_INFINITY;

    @Option(names = "--relax-columns", paramLabel = "RHO", converter = PenaltyConverter.class,
            description = "Make nu a soft constraint likewise (inf: enforced).")
    private double columns = Double.POSITIVE_INFINITY;

    @Option(names = "--reference", paramLabel = "REF", converter = ReferenceConverter.class,
            description = "Reference of the relative entropy: kernel, or marginals as in OTT and POT's \"kl\" (kernel).")
    private Sinkhorn.Reference reference = Sinkhorn.Reference.KERNEL;

    /** Reads a positive number or {@code inf}. */
    static final class PenaltyConverter implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            double penalty;
            try {
                penalty = text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
            } catch (NumberFormatException none) {
                penalty = Double.NaN;
            }
            if (!(penalty > 0)) {
                throw new TypeConversionException("'%s' is not a positive number or inf".formatted(text));
            }
            return penalty;
        }
    }

    /** Reads the name of a reference. */
    static final class ReferenceConverter extends EnumConverter<Sinkhorn.Reference> {
        ReferenceConverter() {
            super(Sinkhorn.Reference.class);
        }
    }

    /** The options with these soft constraints and this reference. */
    public Sinkhorn applyTo(Sinkhorn options) {
        Sinkhorn relative = options.withReference(reference);
        boolean enforced = rows == Double.POSITIVE_INFINITY && columns == Double.POSITIVE_INFINITY;
        return enforced ? relative : relative.relaxed(rows, columns);
    }
}
